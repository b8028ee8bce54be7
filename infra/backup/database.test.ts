// Rows of an earlier backup outlive one that fails; the database itself is in tests/e2e/backup.test.ts.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dumpDatabase, missingOf, refuseOtherRows, removeOtherDumps } from './database.ts';
import { readBackup, type Backup } from './manifest.ts';

const ROWS = '1\tone\n';
const own = 'postgres-0d1e6a1e-6f0b-4d5e-9d0b-6b1f5a3c2d11';
const backup: Backup = {
  form: 'varloom-backup-1',
  at: '2026-01-01T00:00:00.000Z',
  postgres: own,
  migrations: [],
  tables: [
    { schema: 'public', name: 'jobs', columns: [], rows: 1, sha256: createHash('sha256').update(ROWS).digest('hex') },
  ],
  sequences: [],
  objects: [],
  missing: [],
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-dump-'));
  await mkdir(join(directory, own));
  await writeFile(join(directory, own, 'public.jobs.copy'), ROWS);
});
afterEach(() => rm(directory, { recursive: true }));

it('leaves the rows that are there when the database cannot be read', async () => {
  // Nothing listens on this port.
  await expect(dumpDatabase('postgres://nobody@127.0.0.1:1/none', directory)).rejects.toThrow('ECONNREFUSED');
  expect(await readdir(directory)).toEqual([own]);
  await refuseOtherRows(directory, backup);
});

it('removes other rows, and nothing else', async () => {
  for (const name of ['postgres', 'postgres-1d1e6a1e-6f0b-4d5e-9d0b-6b1f5a3c2d11', 'objects', 'postgres-notes']) {
    await mkdir(join(directory, name));
  }
  await removeOtherDumps(directory, backup);
  expect((await readdir(directory)).toSorted()).toEqual(['objects', own, 'postgres-notes'].toSorted());
});

it('names a file of rows that is missing, or another one', async () => {
  const path = join(directory, own, 'public.jobs.copy');
  await writeFile(path, '2\ttwo\n');
  await expect(refuseOtherRows(directory, backup)).rejects.toThrow(`${path} is not as it was written`);
  await rm(path);
  await expect(refuseOtherRows(directory, backup)).rejects.toThrow(`${path} is missing`);
});

it('misses a live result whose very bytes it does not hold', () => {
  const hash = (digit: string) => digit.repeat(64);
  const held = (bucket: 'inputs' | 'results', key: string, sha256: string | null) => ({
    ...{ bucket, key, sha256, etag: key, sizeBytes: 1, storageClass: 'STANDARD', metadata: {} },
  });
  const live = ['a', 'b', 'c', 'd'].map((key, i) => ({ jobId: `job-${key}`, key, sha256: hash(`${i}`) }));
  const objects = [
    held('results', 'a', hash('0')),
    held('results', 'b', hash('9')),
    held('results', 'c', null),
    held('inputs', 'd', hash('3')),
  ];
  expect(missingOf(live, objects).map(({ jobId }) => jobId)).toEqual(['job-b', 'job-c', 'job-d']);
});

it('reads backups that were written before rows had a directory of their own', async () => {
  const { postgres: _, missing: __, ...earlier } = backup;
  await writeFile(join(directory, 'backup.json'), JSON.stringify(earlier));
  expect(await readBackup(directory)).toMatchObject({ postgres: 'postgres', missing: [] });
  await writeFile(join(directory, 'backup.json'), JSON.stringify({ ...backup, postgres: '../elsewhere' }));
  await expect(readBackup(directory)).rejects.toThrow('of another form');
});
