// `npm run backup -- DIRECTORY --keys DIRECTORY`: Postgres, the store and the keys, while everything runs. A second backup
// into the same directory copies only the objects that are new. Exit 0: all is in it. 1: a live result is not, and is named.
// 2: refused. docs/backup.md says what to do with it.

import { readBackup, makePrivate, writeBackup, type Backup } from './manifest.ts';
import { dumpDatabase, missingOf, recordBackup, removeOtherDumps } from './database.ts';
import { backUpKeys, refuseUnreadableKeys } from './keys.ts';
import { withLock } from './lock.ts';
import { readBackupSettings, readCommand, Refused, type BackupSettings, type Command } from './settings.ts';
import { backUpStore, connectStore, joined, removeUnused } from './store.ts';

const say = (line: string) => process.stdout.write(`backup: ${line}\n`);
const since = performance.now();

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2));
  const settings = readBackupSettings(process.env, command);
  if (command.keysDirectory !== undefined) await refuseUnreadableKeys(settings);
  await makePrivate(command.directory);
  return withLock(command.directory, () => backUp(command, settings));
}

async function backUp({ directory, keysDirectory, retrieve }: Command, settings: BackupSettings): Promise<number> {
  const s3 = connectStore(settings);
  const before = await readBackup(directory).then(
    ({ objects }) => objects,
    () => [],
  );
  // Results move while this runs. What the snapshot says is there was copied before it, or is after it: first what it calls
  // live, which may be archived soon.
  const first = await backUpStore(s3, settings, directory, before, { retrieve });
  const { database, live } = await dumpDatabase(settings.databaseUrl, directory);
  const only = missingOf(live, first.objects).map(({ key }) => key);
  const soon = await backUpStore(s3, settings, directory, first.objects, { retrieve: false, only });
  const seen = joined(first.objects, soon.objects);
  const last = await backUpStore(s3, settings, directory, seen, { retrieve: false });
  s3.destroy();

  const objects = joined(seen, last.objects);
  const missing = missingOf(live, objects).map(({ jobId, key }) => ({ jobId, key }));
  const backup: Backup = { form: 'varloom-backup-1', ...database, objects, missing };
  await writeBackup(directory, backup);
  await removeOtherDumps(directory, backup);
  await removeUnused(directory, objects);
  const keys = keysDirectory === undefined ? [] : await backUpKeys(settings, keysDirectory);

  const rows = database.tables.reduce((sum, table) => sum + table.rows, 0);
  const sizeBytes = objects.reduce((sum, object) => sum + object.sizeBytes, 0);
  const referred = objects.filter(({ sha256 }) => sha256 === null);
  say(`Postgres at ${database.at}: ${rows} rows of ${database.tables.length} tables`);
  const copied = first.copied + soon.copied + last.copied;
  say(`store: ${objects.length} objects, ${sizeBytes} bytes; ${copied} copied now`);
  if (referred.length > 0) {
    say(`store: ${referred.length} archived objects are only referred to; ${first.asked} were asked for`);
  }
  say(keys.length > 0 ? `keys: ${keys.join(', ')} in ${keysDirectory}` : 'keys: none copied');
  const unrecorded = missing.length === 0 ? await recordBackup(settings.databaseUrl, database) : undefined;
  if (unrecorded !== undefined) say(`its time could not be written down, and counts as overdue: ${unrecorded}`);
  for (const { jobId, key } of missing) say(`MISSING: the result of job ${jobId}, results/${key}, moved or was erased`);
  say(`done in ${((performance.now() - since) / 1000).toFixed(1)} s`);
  return missing.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
