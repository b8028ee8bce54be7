// The activities of queue `engine`: annotate one input from the store into the store, and sweep what dead workers left.

import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { VarloomError } from '../../domain/errors.ts';
import type { JobId } from '../../domain/ids.ts';
import type { ConsequenceMode, JobProgress, ResolvedConsequenceMode } from '../../domain/jobs.ts';
import { inSpan } from '../../process/spans.ts';
import { ObjectMissing, ObjectReplaced, type ObjectStore, type WrittenFile } from '../../store/store.ts';
import { toFailure } from '../../temporal/failures.ts';
import { MOST_DEATHS, openAttempt, refuseDeadly, takeTurns, type Attempt } from './attempts.ts';
import { EngineKilled, type AnnotationEngine, type EngineLimits, type LocalReference } from './engine.ts';
import { followProgress, type Progress } from './progress.ts';
import { publishOutputs, type PublishedObjects } from './publish.ts';
import { sweepStaging, withStaging } from './staging.ts';

/** What of the object store the engine needs. */
export type EngineStore = Pick<ObjectStore, 'download' | 'upload' | 'remove'>;

export interface EngineDependencies {
  engine: AnnotationEngine;
  store: EngineStore;
  /** @throws VarloomError `genome_not_found` */
  references: { local(name: string, signal: AbortSignal): Promise<LocalReference> };
  progress: { report(jobId: JobId, progress: JobProgress): Promise<void> };
  /** The owner's file name stays in the database: it must not travel through workflow history. */
  jobs: { inputFileName(jobId: JobId): Promise<string> };
  workDirectory: string;
  limits: EngineLimits;
  /** The annotation of an input whose workers died so often fails for good. */
  mostDeaths?: number;
  logger: Pick<Logger, 'info' | 'warn'>;
}

export interface AnnotateInput {
  jobId: JobId;
  /** Key in the bucket `inputs`. */
  inputFile: string;
  etag: string;
  inputSizeBytes: number;
  /** What the owner's plan allowed when the job was submitted. */
  sizeLimitBytes: number;
  genome: string;
  consequenceMode: ConsequenceMode;
}

export interface AnnotateOutput extends PublishedObjects {
  engine: { name: string; version: string };
  mode: ResolvedConsequenceMode;
  records: number;
}

export type EngineActivities = ReturnType<typeof createEngineActivities>;

/** How the SDK names the cancellation of an activity whose worker stops. */
const WORKER_SHUTDOWN = 'WORKER_SHUTDOWN';

export function createEngineActivities(dependencies: EngineDependencies) {
  const { mostDeaths = MOST_DEATHS } = dependencies;
  const turns = takeTurns();
  return {
    /**
     * Fails for good with the type of a VarloomError (see `domain/errors.ts`), retryably when the worker stops or the
     * engine was ended from outside; heartbeats as `attempts.ts` says. Leaves nothing behind but what it answers with.
     */
    'engine.input.annotate': async (input: AnnotateInput): Promise<AnnotateOutput> => {
      const { cancellationSignal: signal } = Context.current();
      const attempt = openAttempt(turns);
      const report = (state: JobProgress) => dependencies.progress.report(input.jobId, state);
      const progress = followProgress(attempt, report, dependencies.logger);
      try {
        refuseDeadly(attempt, mostDeaths);
        return await attempt.inTurn(() => annotateInput(dependencies, input, { attempt, progress, signal }));
      } catch (error) {
        const failure = asFailure(error, signal);
        if (error instanceof EngineKilled && !signal.aborted) attempt.endKilled();
        else if (isTriedAgain(failure)) attempt.endInOrder();
        throw failure;
      } finally {
        progress.end();
      }
    },

    'engine.staging.sweep': async (): Promise<{ removed: number }> => {
      const removed = await sweepStaging(dependencies.workDirectory);
      if (removed.length > 0) dependencies.logger.warn({ removed }, 'removed staging directories of dead workers');
      return { removed: removed.length };
    },
  };
}

/**
 * 1. refuse what is over the plan's limit   2. make a staging directory   3. stage the input, of the submitted version
 * 4. check its size   5. fetch the reference   6. annotate   7. publish   8. remove the staging directory, always
 */
async function annotateInput(
  { engine, store, references, jobs, workDirectory, limits, logger }: EngineDependencies,
  input: AnnotateInput,
  { attempt, progress, signal }: { attempt: Attempt; progress: Progress; signal: AbortSignal },
): Promise<AnnotateOutput> {
  refuseOversized(input.inputSizeBytes, input.sizeLimitBytes);
  return withStaging(workDirectory, async (staging) => {
    progress.set({ phase: 'staging', records: 0, percent: 0 });
    const inputPath = join(staging, 'input');
    const [staged, reference, inputFileName] = await Promise.all([
      stageInput(store, input, inputPath, signal),
      references.local(input.genome, signal),
      jobs.inputFileName(input.jobId),
    ]);
    if (staged.sizeBytes !== input.inputSizeBytes)
      throw inputChanged('It has another size than when it was submitted.');

    const directory = join(staging, 'output');
    await mkdir(directory);
    const run = {
      inputPath,
      inputSha256: staged.sha256,
      inputSizeBytes: staged.sizeBytes,
      inputFileName,
      directory,
      reference,
      mode: input.consequenceMode,
      limits,
      signal,
      onProgress: progress.set,
    };
    attempt.beforeEngine();
    const call = { name: 'Engine annotate', attributes: { 'varloom.job_id': input.jobId } };
    const outcome = await inSpan(call, () => engine.annotate(run));

    progress.set({ phase: 'publishing', records: outcome.records, percent: 100 });
    const prefix = `${input.jobId}/${attemptName()}`;
    const published = await publishOutputs(store, prefix, outcome.outputs, signal);
    logger.info({ jobId: input.jobId, records: outcome.records, mode: outcome.mode }, 'annotated');
    return { engine: outcome.engine, mode: outcome.mode, records: outcome.records, ...published };
  });
}

async function stageInput(
  store: EngineStore,
  { inputFile, etag }: AnnotateInput,
  path: string,
  signal: AbortSignal,
): Promise<WrittenFile> {
  try {
    return await store.download({ bucket: 'inputs', key: inputFile }, path, { etag, signal });
  } catch (error) {
    if (error instanceof ObjectMissing) throw inputChanged('It was deleted.');
    if (error instanceof ObjectReplaced) throw inputChanged('It was replaced by another upload.');
    throw error;
  }
}

function inputChanged(how: string): VarloomError {
  return new VarloomError('input_changed', `The uploaded file is not the one that was submitted. ${how}`);
}

function refuseOversized(sizeBytes: number, limitBytes: number): void {
  if (sizeBytes <= limitBytes) return;
  const message = `The file has ${sizeBytes} bytes; the plan allows ${limitBytes}.`;
  throw new VarloomError('upgrade_required', message, { size_bytes: sizeBytes, limit_bytes: limitBytes });
}

function asFailure(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return toFailure(error);
  const reason: unknown = signal.reason;
  if (reason instanceof Error && reason.message === WORKER_SHUTDOWN) {
    // As a cancellation it would end the job; as a failure it starts again on another worker.
    return ApplicationFailure.create({ type: 'worker_shutdown', message: 'The worker stopped.', nonRetryable: false });
  }
  return reason;
}

function isTriedAgain(failure: unknown): boolean {
  return !(failure instanceof CancelledFailure) && !(failure instanceof ApplicationFailure && failure.nonRetryable);
}

/** Of this attempt alone, also among the runs of a saga that was reset: the end of a run id is random, its beginning a time. */
function attemptName(): string {
  const { attempt, workflowExecution } = Context.current().info;
  return `${workflowExecution?.runId.slice(-12) ?? 'run'}-${attempt}`;
}
