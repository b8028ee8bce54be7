// Migrations when many processes start at once, and the refusal of a schema that is not the one expected.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { system } from '../domain/principal.ts';
import { openDatabase } from './client.ts';
import { registerUser } from './identity.ts';
import { assertSchema, migrate } from './migrate.ts';
import { users } from './schema/index.ts';

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

async function runCommand(url: string, program = 'migrate'): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`./${program}.ts`, import.meta.url))], {
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
    const ends = await Promise.all(Array.from({ length: 5 }, () => runCommand(url)));
    expect(ends).toEqual(Array(5).fill({ code: 0, output: 'The schema is that of this version.\n' }));
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

it.for(['truncate', 'reset'])('%s empties the database, and says what is to be done then', async (program) => {
  const own = await ownDatabase();
  const { database } = own;
  try {
    const ofUsers = () => database.read(system('test'), (tx) => tx.$count(users));
    const identity = {
      issuer: 'https://issuer.test',
      subject: program,
      email: 'one@varloom.test',
      isEmailVerified: true,
    };
    await registerUser(database, identity);
    expect(await ofUsers()).toBe(1);
    const { code, output } = await runCommand(own.ownerUrl, program);
    expect(code).toBe(0);
    expect(output).toContain('Start the local stack anew');
    expect(await ofUsers()).toBe(0);
    await expect(assertSchema(database)).resolves.toBeUndefined();
  } finally {
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

describe('a table that a backup holds', () => {
  let folder: string;
  let own: OwnDatabase;
  let holder: postgres.Sql;
  let other: postgres.Sql;

  beforeAll(async () => {
    own = await ownDatabase();
    [holder, other] = [postgres(own.ownerUrl, { max: 1 }), postgres(own.ownerUrl, { max: 1 })];
    folder = await mkdtemp(join(tmpdir(), 'varloom-migrations-'));
    await cp(fileURLToPath(new URL('./migrations', import.meta.url)), folder, { recursive: true });
    const journalFile = join(folder, 'meta', '_journal.json');
    const journal = z.looseObject({ entries: z.array(z.looseObject({ when: z.number() })) });
    const { entries, ...rest } = journal.parse(JSON.parse(await readFile(journalFile, 'utf8')));
    const last = Math.max(...entries.map(({ when }) => when));
    const entry = { idx: entries.length, version: '7', when: last + 1, tag: '9999_noon', breakpoints: true };
    await writeFile(journalFile, JSON.stringify({ ...rest, entries: [...entries, entry] }));
    await writeFile(join(folder, '9999_noon.sql'), 'ALTER TABLE "jobs" ADD COLUMN "noon" integer;');
  });
  afterAll(async () => {
    await Promise.all([holder?.end(), other?.end()]);
    await own?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is altered when the backup is over, and read by others meanwhile', async () => {
    const tried = Promise.withResolvers<void>();
    let migrating: Promise<void> = Promise.resolve();
    await holder.begin(async (tx) => {
      await tx`select count(*) from jobs`;
      migrating = migrate(own.ownerUrl, { folder, say: () => tried.resolve() });
      await Promise.race([tried.promise, migrating]);
      await other`select count(*) from jobs`;
      expect(await other`select 1 from information_schema.columns where column_name = 'noon'`).toHaveLength(0);
    });
    await migrating;
    expect(await other`select 1 from information_schema.columns where column_name = 'noon'`).toHaveLength(1);
  });

  it('is given up in the end, with what to do', async () => {
    await other`delete from drizzle.__drizzle_migrations where id = (select max(id) from drizzle.__drizzle_migrations)`;
    await holder.begin(async (tx) => {
      await tx`select count(*) from jobs`;
      await expect(migrate(own.ownerUrl, { folder, patienceMs: 0 })).rejects.toThrow('no backup');
    });
  });
});
