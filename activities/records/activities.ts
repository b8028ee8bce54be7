// Postgres, as the sagas see it: short database steps, run as local activities of the workflow's own worker.

import type { Database } from '../../db/client.ts';
import {
  abandonArchive,
  beginArchive,
  beginErasure,
  finishArchive,
  finishErasure,
  setExpiry,
  type ArchiveDecision,
  type ArchiveMove,
  type ErasureDecision,
} from '../../db/results.ts';
import {
  completeJob,
  endJob,
  startJob,
  type CompletedResult,
  type EndedJob,
  type ShownEnd,
  type StartDecision,
} from '../../db/saga.ts';
import { untendedJobs, type UntendedJob } from '../../db/tending.ts';
import type { StoredJobError } from '../../db/schema/index.ts';
import type { JobId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';

export type { ArchiveMove, ShownEnd, UntendedJob };

export interface RecordsDependencies {
  database: Database;
  /** Who acts: carried by the headers of the call. */
  principal: () => Principal;
  /** How long a result stays live before its owner's plan is looked at. */
  retentionSeconds: number;
}

/** What was committed in the last moments is the gateway's to tell. */
const GRACE_MS = 15_000;
/** A running engine says something twice a second; a saga that waits for an engine may be asked after now and then. */
const SILENCE_MS = 10 * 60_000;
const UNTENDED_BATCH = 200;

export function createRecordsActivities({ database, principal, retentionSeconds }: RecordsDependencies) {
  return {
    'records.job.start': ({ jobId }: { jobId: JobId }): Promise<StartDecision> =>
      startJob(database, principal(), jobId),

    'records.job.complete': async ({
      jobId,
      result,
    }: {
      jobId: JobId;
      result: CompletedResult;
    }): Promise<{ decision: 'completed'; generation: number; retentionSeconds: number } | { decision: 'cancel' }> => {
      const completion = await completeJob(database, principal(), jobId, result, retentionSeconds);
      return completion.decision === 'completed' ? { ...completion, retentionSeconds } : completion;
    },

    'records.job.end': ({
      jobId,
      end,
    }: {
      jobId: JobId;
      end: { status: 'CANCELLED' } | { status: 'FAILED'; error: StoredJobError };
    }): Promise<EndedJob> => endJob(database, principal(), jobId, end),

    'records.job.listUntended': (): Promise<UntendedJob[]> =>
      untendedJobs(database, principal(), {
        before: new Date(Date.now() - GRACE_MS),
        silentSince: new Date(Date.now() - SILENCE_MS),
        limit: UNTENDED_BATCH,
      }),

    'records.retention.set': ({ jobId, retentionSeconds }: { jobId: JobId; retentionSeconds: number }): Promise<void> =>
      setExpiry(database, principal(), jobId, retentionSeconds),

    'records.archive.begin': ({ jobId, generation }: { jobId: JobId; generation: number }): Promise<ArchiveDecision> =>
      beginArchive(database, principal(), jobId, generation),

    'records.archive.finish': ({ jobId, move }: { jobId: JobId; move: ArchiveMove }): Promise<boolean> =>
      finishArchive(database, principal(), jobId, move),

    'records.archive.abandon': async ({ jobId, generation }: { jobId: JobId; generation: number }): Promise<void> => {
      await abandonArchive(database, principal(), jobId, generation);
    },

    'records.erasure.begin': ({ jobId }: { jobId: JobId }): Promise<ErasureDecision> =>
      beginErasure(database, principal(), jobId),

    'records.erasure.finish': ({ jobId }: { jobId: JobId }): Promise<void> =>
      finishErasure(database, principal(), jobId),
  };
}

export type RecordsActivities = ReturnType<typeof createRecordsActivities>;
