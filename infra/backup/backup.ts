// `npm run backup -- DIRECTORY --keys DIRECTORY`: Postgres, the store and the keys, while everything runs. A second backup
// into the same directory copies only the objects that are new. docs/backup.md says what to do with it.

import { readBackup, makePrivate, writeBackup, type BackedUpObject } from './manifest.ts';
import { dumpDatabase } from './database.ts';
import { backUpKeys } from './keys.ts';
import { readBackupSettings, readCommand, Refused } from './settings.ts';
import { backUpStore, connectStore, removeUnused } from './store.ts';

const say = (line: string) => process.stdout.write(`backup: ${line}\n`);
const since = performance.now();

async function main(): Promise<void> {
  const { directory, keysDirectory, retrieve } = readCommand(process.argv.slice(2));
  const settings = readBackupSettings(process.env);
  const s3 = connectStore(settings);
  await makePrivate(directory);
  const before = await readBackup(directory).then(
    ({ objects }) => objects,
    () => [],
  );
  // Results move while this runs. What the snapshot says is there was copied before it, or is after it.
  const first = await backUpStore(s3, settings, directory, before, { retrieve });
  const database = await dumpDatabase(settings.databaseUrl, directory);
  const second = await backUpStore(s3, settings, directory, first.objects, { retrieve: false });
  s3.destroy();

  const objects = new Map<string, BackedUpObject>();
  for (const one of [...first.objects, ...second.objects]) objects.set(`${one.bucket}/${one.key}`, one);
  const backup = { form: 'varloom-backup-1' as const, ...database, objects: [...objects.values()] };
  await writeBackup(directory, backup);
  await removeUnused(directory, backup.objects);
  const keys = keysDirectory === undefined ? [] : await backUpKeys(settings, keysDirectory);

  const rows = database.tables.reduce((sum, table) => sum + table.rows, 0);
  const sizeBytes = backup.objects.reduce((sum, object) => sum + object.sizeBytes, 0);
  const referred = backup.objects.filter(({ sha256 }) => sha256 === null);
  say(`Postgres at ${database.at}: ${rows} rows of ${database.tables.length} tables`);
  say(`store: ${backup.objects.length} objects, ${sizeBytes} bytes; ${first.copied + second.copied} copied now`);
  if (referred.length > 0) {
    say(`store: ${referred.length} archived objects are only referred to; ${first.asked} were asked for`);
  }
  say(keys.length > 0 ? `keys: ${keys.join(', ')} in ${keysDirectory}` : 'keys: none copied');
  say(`done in ${((performance.now() - since) / 1000).toFixed(1)} s`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
