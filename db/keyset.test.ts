// Lists must walk their index: the time of a page may not grow with the number of rows that the owner has.

import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../tests/support/services.ts';
import { afterCursor, newestFirst } from './keyset.ts';
import { jobs, uploads } from './schema/index.ts';

let database: TestDatabase;
let owner: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = postgres(database.ownerUrl, { max: 1, onnotice: () => {} });
  // A small table would be read whole; these make the planner take an index wherever one gives the order.
  await owner`set enable_seqscan = off`;
  await owner`set enable_bitmapscan = off`;
});
afterAll(async () => {
  await owner?.end();
  await database?.drop();
});

const cursor = Buffer.from(`2026-01-01T00:00:00.000000Z/${randomUUID()}`).toString('base64url');

async function planOf(query: { toSQL(): { sql: string; params: unknown[] } }): Promise<string> {
  const { sql, params } = query.toSQL();
  // Drizzle's parameters are what this driver takes.
  const rows = await owner.unsafe(`explain ${sql}`, params as postgres.ParameterOrJSON<never>[]);
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
}

test.each([
  { page: 'first', after: undefined },
  { page: 'later', after: cursor },
])('the $page page of jobs is read in the order of its index', async ({ after }) => {
  const query = drizzle(owner)
    .select()
    .from(jobs)
    .where(and(eq(jobs.userId, randomUUID()), afterCursor(after, jobs.submittedAt, jobs.jobId)))
    .orderBy(...newestFirst(jobs.submittedAt, jobs.jobId));
  const plan = await planOf(query);
  expect(plan).toContain('jobs_of_user');
  expect(plan).not.toContain('Sort');
});

test('the newest uploads are read in the order of their index', async () => {
  const query = drizzle(owner)
    .select()
    .from(uploads)
    .where(eq(uploads.userId, randomUUID()))
    .orderBy(...newestFirst(uploads.createdAt, uploads.uploadId));
  const plan = await planOf(query);
  expect(plan).toContain('uploads_of_user');
  expect(plan).not.toContain('Sort');
});
