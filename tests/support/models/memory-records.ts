// The store of record in memory, for sagas on skipped time. `tests/integration/records-contract.test.ts` holds it to
// the real one.

import type { RecordsActivities } from '../../../activities/records/activities.ts';
import { CLOCK_SKEW_MS } from '../../../db/results.ts';
import type { UntendedJob } from '../../../db/tending.ts';
import { jobId as asJobId, type JobId, type UserId } from '../../../domain/ids.ts';
import { hasEnded } from '../../../domain/jobs.ts';
import { archivesResults, type Plan } from '../../../domain/plans.ts';
import { resultFileKey } from '../../../domain/result-files.ts';
import { createMemoryTables, type MemoryJob, type MemoryTables } from './memory-tables.ts';

export type { MemoryJob };

export interface MemoryRecords {
  activities: RecordsActivities;
  tables: MemoryTables;
  /** A job of a user of its own, unless one is named, who then has this plan. */
  add(job: Pick<MemoryJob, 'jobId' | 'inputFile' | 'etag' | 'inputSizeBytes'>, plan: Plan, owner?: UserId): MemoryJob;
  job(id: JobId): MemoryJob;
  /** Grants the owner of the job a plan. */
  setPlan(id: JobId, plan: Plan): void;
  /** As though nothing had been heard of running jobs for long. */
  silence(): void;
  /** Forgets every job. */
  clear(): void;
}

const SIZE_LIMIT_BYTES = 10 * 1024 ** 2;

export function createMemoryRecords({
  retentionSeconds,
  tables = createMemoryTables(() => Date.now()),
}: {
  retentionSeconds: number;
  tables?: MemoryTables;
}): MemoryRecords {
  const { jobs, job } = tables;
  const planOf = (id: JobId): Plan => tables.user(job(id).userId).plan;

  const shownEnd = ({ jobId, organizationId, genome, status }: MemoryJob) => ({
    plan: planOf(jobId),
    organizationId,
    genome,
    status,
  });

  const activities: RecordsActivities = {
    'records.job.start': async ({ jobId }) => {
      const row = job(jobId);
      if (hasEnded(row.status)) return { decision: 'ended', shown: shownEnd(row) };
      if (row.isCancelRequested) return { decision: 'cancel' };
      row.status = 'RUNNING';
      const { inputFile, etag, inputSizeBytes, genome, consequenceMode } = row;
      return {
        decision: 'go',
        job: { jobId, inputFile, etag, inputSizeBytes, sizeLimitBytes: SIZE_LIMIT_BYTES, genome, consequenceMode },
        shown: { plan: planOf(jobId), organizationId: row.organizationId },
      };
    },

    'records.job.complete': async ({ jobId, result }) => {
      const row = job(jobId);
      if (row.status !== 'COMPLETED') {
        if (row.status !== 'RUNNING' || row.isCancelRequested) return { decision: 'cancel' };
        const resultExpiresAtMs = archivesResults(planOf(jobId)) ? tables.now() + retentionSeconds * 1000 : null;
        const generation = row.generation + 1;
        Object.assign(row, { status: 'COMPLETED', resultState: 'live', generation, result, resultExpiresAtMs });
      }
      return { decision: 'completed', generation: row.generation, retentionSeconds };
    },

    'records.job.end': async ({ jobId, end }) => {
      const row = job(jobId);
      const isErasureWaiting = row.isEraseRequested;
      if (row.status === 'COMPLETED' || row.status === 'FAILED' || row.status === 'CANCELLED') {
        return { status: row.status, isErasureWaiting, shown: shownEnd(row) };
      }
      const status = row.isCancelRequested ? 'CANCELLED' : end.status;
      row.status = status;
      row.error = status === 'FAILED' && end.status === 'FAILED' ? end.error : null;
      return { status, isErasureWaiting, shown: shownEnd(row) };
    },

    'records.job.listUntended': async () =>
      [...jobs.values()].flatMap((row): UntendedJob[] => {
        const { jobId, userId, organizationId, genome, status } = row;
        const job = { jobId, userId, organizationId, plan: planOf(jobId), genome };
        if (hasEnded(status)) {
          return row.isEraseRequested && row.resultState !== 'deleted' ? [{ ...job, needs: 'erasure' }] : [];
        }
        if (row.isCancelRequested) return [{ ...job, needs: 'cancellation' }];
        return status === 'PENDING' || row.isSilent ? [{ ...job, needs: 'annotation' }] : [];
      }),

    'records.retention.set': async ({ jobId, retentionSeconds: secondsFromNow }) => {
      const row = job(jobId);
      if (row.resultState !== 'live' || !archivesResults(planOf(jobId))) return;
      row.resultExpiresAtMs = tables.now() + secondsFromNow * 1000;
    },

    'records.archive.begin': async ({ jobId, generation }) => {
      const row = job(jobId);
      const isResumed = row.resultState === 'archiving' && row.generation === generation + 1;
      if (!isResumed) {
        if (row.resultState !== 'live' || row.generation !== generation || row.isEraseRequested) {
          return { decision: 'lost' };
        }
        if (!archivesResults(planOf(jobId)) || tables.isHeld(jobId)) {
          row.resultExpiresAtMs = null;
          return { decision: 'keep' };
        }
        const dueAtMs = tables.subscriptions.get(row.userId)?.archiveDueAtMs ?? null;
        if (dueAtMs !== null && dueAtMs > tables.now() + CLOCK_SKEW_MS) {
          row.resultExpiresAtMs = dueAtMs;
          return { decision: 'keep' };
        }
        row.resultState = 'archiving';
        row.generation = generation + 1;
      }
      if (!row.result) throw new Error(`job ${jobId} has a result without a place, size or checksum`);
      const { prefix, sizeBytes, sha256 } = row.result;
      return {
        decision: 'archive',
        isResumed,
        move: {
          generation: generation + 1,
          liveKey: row.resultKey ?? resultFileKey(prefix, 'vcf'),
          archiveKey: `archive/${jobId}/${generation + 1}`,
          sizeBytes,
          sha256,
        },
      };
    },

    'records.archive.finish': async ({ jobId, move }) => {
      const row = job(jobId);
      if (row.generation !== move.generation) return false;
      if (row.resultState === 'archived') return true;
      if (row.resultState !== 'archiving') return false;
      row.resultState = 'archived';
      row.archiveKey = move.archiveKey;
      return true;
    },

    'records.archive.abandon': async ({ jobId, generation }) => {
      const row = job(jobId);
      if (row.resultState !== 'archiving' || row.generation !== generation) return;
      Object.assign(row, { resultState: 'live', generation: generation + 1, resultExpiresAtMs: null });
    },

    'records.erasure.begin': async ({ jobId }) => {
      const row = job(jobId);
      if (!hasEnded(row.status)) return { decision: 'wait' };
      if (row.resultState !== 'deleted') {
        const gone = { archiveKey: null, resultKey: null, resultExpiresAtMs: null };
        Object.assign(row, { resultState: 'deleted', generation: row.generation + 1, ...gone });
        if (row.error) row.error = { ...row.error, message: 'The data of this job were erased.' };
      }
      const isShared = [...jobs.values()].some(
        (other) => other.jobId !== jobId && other.inputFile === row.inputFile && !other.isEraseRequested,
      );
      if (!isShared) row.isInputErased = true;
      return { decision: 'erase', inputFile: isShared ? null : row.inputFile };
    },

    'records.erasure.finish': async ({ jobId }) => {
      job(jobId);
    },
  };

  return {
    activities,
    tables,
    job,
    setPlan: (id, plan) => void (tables.user(job(id).userId).plan = plan),
    silence: () => jobs.forEach((row) => (row.isSilent = true)),
    clear: () => tables.clear(),
    add(given, plan, owner) {
      const known = owner === undefined ? undefined : tables.users.get(owner);
      const user = known ?? tables.addUser(plan, owner);
      user.plan = plan;
      const row: MemoryJob = {
        ...given,
        jobId: asJobId(given.jobId),
        userId: user.userId,
        organizationId: user.organizationId,
        genome: 'demo',
        consequenceMode: 'auto',
        status: 'PENDING',
        isCancelRequested: false,
        isEraseRequested: false,
        isSilent: false,
        error: null,
        resultState: null,
        generation: 0,
        resultExpiresAtMs: null,
        result: null,
        resultKey: null,
        archiveKey: null,
        isInputErased: false,
      };
      jobs.set(row.jobId, row);
      return row;
    },
  };
}
