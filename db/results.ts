// The one judge of copies: every move of a result begins here with a compare-and-set of its state and generation.
// Who loses the comparison stops. Every function may be called twice and answers the same.

import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { ActionOn } from '../domain/audit.ts';
import type { EventType } from '../domain/events.ts';
import { uploadId, type JobId } from '../domain/ids.ts';
import { hasEnded } from '../domain/jobs.ts';
import { archivesResults } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import { resultFileKey } from '../domain/result-files.ts';
import { isRecorded, recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { isHeld } from './holds.ts';
import { notifyJob, type JobRow } from './jobs.ts';
import { forgetWhatWasSaid } from './reannotation.ts';
import { lockJob } from './saga.ts';
import { jobs, subscriptions, uploads, users } from './schema/index.ts';

export interface ArchiveMove {
  generation: number;
  liveKey: string;
  archiveKey: string;
  sizeBytes: number;
  sha256: string;
}

/** Key of the live copy: under the prefix, or where a restore has put it. */
export function liveKeyOf(job: Pick<JobRow, 'resultKey' | 'resultPrefix'>): string | null {
  return job.resultKey ?? (job.resultPrefix === null ? null : resultFileKey(job.resultPrefix, 'vcf'));
}

/**
 * `isResumed`: the move had begun before, and its live copy may be gone. `keep`: the owner's plan keeps results, or promised
 * it for longer. `lost`: something else has moved or erased the result.
 */
export type ArchiveDecision =
  { decision: 'archive'; move: ArchiveMove; isResumed: boolean } | { decision: 'keep' } | { decision: 'lost' };

/** The clocks of Temporal and of Postgres differ by less. */
export const CLOCK_SKEW_MS = 30_000;

/** live → archiving, if the owner's plan, looked up now, archives results. */
export async function beginArchive(
  database: Database,
  principal: Principal,
  id: JobId,
  generation: number,
): Promise<ArchiveDecision> {
  return database.write(principal, async (tx) => {
    await lockPlan(tx, id);
    const { job, plan } = await lockJob(tx, id);
    const isOurs = job.resultState === 'archiving' && job.generation === generation + 1;
    if (!isOurs) {
      if (job.resultState !== 'live' || job.generation !== generation || job.eraseRequestedAt) {
        return { decision: 'lost' };
      }
      if (!archivesResults(plan)) {
        await tx.update(jobs).set({ resultExpiresAt: null }).where(eq(jobs.jobId, id));
        return { decision: 'keep' };
      }
      // When the delivery is no longer open, reconciliation finds it.
      if (await isHeld(tx, id)) {
        await tx.update(jobs).set({ resultExpiresAt: null }).where(eq(jobs.jobId, id));
        return { decision: 'keep' };
      }
      // After a downgrade the owner was told of a time for all; the saga of that downgrade archives it then.
      const [subscription] = await tx
        .select({ archiveDueAt: subscriptions.archiveDueAt })
        .from(subscriptions)
        .where(eq(subscriptions.userId, job.userId));
      const dueAt = subscription?.archiveDueAt;
      if (dueAt && dueAt.getTime() > Date.now() + CLOCK_SKEW_MS) {
        await tx.update(jobs).set({ resultExpiresAt: dueAt }).where(eq(jobs.jobId, id));
        return { decision: 'keep' };
      }
      await tx
        .update(jobs)
        .set({ resultState: 'archiving', generation: generation + 1, resultMovedAt: sql`now()` })
        .where(eq(jobs.jobId, id));
      await tell(tx, principal, job, 'result.archiving');
    }
    const { liveKey, sizeBytes, sha256 } = placeOf(job);
    const archiveKey = `archive/${id}/${generation + 1}`;
    const move = { generation: generation + 1, liveKey, archiveKey, sizeBytes, sha256 };
    return { decision: 'archive', move, isResumed: isOurs };
  });
}

/** archiving → archived. False when the result was erased meanwhile: the archived copy is then to be removed. */
export async function finishArchive(
  database: Database,
  principal: Principal,
  id: JobId,
  move: Pick<ArchiveMove, 'generation' | 'archiveKey'>,
): Promise<boolean> {
  return database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    if (job.generation !== move.generation) return false;
    if (job.resultState === 'archived') return true;
    if (job.resultState !== 'archiving') return false;
    await tx
      .update(jobs)
      .set({ resultState: 'archived', resultsFileArchiveId: move.archiveKey })
      .where(eq(jobs.jobId, id));
    await tell(tx, principal, job, 'result.archived', 'result.archived');
    return true;
  });
}

/** archiving → live again, after a copy that failed for good. Returns the new generation; undefined when it lost. */
export async function abandonArchive(
  database: Database,
  principal: Principal,
  id: JobId,
  generation: number,
): Promise<number | undefined> {
  return database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    if (job.resultState === 'live' && job.generation === generation + 1) return job.generation;
    if (job.resultState !== 'archiving' || job.generation !== generation) return undefined;
    await tx
      .update(jobs)
      .set({ resultState: 'live', generation: generation + 1, resultExpiresAt: null })
      .where(eq(jobs.jobId, id));
    await tell(tx, principal, job, 'result.archive_abandoned');
    return generation + 1;
  });
}

/** Sets when the result expires, for its owner to see; the saga's timer is what acts. */
export async function setExpiry(
  database: Database,
  principal: Principal,
  id: JobId,
  secondsFromNow: number,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const { job, plan } = await lockJob(tx, id);
    if (job.resultState !== 'live' || !archivesResults(plan)) return;
    await tx
      .update(jobs)
      .set({ resultExpiresAt: sql`now() + make_interval(secs => ${secondsFromNow}::float8)` })
      .where(eq(jobs.jobId, id));
    await tell(tx, principal, job, 'result.retention_changed');
  });
}

/** `wait`: the job has not ended. `inputFile` is null while another job of the owner still uses the input. */
export type ErasureDecision = { decision: 'wait' } | { decision: 'erase'; inputFile: string | null };

/** Any state → deleted: from here on nothing serves or moves the result, and its copies may be removed. */
export async function beginErasure(database: Database, principal: Principal, id: JobId): Promise<ErasureDecision> {
  return database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    if (!hasEnded(job.status)) return { decision: 'wait' };
    if (job.resultState !== 'deleted') {
      await tx
        .update(jobs)
        .set({
          resultState: 'deleted',
          generation: job.generation + 1,
          resultExpiresAt: null,
          resultsFileArchiveId: null,
          resultKey: null,
          // Fingerprints of the data go with the data.
          resultSha256: null,
          resultSizeBytes: null,
          records: null,
          inputEtag: 'erased',
          fileName: 'erased',
          // A message may quote the file; what kind of error it was is no secret.
          error: job.error ? { type: job.error.type, message: 'The data of this job were erased.' } : null,
        })
        .where(eq(jobs.jobId, id));
      await notifyJob(tx, id);
    }
    await forgetWhatWasSaid(tx, job.uploadId);
    const input = await tx.select().from(uploads).where(eq(uploads.uploadId, job.uploadId)).for('update');
    const [other] = await tx
      .select({ id: jobs.jobId })
      .from(jobs)
      .where(and(eq(jobs.uploadId, job.uploadId), ne(jobs.jobId, id), isNull(jobs.eraseRequestedAt)))
      .limit(1);
    if (other || !input[0]) return { decision: 'erase', inputFile: null };
    await tx
      .update(uploads)
      .set({ removedAt: sql`coalesce(${uploads.removedAt}, now())`, fileName: 'erased' })
      .where(eq(uploads.uploadId, job.uploadId));
    return { decision: 'erase', inputFile: uploadId(job.uploadId) };
  });
}

export async function finishErasure(database: Database, principal: Principal, id: JobId): Promise<void> {
  await database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    const erased = { organizationId: job.organizationId, entityId: id, action: 'result.erased' } as const;
    if (!(await isRecorded(tx, erased))) await tell(tx, principal, job, 'result.erased', 'result.erased');
  });
}

/** A change of plan and a move that depends on it are decided one after the other. The user is locked before the job, always. */
export async function lockPlan(tx: Transaction, id: JobId): Promise<void> {
  await tx
    .select({ plan: users.plan })
    .from(users)
    .where(sql`${users.userId} = (select ${jobs.userId} from ${jobs} where ${jobs.jobId} = ${id})`)
    .for('share');
}

/** Where a result is and what it is. @throws Error when there is none */
export function placeOf(job: JobRow): { liveKey: string; sizeBytes: number; sha256: string } {
  const liveKey = liveKeyOf(job);
  if (liveKey === null || !job.resultSha256 || job.resultSizeBytes === null) {
    throw new Error(`job ${job.jobId} has a result without a place, size or checksum`);
  }
  return { liveKey, sizeBytes: job.resultSizeBytes, sha256: job.resultSha256 };
}

export async function tell(
  tx: Transaction,
  principal: Principal,
  job: JobRow,
  action: ActionOn<'result'>,
  event?: EventType,
  details?: Record<string, unknown>,
): Promise<void> {
  await recordChange(tx, principal, {
    organizationId: job.organizationId,
    entity: 'result',
    entityId: job.jobId,
    action,
    ...(details ? { details } : {}),
    ...(event ? { event } : {}),
  });
  await notifyJob(tx, job.jobId);
}
