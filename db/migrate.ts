// Brings the schema up to date, under a lock, so that any number of processes may start at once; `npm run db:migrate`.

import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { system } from '../domain/principal.ts';
import { settingsOrExit } from '../process/settings.ts';
import type { Database } from './client.ts';
import { readOwnerUrl } from './settings.ts';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/** Any constant will do; it only has to be ours. */
const MIGRATION_LOCK = 7_271_896_400;

export interface MigrateOptions {
  /** Ours, unless a test names another version's. */
  folder?: string;
  /** For how long a table that others hold is tried again. */
  patienceMs?: number;
  say?: (line: string) => void;
}

/** What waits for a lock on a table has everyone else wait behind it, those too that only read. */
const LOCK_TIMEOUT_MS = 2000;
/** Between two tries, those who were kept waiting get their turn. */
const BETWEEN_TRIES_MS = 3000;

/**
 * Runs all migrations that `ownerUrl`'s database lacks. Concurrent calls wait for each other. A table that others hold, as a
 * backup does for as long as it reads, is waited for in short tries, each of which changes all or nothing.
 */
export async function migrate(ownerUrl: string, options: MigrateOptions = {}): Promise<void> {
  const { folder = migrationsFolder, patienceMs = 5 * 60_000, say = () => {} } = options;
  const connection = postgres(ownerUrl, {
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'varloom-migrate' },
  });
  try {
    await connection`select pg_advisory_lock(${MIGRATION_LOCK})`;
    // From here on: another that migrates may be waited for.
    await connection.unsafe(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const end = Date.now() + patienceMs;
    for (;;) {
      try {
        return await runMigrations(drizzle(connection), { migrationsFolder: folder });
      } catch (error) {
        if (!isLockTimeout(error)) throw error;
        if (Date.now() + BETWEEN_TRIES_MS > end) {
          throw new Error(
            'The database is as it was: others held a table that is to be changed for too long. ' +
              'Migrate when no backup and no long transaction runs (pg_stat_activity tells which do).',
            { cause: error },
          );
        }
        say('others hold a table that is to be changed (a backup does, while it runs): trying again');
        await setTimeout(BETWEEN_TRIES_MS);
      }
    }
  } finally {
    await connection.end({ timeout: 5 });
  }
}

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '55P03') || isLockTimeout(error.cause);
}

const SLOWEST_LOOK_MS = 10_000;

/**
 * Throws unless this code can work on the schema: all its migrations are applied, and later ones, if there are any, have only
 * added. A database that does not answer yet is waited for, up to `patienceMs`: a process that starts during an outage must
 * not need a person afterwards.
 */
export async function assertSchema(database: Database, patienceMs = 10 * 60_000): Promise<void> {
  const end = Date.now() + patienceMs;
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, SLOWEST_LOOK_MS)) {
    try {
      await database.ping();
      break;
    } catch (error) {
      if (Date.now() + waitMs > end) throw error;
      await setTimeout(waitMs);
    }
  }
  const expected = readMigrationFiles({ migrationsFolder }).map((m) => m.hash);
  const { applied, oldest } = await database.write(system('schema-check'), async (tx) => {
    const rows = await tx.execute<{ hash: string }>(
      sql`select hash from drizzle.__drizzle_migrations order by created_at`,
    );
    const hashes = rows.map((row) => row.hash);
    // Before the table was there, nothing but the very same schema would do.
    const [known] = await tx.execute<{ exists: boolean }>(
      sql`select to_regclass('drizzle.oldest_process') is not null as "exists"`,
    );
    if (!known?.exists) return { applied: hashes, oldest: hashes.length };
    const [row] = await tx.execute<{ knows_migrations: number }>(
      sql`select knows_migrations from drizzle.oldest_process`,
    );
    return { applied: hashes, oldest: row?.knows_migrations ?? hashes.length };
  });
  const matching = expected.filter((hash, i) => applied[i] === hash).length;
  if (matching === expected.length && oldest <= expected.length) return;
  throw new Error(
    `The database schema is not the one expected: ${applied.length} migrations are applied, ${matching} of them known, ` +
      `this version has ${expected.length}, and at least ${oldest} must be known to work on it. ` +
      (applied.length < expected.length
        ? 'Run `npm run db:migrate`.'
        : 'Start the version that migrated the database.'),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await migrate(settingsOrExit(readOwnerUrl), { say: (line) => void process.stderr.write(`${line}\n`) });
  process.stdout.write('The schema is that of this version.\n');
}
