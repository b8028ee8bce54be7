// How entries are chained: one behind the other whoever writes, never with a gap, and as an owner without special rights too.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { organizationId, userId, type OrganizationId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { recordChange } from '../changes.ts';
import type { Database, Transaction } from '../client.ts';
import { registerUser } from '../identity.ts';
import { walkChain } from './chain.ts';

const WRITERS = 20;
const asSystem = system('test');

let own: OwnDatabase;
let database: Database;
let owner: postgres.Sql;
let organization: OrganizationId;
beforeAll(async () => {
  own = await ownDatabase({ maxConnections: WRITERS });
  ({ database } = own);
  owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await owner.end();
  await own.close();
});
beforeEach(() => {
  organization = organizationId(randomUUID());
});

const recordIn = (tx: Transaction, of: OrganizationId = organization, entityId: string = randomUUID()) =>
  recordChange(tx, asSystem, { organizationId: of, entity: 'sample', entityId, action: 'sample.created' });
const record = (...ids: string[]) =>
  database.write(asSystem, async (tx) => {
    for (const id of ids) await recordIn(tx, organization, id);
  });
const walk = () => database.read(asSystem, (tx) => walkChain(tx, organization, new Set()), { isSnapshot: true });
const rows = () => owner`select * from audit_log where organization_id = ${organization} order by seq`;

it('keeps one chain whole, without a gap, when twenty write at once', async () => {
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let i = 0; i < 10; i += 1) await record(randomUUID(), randomUUID());
    }),
  );
  expect(await walk()).toMatchObject({ entries: WRITERS * 20, fault: undefined });
  const all = await rows();
  expect(all.map(({ seq }) => Number(seq))).toEqual(Array.from(all, (_, i) => i + 1));
  expect(new Set(all.map(({ hash }) => hash)).size).toBe(all.length);
  const [late] = await owner`
    select count(*)::int as n from audit_log a join audit_log b using (organization_id)
    where organization_id = ${organization} and b.seq = a.seq + 1 and b.at < a.at`;
  expect(late?.['n']).toBe(0);
});

it('chains ten thousand entries of one change in seconds', async () => {
  const startedAt = performance.now();
  await database.write(asSystem, (tx) =>
    tx.execute(sql`
      insert into audit_log (organization_id, actor, action, entity, entity_id, details)
      select ${organization}::uuid, 'system:test', 'sample.created', 'sample', n::text, '{}' from generate_series(1, 10000) n`),
  );
  // Half a second alone. A chain that walks over its own past would need minutes.
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(await walk()).toMatchObject({ entries: 10_000, fault: undefined });
});

it('leaves no gap for a change that did not happen, and nothing of it', async () => {
  await record('1');
  const failing = database.write(asSystem, async (tx) => {
    await recordIn(tx);
    throw new Error('after it was recorded');
  });
  await expect(failing).rejects.toThrow('after it was recorded');
  await record('2');
  expect((await rows()).map(({ seq, entity_id }) => [Number(seq), entity_id])).toEqual([
    [1, '1'],
    [2, '2'],
  ]);
  expect(await walk()).toMatchObject({ entries: 2, fault: undefined });
});

it('records nothing for a repetition that changes nothing', async () => {
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' };
  const user = await registerUser(database, identity);
  organization = organizationId(user.organizationId);
  const before = await rows();
  await Promise.all(Array.from({ length: 5 }, () => registerUser(database, identity)));
  expect(await rows()).toEqual(before);
});

it('lets nobody choose the place, the time or the hash of an entry', async () => {
  const chosen = { seq: 7, at: new Date('2001-01-01T00:00:00Z'), prev_hash: 'mine', hash: 'mine' };
  const entry = { actor: 'a', action: 'b.c', entity: 'd', entity_id: 'e', details: owner.json({}) };
  const app = postgres(own.url, { max: 1, onnotice: () => {} });
  await app.begin(async (tx) => {
    await tx`select set_config('varloom.principal_kind', 'system', true)`;
    await tx`insert into audit_log ${tx({ organization_id: organization, ...entry, ...chosen })}`;
  });
  await app.end();
  const [row] = await rows();
  expect([Number(row?.['seq']), row?.['hash'] === 'mine', row?.['at'] > new Date('2020-01-01')]).toEqual([
    1,
    false,
    true,
  ]);
  expect(await walk()).toMatchObject({ entries: 1, fault: undefined });
});

it('ends in no deadlock when rows are locked after a change was recorded, or two chains in the other order', async () => {
  const [one, other] = [organizationId(randomUUID()), organizationId(randomUUID())];
  await owner`create table locked (id int primary key)`;
  await owner`insert into locked values (1)`;
  await owner`grant select, update on locked to public`;
  const lock = (tx: Transaction) => tx.execute('select * from locked for update');
  await Promise.all(
    Array.from({ length: WRITERS }, (_, i) =>
      database.write(asSystem, async (tx) => {
        if (i % 2 === 0) await lock(tx);
        for (const of of i % 4 < 2 ? [one, other] : [other, one]) await recordIn(tx, of);
        if (i % 2 === 1) await lock(tx);
      }),
    ),
  );
  for (const of of [one, other]) {
    organization = of;
    expect(await walk()).toMatchObject({ entries: WRITERS, fault: undefined });
  }
});

it('needs no owner that may pass row-level security', async () => {
  const superuser = postgres(
    inject('postgres').superuserUrl.replace(/\/[^/]*$/, `/${new URL(own.url).pathname.slice(1)}`),
    {
      max: 1,
      onnotice: () => {},
    },
  );
  const role = `plain_${randomUUID().replaceAll('-', '')}`;
  try {
    await superuser.unsafe(`create role ${role} nologin nobypassrls`);
    await superuser.unsafe(`
      alter table audit_heads owner to ${role}; grant select on audit_log to ${role};
      alter function audit_chain() owner to ${role}; alter function audit_move_heads() owner to ${role}`);
    await record('1');
    const user = { kind: 'user' as const, organizationId: organization, userId: userId(randomUUID()) };
    await database.write(user, (tx) => recordIn(tx));
    const foreign = database.write(user, (tx) => recordIn(tx, organizationId(randomUUID())));
    await expect(foreign).rejects.toMatchObject({ cause: { code: '42501' } });
    expect(await walk()).toMatchObject({ entries: 2, fault: undefined });
  } finally {
    await superuser.unsafe(`
      alter table audit_heads owner to varloom_owner; alter function audit_chain() owner to varloom_owner;
      alter function audit_move_heads() owner to varloom_owner; revoke all on audit_log from ${role};
      drop role ${role}`);
    await superuser.end();
  }
});

it('chains what was recorded before there were chains', async () => {
  const migration = readFileSync(new URL('../migrations/0005_audit_chain.sql', import.meta.url), 'utf8');
  const chaining = migration.split('--> statement-breakpoint').find((part) => part.includes('next_seq := 1'));
  if (!chaining) throw new Error('the migration has no such part');
  const others = organizationId(randomUUID());
  await database.write(asSystem, async (tx) => {
    for (let i = 0; i < 5; i += 1) for (const of of [organization, others]) await recordIn(tx, of, String(i));
  });
  // As they were: without a place, and the heads not there.
  await owner`drop index audit_log_chain`;
  await owner`update audit_log set seq = 0, hash = '', prev_hash = '',
    at = timestamptz '2026-01-01' + make_interval(hours => (entity_id::int * 2) % 5)
    where organization_id in (${organization}, ${others})`;
  await owner`delete from audit_log where organization_id not in (${organization}, ${others})`;
  await owner`delete from audit_heads`;
  await owner.unsafe(chaining);
  await owner`create unique index audit_log_chain on audit_log (organization_id, seq)`;
  expect(await walk()).toMatchObject({ entries: 5, fault: undefined });
  expect((await rows()).map(({ entity_id }) => entity_id)).toEqual(['0', '3', '1', '4', '2']);
  await record('after');
  expect(await walk()).toMatchObject({ entries: 6, fault: undefined });
});
