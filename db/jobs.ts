// Annotation jobs as their owners see them: submit, look up, list, ask to cancel or erase.
// What the sagas do to a job is in `db/saga.ts` and `db/results.ts`.

import { randomUUID } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { RestoreState } from '../domain/billing.ts';
import { VarloomError } from '../domain/errors.ts';
import { jobId, type JobId, type UploadId } from '../domain/ids.ts';
import { hasEnded, type ConsequenceMode, type JobPhase, type JobSource, type JobStatus } from '../domain/jobs.ts';
import { activeTraceparent } from '../process/spans.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { isHeld } from './holds.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { idempotencyKeys, jobProgress, jobs, restores, uploads, type StoredJobError } from './schema/index.ts';

export type JobRow = typeof jobs.$inferSelect;

/** NOTIFY channel; the payload is the id of a job whose status, result state or progress changed. */
export const JOB_CHANNEL = 'varloom_job';

export async function notifyJob(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${JOB_CHANNEL}, ${id})`);
}

/**
 * Statements that need nothing of one another, sent one behind the other without waiting for each answer. In the order in
 * which they were begun: call `execute()` on what Drizzle would else begin later. The first that fails fails the rest.
 */
export async function atOnce(...statements: Promise<unknown>[]): Promise<void> {
  await Promise.all(statements);
}

export interface Submission {
  uploadId: UploadId;
  /** What the store held under the key when the job was submitted. */
  object: { etag: string; sizeBytes: number };
  genome: string;
  consequenceMode: ConsequenceMode;
  source: JobSource;
  /** A repeated key gives the job of its first use; `requestHash` tells whether the request is the same. */
  idempotency?: { key: string; requestHash: string };
}

export interface SubmittedJob {
  jobId: JobId;
  /** False when this request had been answered before. */
  isNew: boolean;
}

/**
 * Makes a PENDING job. An upload made by the page gets one job however often this is called.
 * @throws VarloomError `input_not_found`, `idempotency_key_reused`
 */
export async function submitJob(
  database: Database,
  principal: UserPrincipal,
  submission: Submission,
): Promise<SubmittedJob> {
  // Of the request, rather than of this transaction.
  const traceparent = activeTraceparent();
  return database.write(principal, async (tx) => {
    // The lock orders submissions against each other and against the removal of an unsubmitted upload.
    const [upload] = await tx
      .select()
      .from(uploads)
      .where(
        and(eq(uploads.uploadId, submission.uploadId), eq(uploads.userId, principal.userId), isNull(uploads.removedAt)),
      )
      .for('update');
    if (!upload) throw new VarloomError('input_not_found', `There is no input file ${submission.uploadId}.`);

    const earlier = await findEarlier(tx, principal, submission);
    if (earlier) return { jobId: jobId(earlier), isNew: false };

    const id = jobId(randomUUID());
    await atOnce(
      tx
        .insert(jobs)
        .values({
          jobId: id,
          organizationId: principal.organizationId,
          userId: principal.userId,
          uploadId: submission.uploadId,
          source: submission.source,
          fileName: upload.fileName,
          inputEtag: submission.object.etag,
          inputSizeBytes: submission.object.sizeBytes,
          genome: submission.genome,
          consequenceMode: submission.consequenceMode,
          traceparent,
        })
        .execute(),
      recordChange(tx, principal, {
        organizationId: principal.organizationId,
        entity: 'annotation',
        entityId: id,
        action: 'annotation.submitted',
        details: { genome: submission.genome, consequence_mode: submission.consequenceMode, source: submission.source },
        event: 'annotation.submitted',
      }),
    );
    if (submission.idempotency) {
      await tx.insert(idempotencyKeys).values({
        ...submission.idempotency,
        userId: principal.userId,
        organizationId: principal.organizationId,
        jobId: id,
      });
    }
    return { jobId: id, isNew: true };
  });
}

async function findEarlier(
  tx: Transaction,
  principal: UserPrincipal,
  submission: Submission,
): Promise<string | undefined> {
  if (submission.source === 'page') {
    const [job] = await tx
      .select({ jobId: jobs.jobId })
      .from(jobs)
      .where(and(eq(jobs.uploadId, submission.uploadId), eq(jobs.source, 'page')));
    return job?.jobId;
  }
  if (!submission.idempotency) return undefined;
  // Two requests with one key may name different uploads, so that the lock above does not order them.
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtext(${principal.userId}), hashtext(${submission.idempotency.key}))`,
  );
  return earlierByKey(tx, principal, submission.idempotency);
}

async function earlierByKey(
  tx: Transaction,
  principal: UserPrincipal,
  idempotency: { key: string; requestHash: string },
): Promise<string | undefined> {
  const [used] = await tx
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.userId, principal.userId), eq(idempotencyKeys.key, idempotency.key)));
  if (!used) return undefined;
  if (used.requestHash !== idempotency.requestHash) {
    throw new VarloomError('idempotency_key_reused', 'This Idempotency-Key was used for a different request.');
  }
  return used.jobId;
}

/** The job that a repeated request made the first time, before anything about the request is looked at again. */
export async function findJobByIdempotencyKey(
  database: Database,
  principal: UserPrincipal,
  idempotency: { key: string; requestHash: string },
): Promise<JobId | undefined> {
  return database.write(principal, async (tx) => {
    const id = await earlierByKey(tx, principal, idempotency);
    return id === undefined ? undefined : jobId(id);
  });
}

export interface JobView {
  job: JobRow;
  progress: { phase: JobPhase; records: number; percent: number } | null;
  /** The latest way back from the archive, if there was one. */
  restore: { state: RestoreState; error: StoredJobError | null } | null;
}

/** As the caller sees it: someone else's job is not there. */
export async function findJob(database: Database, principal: UserPrincipal, id: JobId): Promise<JobView | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({
        job: jobs,
        progress: { phase: jobProgress.phase, records: jobProgress.records, percent: jobProgress.percent },
        restore: { state: restores.state, error: restores.error },
      })
      .from(jobs)
      .leftJoin(jobProgress, eq(jobProgress.jobId, jobs.jobId))
      .leftJoin(restores, eq(restores.jobId, jobs.jobId))
      .where(and(eq(jobs.jobId, id), eq(jobs.userId, principal.userId)));
    return row;
  });
}

export interface JobFilter extends PageRequest {
  status?: JobStatus | undefined;
}

export async function listJobs(
  database: Database,
  principal: UserPrincipal,
  filter: JobFilter,
): Promise<Page<JobRow & { cursorTime: string; cursorId: string }>> {
  return database.read(principal, async (tx) => {
    const rows = await tx
      .select({ job: jobs, cursorTime: cursorTime(jobs.submittedAt), cursorId: jobs.jobId })
      .from(jobs)
      .where(
        and(
          eq(jobs.userId, principal.userId),
          filter.status ? eq(jobs.status, filter.status) : undefined,
          afterCursor(filter.cursor, jobs.submittedAt, jobs.jobId),
        ),
      )
      .orderBy(...newestFirst(jobs.submittedAt, jobs.jobId))
      .limit(filter.limit + 1);
    return toPage(
      rows.map(({ job, ...cursor }) => ({ ...job, ...cursor })),
      filter.limit,
    );
  });
}

/**
 * Asks for a job's cancellation: from here on it cannot complete. The caller then cancels the workflow.
 * @throws VarloomError `not_found`, `job_finished`
 */
export async function requestCancellation(database: Database, principal: UserPrincipal, id: JobId): Promise<void> {
  await database.write(principal, async (tx) => {
    const job = await lockOwnJob(tx, principal, id);
    if (hasEnded(job.status)) throw new VarloomError('job_finished', `The job has ended: ${job.status}.`);
    if (job.cancelRequestedAt) return;
    await tx
      .update(jobs)
      .set({ cancelRequestedAt: sql`now()` })
      .where(eq(jobs.jobId, id));
    await recordChange(tx, principal, {
      organizationId: job.organizationId,
      entity: 'annotation',
      entityId: id,
      action: 'annotation.cancellation_requested',
    });
  });
}

/**
 * Asks for the erasure of a job's data; a running job is to be cancelled first, which the erasure saga waits for.
 * @throws VarloomError `not_found`
 */
export async function requestErasure(
  database: Database,
  principal: UserPrincipal,
  id: JobId,
): Promise<{ isRunning: boolean }> {
  return database.write(principal, async (tx) => {
    const job = await lockOwnJob(tx, principal, id);
    const isRunning = !hasEnded(job.status);
    if (await isHeld(tx, id)) {
      throw new VarloomError('held', 'The result of this job is part of an open delivery.');
    }
    if (!job.eraseRequestedAt) {
      await tx
        .update(jobs)
        .set({ eraseRequestedAt: sql`now()`, ...(isRunning ? { cancelRequestedAt: sql`now()` } : {}) })
        .where(eq(jobs.jobId, id));
      await recordChange(tx, principal, {
        organizationId: job.organizationId,
        entity: 'annotation',
        entityId: id,
        action: 'annotation.erasure_requested',
      });
    }
    return { isRunning };
  });
}

async function lockOwnJob(tx: Transaction, principal: UserPrincipal, id: JobId): Promise<JobRow> {
  const [job] = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.jobId, id), eq(jobs.userId, principal.userId)))
    .for('update');
  if (!job) throw new VarloomError('not_found', `There is no job ${id}.`);
  return job;
}
