// `npm run reference -- add NAME --fasta F --gff G [--known K]` and `-- list`: the installed reference genomes.

import { parseArgs } from 'node:util';
import { openDatabase } from '../../db/client.ts';
import { listReferences } from '../../db/references.ts';
import { genomeName } from '../../domain/http.ts';
import { system } from '../../domain/principal.ts';
import { BadSettings, databaseSettings, parseSettings } from '../../process/settings.ts';
import { connectStore, storeSettings } from '../../store/client.ts';
import { createObjectStore } from '../../store/s3.ts';
import { installReference } from './install.ts';
import { ReferenceError } from './source.ts';

const USAGE = `usage:
  npm run reference -- add NAME --fasta PATH_OR_URL --gff PATH_OR_URL [--known PATH_OR_URL]
      [--description TEXT] [--default] [--fasta-sha256 HEX] [--gff-sha256 HEX] [--known-sha256 HEX]
  npm run reference -- list`;

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      fasta: { type: 'string' },
      gff: { type: 'string' },
      known: { type: 'string' },
      description: { type: 'string' },
      default: { type: 'boolean', default: false },
      'fasta-sha256': { type: 'string' },
      'gff-sha256': { type: 'string' },
      'known-sha256': { type: 'string' },
    },
  });
  const [command, name] = positionals;
  const settings = parseSettings({ ...databaseSettings, ...storeSettings }, process.env);
  const database = openDatabase({ url: settings.DATABASE_URL, applicationName: 'varloom-reference' });
  try {
    if (command === 'list') {
      const references = await listReferences(database, system('reference-cli'));
      if (references.length === 0) say('no reference genome is installed');
      for (const { name, description, contigs, files, isDefault } of references) {
        const notes = [`${contigs.length} contigs`, files.known ? 'known variants' : '', isDefault ? 'default' : ''];
        say(`${name}\t${notes.filter(Boolean).join(', ')}\t${description}`);
      }
      return;
    }
    if (command !== 'add' || !genomeName.safeParse(name).success || !name || !values.fasta || !values.gff) {
      throw new ReferenceError(USAGE);
    }
    const store = createObjectStore(connectStore(settings));
    await installReference(
      { database, store, say },
      {
        name,
        description: values.description ?? name,
        fasta: values.fasta,
        gff: values.gff,
        known: values.known,
        sha256: { fasta: values['fasta-sha256'], gff: values['gff-sha256'], known: values['known-sha256'] },
        makeDefault: values.default,
      },
    );
    say(`installed: ${name}`);
  } finally {
    await database.close();
  }
}

try {
  await main();
} catch (error) {
  const isExpected =
    error instanceof ReferenceError || error instanceof BadSettings || (error instanceof Error && 'code' in error);
  process.stderr.write(`${isExpected && error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
