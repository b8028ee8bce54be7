// What the annotation saga does to its job's row. Every function may be called twice and answers the same.

import { and, eq, sql } from 'drizzle-orm';
import { jobId, type JobId } from '../domain/ids.ts';
import { hasEnded, type JobProgress, type JobStatus } from '../domain/jobs.ts';
import { archivesResults, type Plan } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { atOnce, notifyJob, type JobRow } from './jobs.ts';
import { jobProgress, jobs, uploads, users, type StoredJobError } from './schema/index.ts';

export interface StartedJob {
  jobId: JobId;
  inputFile: string;
  etag: string;
  inputSizeBytes: number;
  sizeLimitBytes: number;
  genome: string;
  consequenceMode: JobRow['consequenceMode'];
}

/** What operators find the job by. */
export interface ShownJob {
  plan: Plan;
  organizationId: string;
}

/** What they find a job by that this run has not begun. */
export interface ShownEnd extends ShownJob {
  genome: string;
  status: JobStatus;
}

/**
 * `cancel`: the owner asked for it, so do not go on. `ended`: another run has finished the job, or this one, in a workflow
 * task that Temporal has lost. `shown` is missing in what old histories hold.
 */
export type StartDecision =
  | { decision: 'go'; job: StartedJob; shown?: ShownJob }
  | { decision: 'cancel' }
  | { decision: 'ended'; shown?: ShownEnd };

/** PENDING → RUNNING. */
export async function startJob(database: Database, principal: Principal, id: JobId): Promise<StartDecision> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({ job: jobs, sizeLimitBytes: uploads.sizeLimitBytes, plan: users.plan })
      .from(jobs)
      .innerJoin(uploads, eq(uploads.uploadId, jobs.uploadId))
      .innerJoin(users, eq(users.userId, jobs.userId))
      .where(eq(jobs.jobId, id))
      .for('update', { of: jobs });
    if (!row) throw new Error(`there is no job ${id}`);
    const { job, sizeLimitBytes, plan } = row;
    if (hasEnded(job.status)) return { decision: 'ended', shown: shownEnd(job, plan, job.status) };
    if (job.cancelRequestedAt) return { decision: 'cancel' };
    if (job.status === 'PENDING') {
      await atOnce(
        tx
          .update(jobs)
          .set({ status: 'RUNNING', startedAt: sql`now()` })
          .where(eq(jobs.jobId, id))
          .execute(),
        tell(tx, principal, job, 'annotation.started', {}),
      );
    }
    return {
      decision: 'go',
      job: {
        jobId: jobId(job.jobId),
        inputFile: job.uploadId,
        etag: job.inputEtag,
        inputSizeBytes: job.inputSizeBytes,
        sizeLimitBytes,
        genome: job.genome,
        consequenceMode: job.consequenceMode,
      },
      shown: { plan, organizationId: job.organizationId },
    };
  });
}

export interface CompletedResult {
  prefix: string;
  sizeBytes: number;
  sha256: string;
  records: number;
}

export type CompleteDecision = { decision: 'completed'; generation: number } | { decision: 'cancel' };

/** RUNNING → COMPLETED with a live result, unless the owner asked for cancellation before. */
export async function completeJob(
  database: Database,
  principal: Principal,
  id: JobId,
  result: CompletedResult,
  retentionSeconds: number,
): Promise<CompleteDecision> {
  return database.write(principal, async (tx) => {
    const { job, plan } = await lockJob(tx, id);
    if (job.status === 'COMPLETED') return { decision: 'completed', generation: job.generation };
    if (job.status !== 'RUNNING' || job.cancelRequestedAt) return { decision: 'cancel' };
    const generation = job.generation + 1;
    await atOnce(
      tx
        .update(jobs)
        .set({
          status: 'COMPLETED',
          completedAt: sql`now()`,
          resultState: 'live',
          generation,
          resultPrefix: result.prefix,
          resultSizeBytes: result.sizeBytes,
          resultSha256: result.sha256,
          records: result.records,
          resultExpiresAt: archivesResults(plan)
            ? sql`now() + make_interval(secs => ${retentionSeconds}::float8)`
            : null,
        })
        .where(eq(jobs.jobId, id))
        .execute(),
      tell(tx, principal, job, 'annotation.completed', { records: result.records, sha256: result.sha256 }),
    );
    return { decision: 'completed', generation };
  });
}

export interface EndedJob {
  status: 'CANCELLED' | 'FAILED' | 'COMPLETED';
  isErasureWaiting: boolean;
  /** Missing in what old histories hold. */
  shown?: ShownEnd;
}

/** Ends a job that did not complete. One that the owner asked to cancel ends CANCELLED, whatever went wrong meanwhile. */
export async function endJob(
  database: Database,
  principal: Principal,
  id: JobId,
  end: { status: 'CANCELLED' } | { status: 'FAILED'; error: StoredJobError },
): Promise<EndedJob> {
  return database.write(principal, async (tx) => {
    const { job, plan } = await lockJob(tx, id);
    const isErasureWaiting = job.eraseRequestedAt !== null;
    if (job.status === 'CANCELLED' || job.status === 'FAILED' || job.status === 'COMPLETED') {
      return { status: job.status, isErasureWaiting, shown: shownEnd(job, plan, job.status) };
    }
    const status = job.cancelRequestedAt ? 'CANCELLED' : end.status;
    const error = status === 'FAILED' && end.status === 'FAILED' ? end.error : null;
    await tx
      .update(jobs)
      .set({ status, completedAt: sql`now()`, error })
      .where(eq(jobs.jobId, id));
    if (status === 'FAILED') await tell(tx, principal, job, 'annotation.failed', { type: error?.type });
    else await tell(tx, principal, job, 'annotation.cancelled', {});
    return { status, isErasureWaiting, shown: shownEnd(job, plan, status) };
  });
}

const shownEnd = ({ organizationId, genome }: JobRow, plan: Plan, status: JobStatus): ShownEnd => ({
  plan,
  organizationId,
  genome,
  status,
});

/** Called at most twice a second per job; tells no one but those who watch. */
export async function saveProgress(
  database: Database,
  principal: Principal,
  id: JobId,
  progress: JobProgress,
): Promise<void> {
  await database.write(principal, async (tx) => {
    await tx.execute(sql`
      insert into ${jobProgress} (job_id, organization_id, phase, records, percent, updated_at)
      select job_id, organization_id, ${progress.phase}, ${progress.records}, ${progress.percent}, now()
      from ${jobs} where job_id = ${id} and status = 'RUNNING'
      on conflict (job_id) do update
        set phase = excluded.phase, records = excluded.records, percent = excluded.percent, updated_at = now()`);
    await notifyJob(tx, id);
  });
}

/** The owner's name of the input, for the log that only the owner reads. */
export async function inputFileName(database: Database, principal: Principal, id: JobId): Promise<string> {
  return database.write(principal, async (tx) => {
    const [job] = await tx.select({ fileName: jobs.fileName }).from(jobs).where(eq(jobs.jobId, id));
    if (!job) throw new Error(`there is no job ${id}`);
    return job.fileName;
  });
}

export async function lockJob(tx: Transaction, id: JobId): Promise<{ job: JobRow; plan: Plan }> {
  const [row] = await tx
    .select({ job: jobs, plan: users.plan })
    .from(jobs)
    .innerJoin(users, eq(users.userId, jobs.userId))
    .where(and(eq(jobs.jobId, id)))
    .for('update', { of: jobs });
  if (!row) throw new Error(`there is no job ${id}`);
  return row;
}

async function tell(
  tx: Transaction,
  principal: Principal,
  job: JobRow,
  event: 'annotation.started' | 'annotation.completed' | 'annotation.failed' | 'annotation.cancelled',
  details: Record<string, unknown>,
): Promise<void> {
  await atOnce(
    recordChange(tx, principal, {
      organizationId: job.organizationId,
      entity: 'annotation',
      entityId: job.jobId,
      action: event,
      details,
      event,
    }),
    notifyJob(tx, job.jobId),
  );
}
