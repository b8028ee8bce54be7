// Migrations when many processes start at once, and the refusal of a schema that is not the one expected.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ownDatabase } from '../tests/support/own-database.ts';
import { openDatabase } from './client.ts';
import { assertSchema } from './migrate.ts';

let superuser: postgres.Sql;
beforeAll(() => {
  superuser = postgres(inject('postgres').superuserUrl, { max: 1, onnotice: () => {} });
});
afterAll(() => superuser.end());

const inDatabase = (url: string, name: string) => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

async function runMigrations(url: string): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./migrate.ts', import.meta.url))], {
    env: { PATH: process.env['PATH'], DATABASE_OWNER_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const [code]: unknown[] = await once(child, 'close');
  return { code, output };
}

it('migrates once, though five processes begin at the same moment', async () => {
  const name = `migrate_${randomUUID().replaceAll('-', '')}`;
  await superuser.unsafe(`create database ${name} owner varloom_owner`);
  try {
    const url = inDatabase(inject('postgres').ownerUrl, name);
    const ends = await Promise.all(Array.from({ length: 5 }, () => runMigrations(url)));
    expect(ends).toEqual(Array(5).fill({ code: 0, output: '' }));
    const database = openDatabase({ url: inDatabase(inject('postgres').appUrl, name), applicationName: 'test' });
    await expect(assertSchema(database)).resolves.toBeUndefined();
    await database.close();
  } finally {
    await superuser.unsafe(`drop database ${name} with (force)`);
  }
});

it.for([
  [
    'an older schema',
    `delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`,
    'db:migrate',
  ],
  [
    'a newer schema that has taken something away',
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999);
     update drizzle.oldest_process set knows_migrations = (select count(*) from drizzle.__drizzle_migrations)`,
    'Start the version that migrated',
  ],
  [
    'a schema of another history',
    `update drizzle.__drizzle_migrations set hash = 'other' where id = 1`,
    'not the one expected',
  ],
] as const)('refuses %s, and says what to do', async ([, change, advice]) => {
  const own = await ownDatabase();
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  const { database } = own;
  try {
    await expect(assertSchema(database)).resolves.toBeUndefined();
    await owner.unsafe(change);
    await expect(assertSchema(database)).rejects.toThrow(advice);
  } finally {
    await owner.end();
    await own.close();
  }
});

it('refuses a database that was never migrated', async () => {
  const own = await ownDatabase();
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  await owner`drop schema drizzle cascade`;
  await owner.end();
  const { database } = own;
  await expect(assertSchema(database)).rejects.toThrow('__drizzle_migrations');
  await own.close();
});

it('works on a newer schema that has only added', async () => {
  const own = await ownDatabase();
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  const { database } = own;
  try {
    await owner.unsafe(`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9999999999999)`);
    await expect(assertSchema(database)).resolves.toBeUndefined();
  } finally {
    await owner.end();
    await own.close();
  }
});
