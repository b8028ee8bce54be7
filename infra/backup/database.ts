// Postgres out and in again: the rows of every table at one moment, by COPY. The schema is none of the backup: migrations
// make it, and so a backup goes into an installation of its own version, or of a later one.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { hashOfFile, makePrivate, tableFile, type Backup, type DumpedTable } from './manifest.ts';
import { Refused } from './settings.ts';

export type DatabasePart = Pick<Backup, 'at' | 'postgres' | 'migrations' | 'tables' | 'sequences'>;

export interface LiveResult {
  jobId: string;
  /** In the results' bucket. */
  key: string;
  sha256: string;
}

export const connect = (url: string): postgres.Sql =>
  postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'varloom-backup' } });

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const nameOf = ({ schema, name }: Pick<DumpedTable, 'schema' | 'name'>) => `${quoted(schema)}.${quoted(name)}`;
const columnsOf = ({ columns }: Pick<DumpedTable, 'columns'>) => columns.map(quoted).join(', ');

/** Writes a directory of its own, and leaves none when it fails. `live`: the results that can be downloaded at that moment. */
export async function dumpDatabase(
  url: string,
  directory: string,
): Promise<{ database: DatabasePart; live: LiveResult[] }> {
  const name = `postgres-${randomUUID()}`;
  try {
    await makePrivate(join(directory, name));
    return await dumpInto(url, directory, name);
  } catch (error) {
    await rm(join(directory, name), { recursive: true, force: true });
    throw error;
  }
}

async function dumpInto(
  url: string,
  directory: string,
  name: string,
): Promise<{ database: DatabasePart; live: LiveResult[] }> {
  const sql = connect(url);
  try {
    return await sql.begin('isolation level repeatable read read only', async (tx) => {
      // An error, where policies would otherwise leave rows out without a word.
      await tx`set local row_security = off`;
      const [now] = await tx<{ at: Date }[]>`select now() as at`;
      const tables: DumpedTable[] = [];
      for (const table of await tablesOf(tx)) {
        const rows = countLines();
        const file = tableFile(join(directory, name), table);
        const source = await tx.unsafe(`copy ${nameOf(table)} (${columnsOf(table)}) to stdout`).readable();
        await pipeline(source, rows.through, createWriteStream(file, { mode: 0o600 }));
        tables.push({ ...table, rows: rows.count(), sha256: rows.sha256() });
      }
      const part = { at: (now?.at ?? new Date()).toISOString(), postgres: name, migrations: await migrationsOf(tx) };
      return { database: { ...part, tables, sequences: await sequencesOf(tx) }, live: await liveResults(tx) };
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * So that the age of the last backup is known. Answers why not, when it cannot be kept: the backup is whole without it, and may
 * be of a schema from before there was a place for it.
 */
export async function recordBackup(url: string, { at }: Pick<Backup, 'at'>): Promise<string | undefined> {
  const sql = connect(url);
  try {
    await sql`insert into backups (taken_at) values (${at}) on conflict do nothing`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Removes the rows of every backup in this directory but one: of earlier ones, and of those that were killed. */
export async function removeOtherDumps(directory: string, { postgres: kept }: Backup): Promise<void> {
  for (const name of await readdir(directory)) {
    if (/^postgres(-[0-9a-f-]{36})?$/.test(name) && name !== kept) await rm(join(directory, name), { recursive: true });
  }
}

/** The key of a live copy, as db/results.ts has it. */
export const liveResults = (sql: postgres.ISql): Promise<LiveResult[]> =>
  sql<LiveResult[]>`
    select job_id::text as "jobId", coalesce(result_key, result_prefix || '/annotated.vcf.gz') as key,
      result_sha256 as sha256
    from jobs where result_state = 'live' order by job_id`;

/** Live results whose very bytes are not among these objects. */
export function missingOf(live: readonly LiveResult[], objects: Backup['objects']): LiveResult[] {
  const hashes = new Map(objects.flatMap(({ bucket, key, sha256 }) => (bucket === 'results' ? [[key, sha256]] : [])));
  return live.filter(({ key, sha256 }) => hashes.get(key) !== sha256);
}

/** One row is one line: COPY escapes those within. */
function countLines() {
  let lines = 0;
  const hash = createHash('sha256');
  const through = new Transform({
    transform(chunk: Buffer, _, done) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  return { through, count: () => lines, sha256: () => hash.digest('hex') };
}

/** Every table of ours that is kept over a crash, those first that others refer to. */
async function tablesOf(tx: postgres.TransactionSql): Promise<Omit<DumpedTable, 'rows' | 'sha256'>[]> {
  const tables = await tx<{ oid: number; schema: string; name: string; columns: string[]; refers: number[] }[]>`
    select c.oid::int as oid, n.nspname as schema, c.relname as name,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
            and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
      array(select distinct f.confrelid::int from pg_constraint f
            where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname in ('public', 'patient')
    order by n.nspname, c.relname`;
  const ordered: (typeof tables)[number][] = [];
  const left = new Set(tables);
  while (left.size > 0) {
    const waiting = new Set([...left].map(({ oid }) => oid));
    const free = [...left].filter(({ refers }) => !refers.some((oid) => waiting.has(oid)));
    if (free.length === 0) throw new Error('tables refer to each other in a circle');
    for (const table of free) {
      left.delete(table);
      ordered.push(table);
    }
  }
  return ordered.map(({ schema, name, columns }) => ({ schema, name, columns }));
}

async function sequencesOf(tx: postgres.TransactionSql): Promise<Backup['sequences']> {
  const names = await tx<{ name: string }[]>`
    select format('%I.%I', schemaname, sequencename) as name from pg_sequences
    where schemaname in ('public', 'patient') order by 1`;
  const sequences: Backup['sequences'] = [];
  for (const { name } of names) {
    const [row] = await tx.unsafe<{ last: string; is_called: boolean }[]>(
      `select last_value::text as last, is_called from ${name}`,
    );
    if (row) sequences.push({ name, last: row.last, isCalled: row.is_called });
  }
  return sequences;
}

async function migrationsOf(tx: postgres.TransactionSql): Promise<string[]> {
  const rows = await tx<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations order by created_at`;
  return rows.map(({ hash }) => hash);
}

/** What a fresh installation may have: everything else refuses the restore. */
const MUST_BE_EMPTY = ['public.jobs', 'public.uploads', 'public.samples', 'public.deliveries', 'patient.patients'];

/**
 * Who was signed in, or about to be: people sign in again, and nobody who was signed out since is in. And when backups were
 * taken: of the new installation there is none yet.
 */
const NOT_RESTORED = ['public.sessions', 'public.sign_ins', 'public.backups'];
export const isRestored = ({ schema, name }: Pick<DumpedTable, 'schema' | 'name'>): boolean =>
  !NOT_RESTORED.includes(`${schema}.${name}`);

/** @throws Refused when a file of rows is not as it was written */
export async function refuseOtherRows(directory: string, backup: Backup): Promise<void> {
  for (const table of backup.tables) {
    const file = tableFile(join(directory, backup.postgres), table);
    const hash = await hashOfFile(file).catch(() => undefined);
    if (hash !== table.sha256) throw new Refused(`${file} is ${hash ? 'not as it was written' : 'missing'}`);
  }
}

/** @throws Refused when the database holds work, or was not migrated as far */
export async function restoreDatabase(url: string, directory: string, backup: Backup): Promise<void> {
  const sql = connect(url);
  try {
    await sql.begin(async (tx) => {
      await refuseUnfit(tx, backup);
      const present = await tablesOf(tx);
      await tx.unsafe(`truncate ${present.map(nameOf).join(', ')}`);
      for (const table of backup.tables.filter(isRestored)) {
        // Entries of the audit log come with their hashes, and heads with theirs: chained again they would be others.
        await tx.unsafe(`alter table ${nameOf(table)} disable trigger user`);
        const target = await tx.unsafe(`copy ${nameOf(table)} (${columnsOf(table)}) from stdin`).writable();
        await pipeline(createReadStream(tableFile(join(directory, backup.postgres), table)), target);
        await tx.unsafe(`alter table ${nameOf(table)} enable trigger user`);
      }
      for (const { name, last, isCalled } of backup.sequences) {
        await tx`select setval(${name}::regclass, ${last}::bigint, ${isCalled})`;
      }
    });
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Tables that have another number of rows than the backup. */
export async function otherCounts(sql: postgres.ISql, backup: Backup): Promise<string[]> {
  const faults: string[] = [];
  for (const table of backup.tables.filter(isRestored)) {
    const [found] = await sql.unsafe<{ rows: number }[]>(`select count(*)::int as rows from ${nameOf(table)}`);
    if (found?.rows === table.rows) continue;
    faults.push(`${table.schema}.${table.name} has ${found?.rows} rows, the backup ${table.rows}`);
  }
  return faults;
}

/** @throws Refused unless the database is what a restore of this backup has left */
export async function refuseUnlessRestored(url: string, backup: Backup): Promise<void> {
  const sql = connect(url);
  try {
    const [fault] = await otherCounts(sql, backup);
    if (fault !== undefined)
      throw new Refused(`--again: the database is not what this backup was restored to: ${fault}`);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function refuseUnfit(tx: postgres.TransactionSql, backup: Backup): Promise<void> {
  const applied = await migrationsOf(tx);
  const missing = backup.migrations.findIndex((hash, i) => applied[i] !== hash);
  if (missing !== -1) {
    throw new Refused(
      `The backup was made by a schema of ${backup.migrations.length} migrations, and migration ${missing + 1} is not among ` +
        'those of this version: restore with the version that made it, or a later one',
    );
  }
  await tx`set local row_security = off`;
  for (const name of MUST_BE_EMPTY) {
    const rows = await tx.unsafe(`select 1 from ${name} limit 1`);
    if (rows.length > 0)
      throw new Refused(`${name} has rows: a backup is restored into an empty installation only (or --again)`);
  }
}
