// Whoever owns the database may change the audit log: each way of doing so is found, and the first entry is named.

import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuditBench, type AuditBench } from '../../tests/support/audit-bench.ts';

const ENTRIES = 6;

let bench: AuditBench;
let owner: postgres.Sql;
let organization: string;
const mine = () => owner`organization_id = ${organization}`;
beforeAll(async () => {
  bench = await createAuditBench();
  owner = bench.owner;
});
afterAll(() => bench.close());
beforeEach(async () => {
  organization = randomUUID();
  await bench.record(organization, ENTRIES);
});

describe('a log that nobody touched', () => {
  it('is whole, entries beyond one page and text of every kind included', async () => {
    const [head] = await owner`select * from audit_heads where ${mine()}`;
    expect(await bench.verify(organization)).toEqual({
      organizationId: organization,
      entries: ENTRIES,
      hash: head?.['hash'],
      checkpoints: 0,
      faults: [],
    });
    await owner`insert into audit_log (organization_id, actor, action, entity, entity_id, details)
      select ${organization}, 'system:test', 'sample.created', 'sample', n::text, jsonb_build_object('n', n)
      from generate_series(1, 4100) n`;
    expect(await bench.verify(organization)).toMatchObject({ entries: ENTRIES + 4100, faults: [] });
  });

  it('is whole while others write', async () => {
    const writing = bench.record(organization, 30);
    for (let i = 0; i < 5; i += 1) expect(await bench.found(organization)).toEqual([]);
    await writing;
    expect(await bench.verify(organization)).toMatchObject({ entries: ENTRIES + 30, faults: [] });
  });
});

describe('the chain alone', () => {
  it.for([
    ['actor', `'user:somebody else'`],
    ['action', `'sample.erased'`],
    ['entity', `'patient'`],
    ['entity_id', `'x'`],
    ['details', `'{}'`],
    ['details', `details || '{"at": 3.0}'`],
    ['at', `at - interval '1 microsecond'`],
    ['at', `'infinity'`],
  ] as const)('finds a change of %s to %s', async ([column, value]) => {
    await owner.unsafe(
      `update audit_log set ${column} = ${value} where organization_id = '${organization}' and seq = 3`,
    );
    expect(await bench.found(organization)).toEqual([
      '3: it was changed: its content is not what its hash was made of',
    ]);
  });

  it('finds a change that moves a character from one field to the next', async () => {
    await owner`update audit_log set action = action || 's', entity = 'ample' where ${mine()} and seq = 2`;
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^2: it was changed/)]);
  });

  it('finds an entry whose own hash was made anew', async () => {
    await owner`update audit_log set details = '{}' where ${mine()} and seq = 3`;
    await owner`update audit_log set hash = audit_entry_hash(audit_log) where ${mine()} and seq = 3`;
    expect(await bench.found(organization)).toEqual([
      expect.stringMatching(/^4: it was forged, or what came before it was changed/),
    ]);
  });

  it('finds an entry given to another organization', async () => {
    await owner`update audit_log set organization_id = ${randomUUID()} where ${mine()} and seq = 4`;
    expect(await bench.found(organization)).toEqual(['4: it is missing: after entry 3 comes entry 5']);
  });

  it.for([1, 3])('finds that entry %s was deleted', async (seq) => {
    await owner`delete from audit_log where ${mine()} and seq = ${seq}`;
    expect(await bench.found(organization)).toEqual([
      `${seq}: it is missing: after entry ${seq - 1} comes entry ${seq + 1}`,
    ]);
  });

  it('finds a deletion behind which the others were renumbered', async () => {
    await owner`delete from audit_log where ${mine()} and seq = 3`;
    await owner`update audit_log set seq = -seq where ${mine()} and seq > 3`;
    await owner`update audit_log set seq = -seq - 1 where ${mine()} and seq < 0`;
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^3: it was moved or forged/)]);
  });

  it('finds two entries that changed places', async () => {
    await owner`update audit_log set seq = case seq when 2 then -5 else -2 end where ${mine()} and seq in (2, 5)`;
    await owner`update audit_log set seq = -seq where ${mine()} and seq < 0`;
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^2: it was moved or forged/)]);
  });

  it('finds that the end was cut off', async () => {
    await owner`delete from audit_log where ${mine()} and seq > 4`;
    expect(await bench.found(organization)).toEqual(['5: the log was cut off: the head says that there are 6 entries']);
    await owner`delete from audit_log where ${mine()}`;
    expect(await bench.found(organization)).toEqual(['1: the log was cut off: the head says that there are 6 entries']);
  });

  it('finds a head that was set back, changed, or removed', async () => {
    const [head] = await owner`select * from audit_heads where ${mine()}`;
    await owner`update audit_heads set seq = 5 where ${mine()}`;
    expect(await bench.found(organization)).toEqual(['6: it is beyond the head, which says that there are 5 entries']);
    await owner`update audit_heads set seq = 6, hash = repeat('a', 64) where ${mine()}`;
    expect(await bench.found(organization)).toEqual(['6: the head names another hash for it']);
    await owner`delete from audit_heads where ${mine()}`;
    expect(await bench.found(organization)).toEqual(['6: the head of the chain was removed']);
    await owner`insert into audit_heads ${owner(head ?? {})}`;
    expect(await bench.found(organization)).toEqual([]);
  });

  it('finds an entry that was forged at the end, past the trigger', async () => {
    await owner.begin(async (tx) => {
      await tx`alter table audit_log disable trigger user`;
      await tx`insert into audit_log (organization_id, actor, action, entity, entity_id, details, seq, prev_hash, hash)
        select organization_id, actor, action, entity, entity_id, details, 7, hash, repeat('f', 64)
        from audit_log where organization_id = ${organization} and seq = 6`;
      await tx`alter table audit_log enable trigger user`;
    });
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^7: it was changed/)]);
    await owner`update audit_log set hash = audit_entry_hash(audit_log) where ${mine()} and seq = 7`;
    expect(await bench.found(organization)).toEqual(['7: it is beyond the head, which says that there are 6 entries']);
  });

  it('finds an entry that is there twice', async () => {
    await owner.begin(async (tx) => {
      await tx`alter table audit_log disable trigger user`;
      await tx`drop index audit_log_chain`;
      await tx`insert into audit_log (organization_id, at, actor, action, entity, entity_id, details, seq, prev_hash, hash)
        select organization_id, at, actor, action, entity, entity_id, details, seq, prev_hash, hash
        from audit_log where organization_id = ${organization} and seq = 3`;
      await tx`alter table audit_log enable trigger user`;
    });
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^3: it is there twice/)]);
    await owner`delete from audit_log where sequence = (select max(sequence) from audit_log where ${mine()})`;
    await owner`create unique index audit_log_chain on audit_log (organization_id, seq)`;
  });

  it('does not find a chain that was computed anew: that is what checkpoints are for', async () => {
    await owner`update audit_log set details = '{}' where ${mine()} and seq = 3`;
    await bench.rechain(organization, 3);
    expect(await bench.found(organization, { withCheckpoints: false })).toEqual([]);
  });
});
