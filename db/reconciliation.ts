// What reconciliation holds against the store: the results that rest, and where each should be.

import { and, asc, gt, inArray, isNull } from 'drizzle-orm';
import { jobId, userId, type JobId, type UserId } from '../domain/ids.ts';
import type { ResultState } from '../domain/jobs.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { placeOf } from './results.ts';
import { jobs } from './schema/index.ts';

const STATES_AT_REST = ['live', 'archived'] as const satisfies ResultState[];

export interface ResultAtRest {
  jobId: JobId;
  userId: UserId;
  generation: number;
  state: (typeof STATES_AT_REST)[number];
  /** Where the live copy is; of an archived result, where it was. */
  liveKey: string;
  /** The recorded key; null while the result is live. */
  archiveKey: string | null;
  sizeBytes: number;
  sha256: string;
}

/** The results that nothing moves or erases, in the order of their jobs: those after `after`, or those of `ids`. */
export async function resultsAtRest(
  database: Database,
  principal: Principal,
  page: { after: JobId | null; limit: number } | { ids: readonly JobId[] },
): Promise<ResultAtRest[]> {
  if ('ids' in page && page.ids.length === 0) return [];
  return database.write(principal, async (tx) => {
    const which =
      'ids' in page ? inArray(jobs.jobId, [...page.ids]) : page.after === null ? undefined : gt(jobs.jobId, page.after);
    const rows = await tx
      .select()
      .from(jobs)
      .where(and(inArray(jobs.resultState, [...STATES_AT_REST]), isNull(jobs.eraseRequestedAt), which))
      .orderBy(asc(jobs.jobId))
      .limit('ids' in page ? page.ids.length : page.limit);
    return rows.map((job) => ({
      jobId: jobId(job.jobId),
      userId: userId(job.userId),
      generation: job.generation,
      state: job.resultState === 'archived' ? 'archived' : 'live',
      archiveKey: job.resultsFileArchiveId,
      ...placeOf(job),
    }));
  });
}
