// What a backup says of itself. `backup.json` is written last: a directory without it is no backup.

import { createReadStream } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Refused } from './settings.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const table = z.strictObject({
  schema: z.string(),
  name: z.string(),
  columns: z.array(z.string()),
  rows: z.int(),
  sha256,
});
export type DumpedTable = z.infer<typeof table>;

const storedObject = z.strictObject({
  bucket: z.enum(['inputs', 'results']),
  key: z.string(),
  etag: z.string(),
  sizeBytes: z.int(),
  storageClass: z.string(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()),
  /** Of its bytes, and the name of the file that holds them. Null: archived, and only referred to. */
  sha256: sha256.nullable(),
});
export type BackedUpObject = z.infer<typeof storedObject>;

const backup = z.strictObject({
  form: z.literal('varloom-backup-1'),
  /** When the snapshot of Postgres was taken. */
  at: z.iso.datetime(),
  /** The directory of its rows: each backup writes one of its own, so that one that fails harms no earlier one. */
  postgres: z
    .string()
    .regex(/^postgres(-[0-9a-f-]{36})?$/)
    .default('postgres'),
  /** Hashes of the migrations that the schema has had, in order. */
  migrations: z.array(z.string()),
  tables: z.array(table),
  sequences: z.array(z.strictObject({ name: z.string(), last: z.string(), isCalled: z.boolean() })),
  objects: z.array(storedObject),
  /** Results that the snapshot calls live, and whose bytes are not in the backup. */
  missing: z.array(z.strictObject({ jobId: z.string(), key: z.string() })).default([]),
});
export type Backup = z.infer<typeof backup>;

const NAME = 'backup.json';

/** @throws Refused when there is none, or it is of another form */
export async function readBackup(directory: string): Promise<Backup> {
  const text = await readFile(join(directory, NAME), 'utf8').catch(() => undefined);
  if (text === undefined) throw new Refused(`${directory} holds no finished backup: there is no ${NAME}`);
  const parsed = backup.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Refused(`${join(directory, NAME)} is of another form:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The whole file or nothing. */
export async function writeBackup(directory: string, written: Backup): Promise<void> {
  const draft = join(directory, `${NAME}.part`);
  await writeFile(draft, `${JSON.stringify(written)}\n`, { mode: 0o600 });
  await rename(draft, join(directory, NAME));
}

/** For its owner alone. */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
}

/** `rows`: the directory that the backup calls `postgres`. */
export const tableFile = (rows: string, { schema, name }: Pick<DumpedTable, 'schema' | 'name'>): string =>
  join(rows, `${schema}.${name}.copy`);

/** By content: what is there need not be copied again, and is whole when its name is its checksum. */
export const objectFile = (directory: string, hash: string): string =>
  join(directory, 'objects', hash.slice(0, 2), hash);

export const makeParent = (path: string): Promise<unknown> => mkdir(dirname(path), { recursive: true, mode: 0o700 });

export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
