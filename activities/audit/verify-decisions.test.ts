// Whoever owns the database may change what was signed: each column of a decision is covered by its audit entry.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeDecision } from '../../db/decisions.ts';
import { principalOf } from '../../db/identity.ts';
import * as tables from '../../db/schema/index.ts';
import { deliveryId, sampleId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { createAuditBench, type AuditBench } from '../../tests/support/audit-bench.ts';

const CHECKSUM = 'ab'.repeat(32);
const COMMENT = 'the tube of Ümit, "empty"';

let bench: AuditBench;
let laboratory: string;
let decision: string;
beforeAll(async () => {
  bench = await createAuditBench();
  // Somebody else, to whom a decision could be given.
  const other = { organizationId: randomUUID(), userId: randomUUID(), email: 'y@varloom.test' } as const;
  const somebody = { issuer: 'http://issuer.test', role: 'member', plan: 'free' } as const;
  await bench.database.write(system('test'), async (tx) => {
    await tx.insert(tables.organizations).values({ ...other, name: 'Another', kind: 'laboratory' });
    await tx.insert(tables.users).values({ ...other, ...somebody, subject: other.userId });
  });
});
afterAll(() => bench.close());

beforeEach(async () => {
  laboratory = randomUUID();
  decision = randomUUID();
  const [user, partner, upload, job, sample, delivery] = Array.from({ length: 6 }, () => randomUUID());
  if (!user || !partner || !upload || !job || !sample || !delivery) throw new Error('too few ids');
  const owned = { organizationId: laboratory };
  const signer = { ...owned, userId: user, role: 'technical', plan: 'free', email: 'x@varloom.test' } as const;
  const file = { fileName: 'a.vcf', source: 'api', userId: user, uploadId: upload } as const;
  const of = {
    genome: 'demo',
    consequenceMode: 'auto',
    status: 'COMPLETED',
    inputEtag: '"1"',
    inputSizeBytes: 5,
  } as const;
  const result = { resultPrefix: job, resultState: 'live', resultSha256: CHECKSUM, generation: 1 } as const;
  await bench.database.write(system('test'), async (tx) => {
    await tx.insert(tables.organizations).values({ ...owned, name: 'Laboratory', kind: 'laboratory' });
    await tx.insert(tables.users).values({ ...signer, issuer: 'http://issuer.test', subject: user });
    await tx.insert(tables.partners).values({ ...owned, partnerId: partner, name: 'P' });
    await tx.insert(tables.uploads).values({ ...owned, ...file, sizeLimitBytes: 10, expiresAt: new Date() });
    await tx.insert(tables.jobs).values({ ...owned, ...file, ...of, ...result, jobId: job, completedAt: new Date() });
    await tx
      .insert(tables.samples)
      .values({ ...owned, sampleId: sample, barcode: sample, jobId: job, createdBy: user });
    await tx.insert(tables.deliveries).values({ ...owned, deliveryId: delivery, partnerId: partner, createdBy: user });
    await tx.insert(tables.deliverySamples).values({ ...owned, deliveryId: delivery, sampleId: sample });
  });
  await writeDecision(
    bench.database,
    principalOf(signer),
    { delivery: deliveryId(delivery), sample: sampleId(sample) },
    {
      decisionId: decision,
      level: 'technical',
      decision: 'reject',
      reasonCode: 'low_quality',
      followUp: 'withdraw',
      comment: COMMENT,
      resultChecksum: CHECKSUM,
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
    tx.select().from(tables.decisions).where(eq(tables.decisions.organizationId, laboratory)),
  );
  expect(rows).toMatchObject([{ comment: 'nothing' }]);
});
