// What the Schedules ask: which jobs nobody tends, and which objects belong to a job.

import { and, eq, inArray, isNotNull, lt, notExists, or, sql } from 'drizzle-orm';
import { jobId, type JobId } from '../domain/ids.ts';
import { hasEnded } from '../domain/jobs.ts';
import type { Plan } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { liveKeyOf } from './results.ts';
import { jobProgress, jobs, users } from './schema/index.ts';

export interface UntendedJob {
  jobId: JobId;
  userId: string;
  organizationId: string;
  plan: Plan;
  /** Missing in what old histories hold. */
  genome?: string;
  /** What was committed, but perhaps never told to Temporal, or whose saga is gone. */
  needs: 'annotation' | 'cancellation' | 'erasure';
  /** The trace of the request that submitted it, where that was traced. */
  traceparent?: string;
}

/**
 * Jobs whose state asks for a saga that may not be there: submitted, cancelled or erased before `before` and nothing came
 * of it, or running since before `silentSince` without a sign of progress. Telling the saga once more harms nothing.
 */
export async function untendedJobs(
  database: Database,
  principal: Principal,
  { before, silentSince, limit }: { before: Date; silentSince: Date; limit: number },
): Promise<UntendedJob[]> {
  return database.write(principal, async (tx) => {
    const isUnended = sql`${jobs.status} in ('PENDING', 'RUNNING')`;
    const isToBeErased = and(isNotNull(jobs.eraseRequestedAt), sql`${jobs.resultState} is distinct from 'deleted'`);
    const hasNewsSince = tx
      .select({ jobId: jobProgress.jobId })
      .from(jobProgress)
      .where(and(eq(jobProgress.jobId, jobs.jobId), sql`${jobProgress.updatedAt} >= ${silentSince.toISOString()}`));
    const rows = await tx
      .select({
        jobId: jobs.jobId,
        userId: jobs.userId,
        organizationId: jobs.organizationId,
        plan: users.plan,
        genome: jobs.genome,
        traceparent: jobs.traceparent,
        needs: sql<UntendedJob['needs']>`case
          when not (${isUnended}) then 'erasure'
          when ${jobs.cancelRequestedAt} is not null then 'cancellation'
          else 'annotation' end`,
      })
      .from(jobs)
      .innerJoin(users, eq(users.userId, jobs.userId))
      .where(
        or(
          and(
            isUnended,
            or(
              and(eq(jobs.status, 'PENDING'), lt(jobs.submittedAt, before)),
              lt(jobs.cancelRequestedAt, before),
              and(lt(jobs.startedAt, silentSince), notExists(hasNewsSince)),
            ),
          ),
          and(sql`not (${isUnended})`, isToBeErased, lt(jobs.eraseRequestedAt, before)),
        ),
      )
      // In any order: those that cannot be helped must not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map(({ traceparent, ...row }) => ({
      ...row,
      jobId: jobId(row.jobId),
      ...(traceparent === null ? {} : { traceparent }),
    }));
  });
}

/** What a job has in the store, and what keeps others from judging the rest. Null for what it has not. */
export interface JobObjects {
  prefix: string | null;
  /** Of the live copy, which a restore puts beside the prefix. */
  liveKey: string | null;
  archiveKey: string | null;
  isEnded: boolean;
  isMoving: boolean;
}

/** Of each of these jobs that exists: for the clean-up of half-made objects. */
export async function resultPrefixes(
  database: Database,
  principal: Principal,
  ids: readonly string[],
): Promise<Map<string, JobObjects>> {
  if (ids.length === 0) return new Map();
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({
        jobId: jobs.jobId,
        resultPrefix: jobs.resultPrefix,
        resultKey: jobs.resultKey,
        archiveKey: jobs.resultsFileArchiveId,
        status: jobs.status,
        resultState: jobs.resultState,
      })
      .from(jobs)
      .where(inArray(jobs.jobId, [...ids]));
    return new Map(
      rows.map((row) => [
        row.jobId,
        {
          prefix: row.resultState === 'deleted' ? null : row.resultPrefix,
          liveKey: row.resultState === 'deleted' ? null : liveKeyOf(row),
          archiveKey: row.archiveKey,
          isEnded: hasEnded(row.status),
          isMoving: row.resultState === 'archiving' || row.resultState === 'restoring',
        },
      ]),
    );
  });
}
