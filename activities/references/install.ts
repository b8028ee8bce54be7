// Installs a reference genome: its files into the store under a name made of their content, then its row.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../../db/client.ts';
import { saveReference } from '../../db/references.ts';
import type { ReferenceFile, ReferenceFiles } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import type { ObjectStore } from '../../store/store.ts';
import { fetchPlain, indexFasta, reconcileContigs, ReferenceError, run, type Contig } from './source.ts';

export interface ReferenceRequest {
  name: string;
  description: string;
  /** Paths or URLs, plain or gzip. */
  fasta: string;
  gff: string;
  /** A VCF, or tab-separated CHROM POS REF ALT ID, sorted. */
  known?: string | undefined;
  /** SHA-256 that the files as given must have. */
  sha256?: { fasta?: string | undefined; gff?: string | undefined; known?: string | undefined };
  makeDefault: boolean;
}

export interface InstallDependencies {
  database: Database;
  store: ObjectStore;
  /** Told what is being done, line by line. */
  say: (line: string) => void;
}

export async function installReference(
  { database, store, say }: InstallDependencies,
  request: ReferenceRequest,
): Promise<{ contigs: Contig[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-reference-'));
  try {
    const fasta = join(directory, 'genome.fa');
    say(`reading the sequence from ${request.fasta}`);
    await fetchPlain(request.fasta, fasta, request.sha256?.fasta);
    const contigs = await indexFasta(fasta);
    say(`${contigs.length} contigs, ${contigs.reduce((sum, { length }) => sum + length, 0)} bases`);

    say(`reading the gene models from ${request.gff}`);
    const gff = await prepareGff(directory, request, contigs, fasta, say);
    const known = request.known === undefined ? undefined : await prepareKnown(directory, request, contigs, say);

    say('copying to the store');
    const put = async (path: string): Promise<ReferenceFile> => {
      const sha256 = await sha256Of(path);
      const { size: sizeBytes } = await stat(path);
      const key = `references/${request.name}/${sha256.slice(0, 16)}/${basename(path)}`;
      await store.upload({ bucket: 'results', key }, path, {
        sizeBytes,
        sha256,
        contentType: 'application/octet-stream',
      });
      return { key, sizeBytes, sha256 };
    };
    const files: ReferenceFiles = {
      fasta: await put(fasta),
      fastaIndex: await put(`${fasta}.fai`),
      gff: await put(gff),
      ...(known ? { known: await put(known), knownIndex: await put(`${known}.tbi`) } : {}),
    };
    await saveReference(database, system('reference-cli'), {
      name: request.name,
      description: request.description,
      files,
      contigs,
      makeDefault: request.makeDefault,
    });
    return { contigs };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function prepareGff(
  directory: string,
  request: ReferenceRequest,
  contigs: Contig[],
  fasta: string,
  say: (line: string) => void,
): Promise<string> {
  const [plain, gff] = [join(directory, 'genes.source'), join(directory, 'genes.gff3')];
  await fetchPlain(request.gff, plain, request.sha256?.gff);
  const { renamed, unknown } = await reconcileContigs(plain, gff, contigs, 'GFF');
  if (renamed > 0) say(`${renamed} contigs of the GFF differ from the FASTA by "chr" only: renamed`);
  if (unknown.length > 0)
    say(`${unknown.length} contigs of the GFF are not in the FASTA, and are left out: ${some(unknown)}`);

  // The engine reads it once now, so that a GFF it cannot use is refused here and not at the first job.
  const header = ['##fileformat=VCFv4.2', ...contigs.map((c) => `##contig=<ID=${c.name},length=${c.length}>`)];
  const empty = join(directory, 'empty.vcf');
  await writeFile(empty, [...header, '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO', ''].join('\n'));
  await run('bcftools', ['csq', '-p', 'a', '-f', fasta, '-g', gff, '-Ou', empty], 'The engine cannot use the GFF');
  await run('bgzip', ['-f', gff], 'The GFF cannot be compressed');
  return `${gff}.gz`;
}

async function prepareKnown(
  directory: string,
  request: ReferenceRequest,
  contigs: Contig[],
  say: (line: string) => void,
): Promise<string> {
  say(`reading the known variants from ${request.known}`);
  const [source, plain, known] = ['known.source', 'known.plain', 'known.tsv'].map((name) => join(directory, name));
  if (!source || !plain || !known) throw new TypeError('three names were given');
  await fetchPlain(request.known ?? '', source, request.sha256?.known);
  const isVcf = (await firstLine(source)).startsWith('##fileformat=VCF');
  const table = isVcf ? plain : source;
  if (isVcf) {
    const format = '%CHROM\\t%POS\\t%REF\\t%ALT\\t%ID\\n';
    await run('bcftools', ['query', '-f', format, '-o', plain, source], 'The known variants cannot be read');
  }
  const { unknown } = await reconcileContigs(table, known, contigs, 'known variants');
  if (unknown.length > 0) say(`${unknown.length} contigs of the known variants are not in the FASTA: ${some(unknown)}`);
  await run('bgzip', ['-f', known], 'The known variants cannot be compressed');
  await run(
    'tabix',
    ['-f', '-s1', '-b2', '-e2', '-c', '#', `${known}.gz`],
    'The known variants cannot be indexed; they must be sorted by contig and position',
  );
  return `${known}.gz`;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function firstLine(path: string): Promise<string> {
  for await (const chunk of createReadStream(path, { end: 200 })) return String(chunk).split('\n')[0] ?? '';
  throw new ReferenceError('The file of known variants is empty.');
}

const some = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? `, and ${names.length - 5} more` : '');
