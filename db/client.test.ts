// Connections that Postgres cuts: what ran on them fails, the process goes on, and so does later work.

import postgres from 'postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Transaction } from './client.ts';

const principal = system('test');
let own: OwnDatabase;
let superuser: postgres.Sql;
const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);

beforeAll(async () => {
  own = await ownDatabase({ maxConnections: 4 });
  const url = new URL(inject('postgres').superuserUrl);
  url.pathname = new URL(own.ownerUrl).pathname;
  superuser = postgres(url.href, { max: 1, onnotice: () => {} });
  await superuser`create table cut_off (n int not null)`;
  await superuser`grant all on cut_off to varloom_app`;
  process.on('uncaughtException', note);
});

afterAll(async () => {
  process.off('uncaughtException', note);
  await superuser?.end();
  await own?.close();
});

const cut = (pid: number) => superuser`select pg_terminate_backend(${pid})`;

async function pidOf(tx: Transaction): Promise<number> {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return row?.pid ?? 0;
}

const rows = () =>
  own.database.read(principal, (tx) => tx.execute<{ n: number }>(sql`select n from cut_off order by n`));
const insert = async (tx: Transaction, n: number) => tx.execute(sql`insert into cut_off values (${n})`);

/** Two turns of the loop: what was put off until the next one was done. */
async function settled() {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}

describe('a connection that is cut', () => {
  it('between two statements: the work fails, and its next statement goes nowhere', async () => {
    const goOn = Promise.withResolvers<void>();
    const next = Promise.withResolvers<unknown>();
    const writing = own.database.write(principal, async (tx) => {
      await insert(tx, 1);
      await cut(await pidOf(tx));
      await goOn.promise;
      next.resolve(insert(tx, 2));
      await next.promise;
    });
    await expect(writing).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    goOn.resolve();
    // The work may hear of its loss before it hears that the connection was cut: it is waited for.
    await expect(next.promise).rejects.toMatchObject({ cause: { code: 'CONNECTION_CLOSED' } });
    await settled();
    expect(uncaught).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('while a statement runs', async () => {
    const writing = own.database.write(principal, async (tx) => {
      await insert(tx, 1);
      await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
      await insert(tx, 2);
    });
    await expect(writing).rejects.toThrow(/connection|Failed query/);
    await settled();
    expect(uncaught).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  it('again and again under load: nothing is half written, and every connection can be used afterwards', async () => {
    let written = 0;
    let failed = 0;
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        try {
          await own.database.write(principal, async (tx) => {
            await insert(tx, 1);
            await insert(tx, 1);
            await insert(tx, 1);
          });
          written += 1;
        } catch {
          failed += 1;
        }
      }
    };
    const workers = Array.from({ length: 8 }, work);
    try {
      while (failed < 60) {
        await superuser`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'test'`;
      }
    } finally {
      isOver = true;
    }
    await Promise.all(workers);
    await settled();
    expect(uncaught).toEqual([]);
    // Fewer, where a commit was done whose answer did not come.
    const { length } = await rows();
    expect(length % 3).toBe(0);
    expect(length).toBeGreaterThanOrEqual(written * 3);
    await Promise.all(Array.from({ length: 12 }, rows));
  });
});

describe('a transaction', () => {
  it('of which a statement failed is not written, though its work went on', async () => {
    const before = await rows();
    const writing = own.database.write(principal, async (tx) => {
      await insert(tx, 7);
      await tx.execute(sql`select 1 / 0`).catch(() => {});
    });
    await expect(writing).rejects.toThrow('division by zero');
    expect(await rows()).toEqual(before);
  });

  it('that is over takes no more statements', async () => {
    const left: Transaction[] = [];
    await own.database.write(principal, async (tx) => void left.push(tx));
    const late = Promise.all(left.map(pidOf));
    await expect(late).rejects.toMatchObject({ cause: { code: 'CONNECTION_CLOSED' } });
  });
});
