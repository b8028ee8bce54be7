// The store of record in memory, for sagas on skipped time. `tests/integration/records-contract.test.ts` holds it to
// the real one.

import { randomUUID } from 'node:crypto';
import type { RecordsActivities } from '../../../activities/records/activities.ts';
import type { UntendedJob } from '../../../db/tending.ts';
import { jobId as asJobId, type JobId } from '../../../domain/ids.ts';
import { hasEnded, type ConsequenceMode, type JobStatus, type ResultState } from '../../../domain/jobs.ts';
import { archivesResults, type Plan } from '../../../domain/plans.ts';

export interface MemoryJob {
  jobId: JobId;
  userId: string;
  organizationId: string;
  inputFile: string;
  etag: string;
  inputSizeBytes: number;
  genome: string;
  consequenceMode: ConsequenceMode;
  status: JobStatus;
  isCancelRequested: boolean;
  isEraseRequested: boolean;
  /** Running, and nothing has been heard of it for long. */
  isSilent: boolean;
  error: { type: string; message: string } | null;
  resultState: ResultState | null;
  generation: number;
  result: { prefix: string; sizeBytes: number; sha256: string; records: number } | null;
  archiveKey: string | null;
  isInputErased: boolean;
}

export interface MemoryRecords {
  activities: RecordsActivities;
  add(job: Pick<MemoryJob, 'jobId' | 'inputFile' | 'etag' | 'inputSizeBytes'>, plan: Plan): MemoryJob;
  job(id: JobId): MemoryJob;
  setPlan(id: JobId, plan: Plan): void;
  /** As though nothing had been heard of running jobs for long. */
  silence(): void;
  /** Forgets every job. */
  clear(): void;
}

const SIZE_LIMIT_BYTES = 10 * 1024 ** 2;

export function createMemoryRecords({ retentionSeconds }: { retentionSeconds: number }): MemoryRecords {
  const jobs = new Map<JobId, MemoryJob>();
  const plans = new Map<JobId, Plan>();
  const job = (id: JobId): MemoryJob => {
    const found = jobs.get(id);
    if (!found) throw new Error(`there is no job ${id}`);
    return found;
  };
  const planOf = (id: JobId): Plan => plans.get(id) ?? 'free';

  const activities: RecordsActivities = {
    'records.job.start': async ({ jobId }) => {
      const row = job(jobId);
      if (hasEnded(row.status)) return { decision: 'ended' };
      if (row.isCancelRequested) return { decision: 'cancel' };
      row.status = 'RUNNING';
      const { inputFile, etag, inputSizeBytes, genome, consequenceMode } = row;
      return {
        decision: 'go',
        job: { jobId, inputFile, etag, inputSizeBytes, sizeLimitBytes: SIZE_LIMIT_BYTES, genome, consequenceMode },
      };
    },

    'records.job.complete': async ({ jobId, result }) => {
      const row = job(jobId);
      if (row.status !== 'COMPLETED') {
        if (row.status !== 'RUNNING' || row.isCancelRequested) return { decision: 'cancel' };
        Object.assign(row, { status: 'COMPLETED', resultState: 'live', generation: row.generation + 1, result });
      }
      return { decision: 'completed', generation: row.generation, retentionSeconds };
    },

    'records.job.end': async ({ jobId, end }) => {
      const row = job(jobId);
      const isErasureWaiting = row.isEraseRequested;
      if (row.status === 'COMPLETED' || row.status === 'FAILED' || row.status === 'CANCELLED') {
        return { status: row.status, isErasureWaiting };
      }
      const status = row.isCancelRequested ? 'CANCELLED' : end.status;
      row.status = status;
      row.error = status === 'FAILED' && end.status === 'FAILED' ? end.error : null;
      return { status, isErasureWaiting };
    },

    'records.job.listUntended': async () =>
      [...jobs.values()].flatMap((row): UntendedJob[] => {
        const { jobId, userId, organizationId, status } = row;
        const job = { jobId, userId, organizationId, plan: planOf(jobId) };
        if (hasEnded(status)) {
          return row.isEraseRequested && row.resultState !== 'deleted' ? [{ ...job, needs: 'erasure' }] : [];
        }
        if (row.isCancelRequested) return [{ ...job, needs: 'cancellation' }];
        return status === 'PENDING' || row.isSilent ? [{ ...job, needs: 'annotation' }] : [];
      }),

    'records.retention.set': async () => {},

    'records.archive.begin': async ({ jobId, generation }) => {
      const row = job(jobId);
      if (!(row.resultState === 'archiving' && row.generation === generation + 1)) {
        if (row.resultState !== 'live' || row.generation !== generation || row.isEraseRequested) {
          return { decision: 'lost' };
        }
        if (!archivesResults(planOf(jobId))) return { decision: 'keep' };
        row.resultState = 'archiving';
        row.generation = generation + 1;
      }
      if (!row.result) throw new Error(`job ${jobId} has a result without a place, size or checksum`);
      const { prefix, sizeBytes, sha256 } = row.result;
      return {
        decision: 'archive',
        move: {
          generation: generation + 1,
          liveKey: `${prefix}/annotated.vcf.gz`,
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
      row.resultState = 'live';
      row.generation = generation + 1;
    },

    'records.erasure.begin': async ({ jobId }) => {
      const row = job(jobId);
      if (!hasEnded(row.status)) return { decision: 'wait' };
      if (row.resultState !== 'deleted') {
        Object.assign(row, { resultState: 'deleted', generation: row.generation + 1, archiveKey: null });
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
    job,
    setPlan: (id, plan) => void plans.set(id, plan),
    silence: () => jobs.forEach((row) => (row.isSilent = true)),
    clear: () => jobs.clear(),
    add(given, plan) {
      const row: MemoryJob = {
        ...given,
        jobId: asJobId(given.jobId),
        userId: given.jobId,
        organizationId: randomUUID(),
        genome: 'demo',
        consequenceMode: 'auto',
        status: 'PENDING',
        isCancelRequested: false,
        isEraseRequested: false,
        isSilent: false,
        error: null,
        resultState: null,
        generation: 0,
        result: null,
        archiveKey: null,
        isInputErased: false,
      };
      jobs.set(row.jobId, row);
      plans.set(row.jobId, plan);
      return row;
    },
  };
}
