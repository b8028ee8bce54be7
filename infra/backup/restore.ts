// `npm run restore -- DIRECTORY --keys DIRECTORY`: a backup into an empty installation whose gateways and workers do not run
// yet, and the proof that it is all there. Exit 0: it is. 1: something is missing, and is named. 2: refused,
// nothing was restored.

import { connect, refuseOtherRows, refuseUnlessRestored, restoreDatabase } from './database.ts';
import { readKeyCopies, restoreKeys } from './keys.ts';
import { refuseWhileHeld } from './lock.ts';
import { readBackup } from './manifest.ts';
import { readBackupSettings, readCommand, Refused } from './settings.ts';
import { connectStore, refuseMissingObjects, restoreStore, type StoreRestore } from './store.ts';
import { faultsOf, runProgram } from './verify.ts';

const say = (line: string) => process.stdout.write(`restore: ${line}\n`);
const since = performance.now();

async function main(): Promise<number> {
  const { directory, keysDirectory, again } = readCommand(process.argv.slice(2));
  const settings = readBackupSettings(process.env, { keysDirectory });
  await refuseWhileHeld(directory);
  const backup = await readBackup(directory);
  // What can be refused is refused before anything is changed.
  const keys = keysDirectory === undefined ? undefined : await readKeyCopies(settings, keysDirectory);
  await refuseMissingObjects(directory, backup.objects);
  await refuseOtherRows(directory, backup);
  if ((await runProgram('db/migrate.ts')) !== 0) throw new Refused('the database could not be migrated');
  await (again
    ? refuseUnlessRestored(settings.databaseUrl, backup)
    : restoreDatabase(settings.databaseUrl, directory, backup));
  say(`Postgres as of ${backup.at}`);
  if (keys) await restoreKeys(keys);

  const s3 = connectStore(settings);
  try {
    const store = await restoreStore(s3, settings, directory, backup.objects);
    await nameNewVersions(settings.databaseUrl, store.replaced);
    say(`store: ${store.written} objects written, ${backup.objects.length - store.written} were there or are archived`);
    const faults = await faultsOf(s3, settings, backup, say);
    for (const { bucket, key } of store.missing) faults.push(`${bucket}/${key} was archived and not in the backup`);
    say(await whatIsValidAgain(settings.databaseUrl, backup.at));
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
      await sql`update uploads set etag = ${etag} where upload_id::text = ${key} and etag = any(${before})`;
      await sql`update jobs set input_etag = ${etag} where upload_id::text = ${key} and input_etag = any(${before})`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** A restore brings back what was revoked after the backup; nothing here knows of that, so people have to look. */
async function whatIsValidAgain(url: string, at: string): Promise<string> {
  const sql = connect(url);
  try {
    const [valid] = await sql<{ keys: number; tokens: number; delegations: number }[]>`
      select
        (select count(*)::int from api_keys where revoked_at is null and (expires_at is null or expires_at > now())) as keys,
        (select count(*)::int from service_tokens where revoked_at is null and expires_at > now()) as tokens,
        (select count(*)::int from delegations where revoked_at is null and ends_at > now()) as delegations`;
    return (
      `LOOK: ${valid?.keys} API keys, ${valid?.tokens} service tokens, ${valid?.delegations} delegations and every role are valid ` +
      `as of ${at}: revoke again what was revoked since (docs/backup.md). All sessions have ended`
    );
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
