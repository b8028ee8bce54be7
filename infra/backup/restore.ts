// `npm run restore -- DIRECTORY --keys DIRECTORY`: a backup into an empty installation whose gateways and workers do not run
// yet, and the proof that it is all there. Exit 0: it is. 1: something is missing, and is named. 2: refused, nothing changed.

import { connect, restoreDatabase } from './database.ts';
import { restoreKeys } from './keys.ts';
import { readBackup } from './manifest.ts';
import { readBackupSettings, readCommand, Refused } from './settings.ts';
import { connectStore, restoreStore, type StoreRestore } from './store.ts';
import { faultsOf, runProgram } from './verify.ts';

const say = (line: string) => process.stdout.write(`restore: ${line}\n`);
const since = performance.now();

async function main(): Promise<number> {
  const { directory, keysDirectory } = readCommand(process.argv.slice(2));
  const settings = readBackupSettings(process.env);
  const backup = await readBackup(directory);
  if ((await runProgram('db/migrate.ts')) !== 0) throw new Refused('the database could not be migrated');
  await restoreDatabase(settings.databaseUrl, directory, backup);
  say(`Postgres as of ${backup.at}`);
  if (keysDirectory !== undefined) await restoreKeys(settings, keysDirectory);

  const s3 = connectStore(settings);
  try {
    const store = await restoreStore(s3, settings, directory, backup.objects);
    await nameNewVersions(settings.databaseUrl, store.replaced);
    say(`store: ${store.written} objects written, ${backup.objects.length - store.written} were there or are archived`);
    const faults = await faultsOf(s3, settings, backup, say);
    for (const { bucket, key } of store.missing) faults.push(`${bucket}/${key} was archived and not in the backup`);
    for (const fault of faults) say(`MISSING: ${fault}`);
    say(
      `${faults.length === 0 ? 'all is there' : `${faults.length} faults`}, ${((performance.now() - since) / 1000).toFixed(1)} s`,
    );
    return faults.length === 0 ? 0 : 1;
  } finally {
    s3.destroy();
  }
}

/** Jobs that wait read the very version of their input that was submitted; the store names it anew. */
async function nameNewVersions(url: string, replaced: StoreRestore['replaced']): Promise<void> {
  const sql = connect(url);
  try {
    for (const { key, etag, before } of replaced) {
      await sql`update uploads set etag = ${etag} where upload_id::text = ${key} and etag = ${before}`;
      await sql`update jobs set input_etag = ${etag} where upload_id::text = ${key} and input_etag = ${before}`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
