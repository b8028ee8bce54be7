// A sample that was rejected is annotated anew: a job on the same input, whose result then stands for the sample.

import { randomUUID } from 'node:crypto';
import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { isErrorType, remedyOf, VarloomError } from '../domain/errors.ts';
import { jobId, type JobId } from '../domain/ids.ts';
import type { ConsequenceMode, JobStatus } from '../domain/jobs.ts';
import { SAGAS, type Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import {
  isReview,
  lockReview,
  standingOf,
  type ReviewRef,
  type ReviewRow,
  type ReviewStanding,
} from './review-standing.ts';
import { deliverySamples, jobs, samples, uploads } from './schema/index.ts';

/** What is to be different. */
export interface Reannotation {
  genome?: string | undefined;
  consequenceMode?: ConsequenceMode | undefined;
}

/** A new job on the same input, with what the reviewer asked for. @throws `input_not_found` when the input is gone */
export async function resubmit(
  tx: Transaction,
  principal: UserPrincipal,
  { job, sampleId }: ReviewRow,
  reannotate: Reannotation = {},
): Promise<JobId> {
  const [upload] = await tx
    .select()
    .from(uploads)
    .where(and(eq(uploads.uploadId, job.uploadId), isNull(uploads.removedAt)))
    .for('update');
  if (!upload) throw new VarloomError('input_not_found', 'The input of this sample was erased.');
  const id = jobId(randomUUID());
  const genome = reannotate.genome ?? job.genome;
  const consequenceMode = reannotate.consequenceMode ?? job.consequenceMode;
  await tx.insert(jobs).values({
    jobId: id,
    organizationId: job.organizationId,
    // Whose it was may have left the laboratory.
    userId: principal.userId,
    uploadId: job.uploadId,
    source: 'api',
    // Whoever decides sees it in their own list: what its owner called the file may name a patient.
    fileName: `${sampleId}${/\.vcf(\.b?gz)?$/i.exec(job.fileName)?.[0] ?? '.vcf'}`,
    inputEtag: job.inputEtag,
    inputSizeBytes: job.inputSizeBytes,
    genome,
    consequenceMode,
  });
  await recordChange(tx, principal, {
    organizationId: job.organizationId,
    entity: 'annotation',
    entityId: id,
    action: 'annotation.submitted',
    details: { genome, consequence_mode: consequenceMode, source: 'review' },
    event: 'annotation.submitted',
  });
  return id;
}

const endedAs = (status: string): string => `The job ended ${status}.`;
/** A type of error, or `endedAs`: what this version writes. Versions before it wrote what the engine said. */
const SAYS_NOTHING_OF_THE_FILE = String.raw`^([a-z_]+|The job ended \w+\.)$`;
/** What stands for a message of one of those versions. */
const FAILED = 'The annotation failed.';

/** Why a new annotation failed, for everybody who sees the sample. */
export function reannotationFailureInWords(kept: string): string {
  if (isErrorType(kept)) return `The annotation ended with ${kept}. ${remedyOf(kept)}`;
  return new RegExp(SAYS_NOTHING_OF_THE_FILE).test(kept) ? kept : FAILED;
}

/** In the caller's transaction, when the data of an input are erased: what was said of it goes with them. */
export async function forgetWhatWasSaid(tx: Transaction, uploadId: string): Promise<void> {
  const ofInput = tx
    .select({ sampleId: samples.sampleId })
    .from(samples)
    .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
    .where(eq(jobs.uploadId, uploadId));
  const { sampleId, reannotationFailure } = deliverySamples;
  await tx
    .update(deliverySamples)
    .set({ reannotationFailure: FAILED })
    .where(and(inArray(sampleId, ofInput), sql`${reannotationFailure} !~ ${SAYS_NOTHING_OF_THE_FILE}`));
}

/** The new annotation has ended: review starts afresh, on its result when there is one, else on the former one. */
export async function endReannotation(
  database: Database,
  principal: Principal,
  ref: ReviewRef,
  job: JobId,
): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => {
    const row = await lockReview(tx, ref);
    // Of a delivery that was recalled: the sample may be under review in another one, with the result that it has.
    if (row.pendingJobId !== job || !row.isOpen) return standingOf(tx, row);
    const [ended] = await tx.select().from(jobs).where(eq(jobs.jobId, job));
    const isComplete = ended?.status === 'COMPLETED';
    if (isComplete) await tx.update(samples).set({ jobId: job }).where(eq(samples.sampleId, ref.sample));
    await tx
      .update(deliverySamples)
      .set({
        state: 'in_review',
        level: 'technical',
        round: row.round + 1,
        since: sql`now()`,
        pendingJobId: null,
        // Never the message: it may quote the file, which may be erased before this row is.
        reannotationFailure: isComplete ? null : (ended?.error?.type ?? endedAs(ended?.status ?? 'unknown')),
      })
      .where(isReview(ref));
    await recordChange(tx, SAGAS.reviewSample, {
      organizationId: row.organizationId,
      entity: 'sample',
      entityId: row.sampleId,
      action: 'sample.reannotated',
      details: {
        delivery: row.deliveryId,
        job,
        status: ended?.status ?? null,
        round: row.round + 1,
        // A new annotation is of the reviewer who wanted it.
        asked_by: ended?.userId ?? null,
      },
      event: 'sample.reannotated',
    });
    return standingOf(tx, await lockReview(tx, ref));
  });
}

/** How the annotation that a review waits for stands: its saga's signal may have been lost. */
export async function jobStatus(database: Database, principal: Principal, id: JobId): Promise<JobStatus | null> {
  return database.write(principal, async (tx) => {
    const [job] = await tx.select({ status: jobs.status }).from(jobs).where(eq(jobs.jobId, id));
    return job?.status ?? null;
  });
}
