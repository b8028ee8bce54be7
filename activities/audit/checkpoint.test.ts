// With its signed checkpoints, an audit log that was computed anew as a whole is found too, and so is a checkpoint that was
// forged or taken away.

import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuditBench, newSigningKeys, type AuditBench } from '../../tests/support/audit-bench.ts';
import { checkpointRef } from './checkpoint.ts';

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

describe('checkpoints', () => {
  const remove = (seq: number) => bench.store.remove([checkpointRef(organization, seq)]);

  it('are written for what has grown since the last one, and only for that', async () => {
    expect((await bench.checkpoint()).written).toBeGreaterThan(0);
    expect((await bench.checkpoint()).written).toBe(0);
    await bench.record(organization, 2);
    expect((await bench.checkpoint()).written).toBe(1);
    expect(await bench.verify(organization)).toMatchObject({ entries: ENTRIES + 2, checkpoints: 2, faults: [] });
    const text = await bench.checkpointText(organization, ENTRIES + 2);
    expect(JSON.parse(text ?? '')).toMatchObject({ organization_id: organization, seq: 8, previous: { seq: 6 } });
  });

  it('are the same when a worker died before it noted that it had written one', async () => {
    await bench.checkpoint();
    const first = await bench.checkpointText(organization, ENTRIES);
    await owner`update audit_checkpoints set seq = 0, document_hash = null, pending_seq = ${ENTRIES} where ${mine()}`;
    await bench.record(organization, 3);
    await bench.checkpoint();
    expect(await bench.checkpointText(organization, ENTRIES)).toBe(first);
    await bench.checkpoint();
    expect(await bench.verify(organization)).toMatchObject({ entries: ENTRIES + 3, checkpoints: 2, faults: [] });
  });

  it('find a chain that was computed anew, and between which checkpoints', async () => {
    await bench.checkpoint();
    await bench.record(organization, 4);
    await bench.checkpoint();
    await owner`update audit_log set actor = 'user:nobody' where ${mine()} and seq = 8`;
    await bench.rechain(organization, 8);
    expect(await bench.found(organization, { withCheckpoints: false })).toEqual([]);
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^7: an entry from 7 to 10 was rewritten/)]);
  });

  it('find a log that was cut off together with its head, and are not written for it', async () => {
    await bench.checkpoint();
    await owner`delete from audit_log where ${mine()} and seq > 4`;
    await bench.rechain(organization, 1);
    expect(await bench.found(organization, { withCheckpoints: false })).toEqual([]);
    expect(await bench.found(organization)).toEqual([
      expect.stringMatching(/^5: the log was cut off: the checkpoint of .* entry 6$/),
    ]);
    expect((await bench.checkpoint()).faulty).toContain(organization);
    await owner`delete from audit_log where ${mine()}`;
    await owner`delete from audit_heads where ${mine()}`;
    expect(await bench.found(organization)).toEqual([expect.stringMatching(/^1: the log was cut off/)]);
    await owner`delete from audit_checkpoints where ${mine()}`;
  });

  it('that are missing are found: one in between, the first, and the last', async () => {
    for (let i = 0; i < 3; i += 1) {
      await bench.checkpoint();
      await bench.record(organization, 1);
    }
    expect(await bench.found(organization)).toEqual([]);
    await remove(7);
    expect(await bench.found(organization)).toEqual(['7: its checkpoint is missing, which that of entry 8 names']);
    await remove(6);
    expect(await bench.found(organization)).toEqual(['7: its checkpoint is missing, which that of entry 8 names']);
    await remove(8);
    expect(await bench.found(organization)).toEqual(['8: its checkpoint, the last that was written, is missing']);
  });

  it('that were forged are found: without the key, with a key of one’s own, or taken from elsewhere', async () => {
    await bench.checkpoint();
    const good = await bench.checkpointText(organization, ENTRIES);
    const put = (text: string, seq = ENTRIES) => bench.putCheckpoint(organization, seq, text);
    await put(good.replace(/"hash": "\w{64}"/, `"hash": "${'0'.repeat(64)}"`));
    expect(await bench.found(organization)).toContainEqual(
      '6: its checkpoint has a signature that is not that of its key',
    );
    await put('{');
    expect(await bench.found(organization)).toContainEqual('6: its checkpoint is not JSON');
    await put('{}');
    expect(await bench.found(organization)).toContainEqual('6: its checkpoint is not of the form of a checkpoint');
    await put(good, 3);
    expect(await bench.found(organization)).toContainEqual('3: its checkpoint is that of another entry');
    await remove(3);
    await put(good);
    expect(await bench.found(organization)).toEqual([]);

    // All of it made anew by one who has everything but the key.
    const theirs = newSigningKeys('theirs');
    await owner`update audit_log set details = '{}' where ${mine()} and seq = 3`;
    await bench.rechain(organization, 3);
    await owner`update audit_checkpoints set seq = 0, document_hash = null where ${mine()}`;
    await bench.checkpoint(theirs);
    expect(await bench.found(organization)).toEqual([
      '6: its checkpoint is signed with the key theirs, which is not among ours',
    ]);
    expect(await bench.found(organization, { trusted: { active: undefined, publicKeys: theirs.publicKeys } })).toEqual(
      [],
    );
    const named = {
      active: undefined,
      publicKeys: new Map([...bench.keys.publicKeys].map(([, key]) => ['theirs', key])),
    };
    expect(await bench.found(organization, { trusted: named })).toEqual([
      '6: its checkpoint has a signature that is not that of its key',
    ]);
  });

  it('are not written without a key', async () => {
    expect(await bench.checkpoint(null)).toEqual({ written: 0, faulty: [], next: null });
    expect(await bench.verify(organization)).toMatchObject({ checkpoints: 0, faults: [] });
  });
});
