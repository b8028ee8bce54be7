// Whoever owns the database may change what was signed: each column of a decision is covered by its audit entry.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeDecision } from '../../db/decisions.ts';
import { decisions } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import { createAuditBench, type AuditBench } from '../../tests/support/audit-bench.ts';
import { LAID_CHECKSUM, layReview } from '../../tests/support/laid-review.ts';

const COMMENT = 'the tube of Ümit, "empty"';

let bench: AuditBench;
let laboratory: string;
let decision: string;
beforeAll(async () => {
  bench = await createAuditBench();
  // Somebody else, to whom a decision could be given.
  await layReview(bench.database);
});
afterAll(() => bench.close());

beforeEach(async () => {
  decision = randomUUID();
  const { organizationId, signer, ref } = await layReview(bench.database);
  laboratory = organizationId;
  await writeDecision(
    bench.database,
    signer,
    ref,
    {
      decisionId: decision,
      level: 'technical',
      decision: 'reject',
      reasonCode: 'low_quality',
      followUp: 'withdraw',
      comment: COMMENT,
      resultChecksum: LAID_CHECKSUM,
      authenticatedAt: new Date().toISOString(),
    },
    { signatureMaxAgeSeconds: 900, claimSeconds: 3600 },
  );
});

const change = (set: string) => bench.owner.unsafe(`update decisions set ${set} where decision_id = '${decision}'`);
/** The faults, whichever entry the decision's is. */
const found = async () => (await bench.found(laboratory)).map((fault) => fault.replace(/^\d+: /, ''));

it('finds nothing where nothing was changed, and repeats no comment in the log', async () => {
  expect(await found()).toEqual([]);
  const [entry] = await bench.owner`
    select details, details::text as text from audit_log
    where organization_id = ${laboratory} and action = 'sample.rejected'`;
  expect(entry?.['details']).toMatchObject({ decision, signed_sha256: expect.stringMatching(/^[\da-f]{64}$/) });
  expect(entry?.['text']).not.toContain('tube');
});

describe('a signed decision', () => {
  const CHANGES = {
    sequence: `sequence + 1000000`,
    organization_id: `(select organization_id from organizations where organization_id <> decisions.organization_id limit 1)`,
    delivery_id: 'gen_random_uuid()',
    sample_id: 'gen_random_uuid()',
    round: '2',
    level: `'licensed'`,
    decision: `'accept'`,
    user_id: `(select user_id from users where user_id <> decisions.user_id limit 1)`,
    signer_name: `'Somebody Else'`,
    role: `'director'`,
    on_behalf_of: 'user_id',
    meaning: `'approved'`,
    reason_code: `'wrong_settings'`,
    comment: `comment || '.'`,
    follow_up: `'reannotate'`,
    job_id: 'gen_random_uuid()',
    checksum: `repeat('c', 64)`,
    authenticated_at: `authenticated_at + interval '1 microsecond'`,
    at: `at - interval '1 microsecond'`,
  };

  it.for(Object.entries(CHANGES))('of which %s was changed is found', async ([column, value]) => {
    await change(`"${column}" = ${value}`);
    expect(await found()).toEqual([`the decision ${decision} that it records was changed after it was signed`]);
  });

  it('is covered in every column', async () => {
    const columns = await bench.owner`
      select column_name as name from information_schema.columns where table_name = 'decisions' order by column_name collate "C"`;
    const covered = [...Object.keys(CHANGES), 'decision_id'].toSorted();
    expect(columns.map(({ name }) => String(name))).toEqual(covered);
  });

  it.for(['comment', 'reason_code', 'follow_up'])('whose %s was removed is found', async (column) => {
    await change(`${column} = null`);
    expect(await found()).toEqual([expect.stringContaining('was changed after it was signed')]);
  });

  it('that was deleted, or given another id, is missing', async () => {
    const missing = [`the decision ${decision} that it records is not there any more`];
    await change(`decision_id = gen_random_uuid()`);
    expect(await found()).toEqual(missing);
    await bench.owner`delete from decisions where organization_id = ${laboratory}`;
    expect(await found()).toEqual(missing);
  });

  it('is named beside an entry that was changed with it', async () => {
    await change(`comment = 'nothing'`);
    await bench.owner`
      update audit_log set details = details || '{"level": "director"}'
      where organization_id = ${laboratory} and action = 'sample.rejected'`;
    expect(await found()).toHaveLength(2);
  });
});

it('says nothing of a decision whose entry was written before entries held a hash', async () => {
  await bench.owner`
    update audit_log set details = details - 'signed_sha256'
    where organization_id = ${laboratory} and action = 'sample.rejected'`;
  await bench.rechain(laboratory, 1);
  await change(`comment = 'nothing'`);
  expect(await found()).toEqual([]);
  const rows = await bench.database.write(system('test'), (tx) =>
    tx.select().from(decisions).where(eq(decisions.organizationId, laboratory)),
  );
  expect(rows).toMatchObject([{ comment: 'nothing' }]);
});
