// A job as the API shows it.

import type { z } from 'zod';
import type { JobView } from '../../db/jobs.ts';
import { remedyOf } from '../../domain/errors.ts';
import {
  summary as summarySchema,
  type Job,
  type JobEvent,
  type progress as progressSchema,
} from '../../domain/http.ts';
import { hasEnded } from '../../domain/jobs.ts';
import { resultFileKey } from '../../domain/result-files.ts';
import type { ObjectStore } from '../../store/store.ts';
import { resultPrefixOf } from './result-links.ts';

/** A log is a few kB; a summary too, unless the reference has very many contigs. */
const TEXT_LIMIT_BYTES = 4 * 1024 ** 2;

export async function jobOf(store: ObjectStore, view: JobView): Promise<Job> {
  const { job } = view;
  const prefix = resultPrefixOf(job);
  // While the store does not answer, what Postgres knows of the job is shown without its log and summary.
  const read = async (file: 'log' | 'summary') =>
    prefix === null
      ? undefined
      : store
          .readText({ bucket: 'results', key: resultFileKey(prefix, file) }, TEXT_LIMIT_BYTES)
          .catch(() => undefined);
  const [log, summary] = await Promise.all([read('log'), read('summary')]);
  return {
    ...jobEventOf(view),
    input_file: job.uploadId,
    file_name: job.fileName,
    genome: job.genome,
    consequence_mode: job.consequenceMode,
    submitted_at: job.submittedAt.toISOString(),
    ...(job.resultExpiresAt && job.resultState === 'live'
      ? { result_expires_at: job.resultExpiresAt.toISOString() }
      : {}),
    log: log ?? null,
    summary: summary === undefined ? null : summaryOf(summary),
    ...restoreOf(view),
  };
}

/** Said while the result is not back, and something is to be said: it waits for its turn, or it failed. */
function restoreOf({ job, restore }: JobView): Pick<Job, 'restore'> {
  const isAway = job.resultState === 'archiving' || job.resultState === 'archived' || job.resultState === 'restoring';
  if (!isAway || (restore?.state !== 'waiting' && restore?.state !== 'failed')) return {};
  const { state, error } = restore;
  return { restore: { state, ...(error ? { error: { ...error, remedy: remedyOf(error.type) } } : {}) } };
}

/** Null for one that was cut at the limit. */
function summaryOf(text: string): Job['summary'] {
  try {
    return summarySchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function jobEventOf({ job, progress }: JobView): JobEvent {
  return {
    job_id: job.jobId,
    job_status: job.status,
    progress: progressOf({ job, progress }),
    started_at: job.startedAt?.toISOString() ?? null,
    completed_at: job.completedAt?.toISOString() ?? null,
    result_state: job.resultState,
    ...(job.error ? { error: { ...job.error, remedy: remedyOf(job.error.type) } } : {}),
  };
}

function progressOf({ job, progress }: Pick<JobView, 'job' | 'progress'>): z.infer<typeof progressSchema> {
  if (job.status === 'COMPLETED') return { phase: 'publishing', records: job.records ?? 0, percent: 100 };
  if (job.status === 'PENDING' || !progress) return { phase: 'queued', records: 0, percent: 0 };
  // Progress of a job that ended is where it stopped.
  return hasEnded(job.status) ? progress : { ...progress, percent: Math.min(progress.percent, 99.9) };
}
