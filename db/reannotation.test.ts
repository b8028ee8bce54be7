// What is kept and shown of an annotation anew that failed: the kind of error, and never what the engine said of the file.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jobId, sampleId, uploadId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { addLaboratory } from '../tests/support/partner-bench.ts';
import { submitJob } from './jobs.ts';
import { endReannotation, reannotationFailureInWords } from './reannotation.ts';
import { beginErasure } from './results.ts';
import { auditLog, deliveries, deliverySamples, jobs, partners, samples } from './schema/index.ts';
import { createUpload } from './uploads.ts';

const asSystem = system('test');
const QUOTE = 'line 7: the contig Mustermann is unknown';
let own: OwnDatabase;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own.close());

/** A sample under review, whose annotation anew has just failed. */
async function failing() {
  const { database } = own;
  const principal = await addLaboratory(database);
  const { organizationId, userId: createdBy } = principal;
  const upload = uploadId(randomUUID());
  await createUpload(database, principal, {
    uploadId: upload,
    fileName: 'a.vcf',
    genome: null,
    source: 'api',
    sizeLimitBytes: 1024,
    multipartUploadId: null,
    expiresAt: new Date(Date.now() + 60_000),
  });
  const submit = async () => {
    const object = { etag: '"1"', sizeBytes: 5 };
    const request = { uploadId: upload, object, genome: 'demo', consequenceMode: 'auto', source: 'api' } as const;
    return jobId((await submitJob(database, principal, request)).jobId);
  };
  const [former, anew] = [await submit(), await submit()];
  const owned = { organizationId, partnerId: randomUUID(), deliveryId: randomUUID(), sampleId: sampleId(randomUUID()) };
  const { partnerId, sampleId: sample } = owned;
  const completedAt = new Date();
  await database.write(asSystem, async (tx) => {
    await tx.update(jobs).set({ status: 'COMPLETED', resultState: 'live', completedAt }).where(eq(jobs.jobId, former));
    const error = { type: 'input_unknown_contig', message: QUOTE } as const;
    await tx.update(jobs).set({ status: 'FAILED', error, completedAt }).where(eq(jobs.jobId, anew));
    await tx.insert(partners).values({ organizationId, partnerId, name: 'P' });
    await tx.insert(samples).values({ organizationId, sampleId: sample, barcode: 'B', jobId: former, createdBy });
    await tx.insert(deliveries).values({ ...owned, createdBy });
    await tx.insert(deliverySamples).values({ ...owned, state: 'reannotating', pendingJobId: anew });
  });
  const ref = { delivery: owned.deliveryId, sample } as Parameters<typeof endReannotation>[2]; // as its ids are made above
  const rowText = async () => {
    const [row] = await database.write(asSystem, (tx) =>
      tx.select().from(deliverySamples).where(eq(deliverySamples.sampleId, sample)),
    );
    return row?.reannotationFailure;
  };
  const keep = (text: string) =>
    database.write(asSystem, (tx) =>
      tx.update(deliverySamples).set({ reannotationFailure: text }).where(eq(deliverySamples.sampleId, sample)),
    );
  return { principal, ref, former, anew, rowText, keep };
}

it('keeps the type of the error, and the saga’s name beside who asked', async () => {
  const { ref, anew, rowText, principal } = await failing();
  await endReannotation(own.database, principal, ref, anew);
  expect(await rowText()).toBe('input_unknown_contig');
  const entries = await own.database.write(asSystem, (tx) =>
    tx.select().from(auditLog).where(eq(auditLog.entityId, ref.sample)),
  );
  expect(entries).toMatchObject([
    { action: 'sample.reannotated', actor: 'system:review-sample', details: { asked_by: principal.userId } },
  ]);
});

it('an erasure takes what an earlier version has kept, and leaves what says nothing of the file', async () => {
  const { former, anew, rowText, keep } = await failing();
  await keep(QUOTE);
  await beginErasure(own.database, asSystem, anew);
  expect(await rowText()).toBe('The annotation failed.');
  for (const text of ['input_unknown_contig', 'The job ended CANCELLED.']) {
    await keep(text);
    await beginErasure(own.database, asSystem, former);
    expect(await rowText()).toBe(text);
  }
});

it('is shown in words, and never in those of an earlier version', () => {
  expect(reannotationFailureInWords('input_unknown_contig')).toMatch(/input_unknown_contig.*reference genome/);
  expect(reannotationFailureInWords('The job ended CANCELLED.')).toBe('The job ended CANCELLED.');
  expect(reannotationFailureInWords(QUOTE)).toBe('The annotation failed.');
});
