// One run of the pipeline: scan → bcftools csq → bcftools annotate → collect → bgzip, every part of it ended when it returns.

import { addAbortListener } from 'node:events';
import { join } from 'node:path';
import { VarloomError } from '../../../domain/errors.ts';
import { RESULT_FILES } from '../../../domain/result-files.ts';
import type { AnnotationSummary } from '../engine.ts';
import { lostRecords, stageProblem } from './diagnosis.ts';
import { startPipeline, STOP_SIGNAL, type Stage, type StageExit } from './processes.ts';
import type { ScanReport, ScanRequest } from './scan-report.ts';
import type { Shell, ShellPool } from './shells.ts';
import type { FinishedOutput } from './thread.ts';
import type { EngineThread, ThreadPool } from './threads.ts';

export interface PipelineRequest {
  directory: string;
  annotating: readonly Stage[];
  compressing: Stage;
  scan: ScanRequest;
  countsKnown: boolean;
  signal: AbortSignal;
  onProgress: (records: number, readBytes: number) => void;
  /** Told how to ask for the memory of the processes, in bytes, while they run. */
  watch: (residentBytes: () => number) => void;
}

export type PipelineResult =
  | { foreseen: true; report: ScanReport; summary: AnnotationSummary; output: FinishedOutput; exits: StageExit[] }
  /** The input held something that the run was not prepared for; `report` is of the whole input. */
  | { foreseen: false; report: ScanReport };

/** @throws VarloomError, EngineInterrupted, or the reason of `signal` */
export async function runPipeline(
  { threads, shells }: { threads: ThreadPool; shells: ShellPool },
  request: PipelineRequest,
): Promise<PipelineResult> {
  return threads.withThread((scanner) =>
    threads.withThread((collector) => shells.withShell((shell) => runIn(shell, scanner, collector, request))),
  );
}

async function runIn(
  shell: Shell,
  scanner: EngineThread,
  collector: EngineThread,
  request: PipelineRequest,
): Promise<PipelineResult> {
  const { directory, signal } = request;
  signal.throwIfAborted();
  const pipeline = await startPipeline(shell, directory, [
    { stages: request.annotating },
    { stages: [request.compressing], outputName: RESULT_FILES.vcf.name },
  ]);
  const [annotating, compressing] = pipeline.ends;
  if (annotating?.outputFd === undefined || compressing === undefined) throw new Error('pipes are missing');
  const stopFlag = new Int32Array(new SharedArrayBuffer(4));
  const stopAll = (): void => {
    Atomics.store(stopFlag, 0, 1);
    void pipeline.stop();
  };
  request.watch(pipeline.residentBytes);
  const listening = addAbortListener(signal, stopAll);

  const collecting = collector.perform<'collect'>({
    kind: 'collect',
    inputFd: annotating.outputFd,
    outputFd: compressing.inputFd,
    countsKnown: request.countsKnown,
  });
  const scanning = scanner.perform<'scan'>(
    { kind: 'scan', request: request.scan, outputFd: annotating.inputFd, stop: stopFlag },
    request.onProgress,
  );
  scanning.catch(stopAll);
  collecting.catch(stopAll);
  const [scanned, collected, exits] = await Promise.all([settled(scanning), settled(collecting), pipeline.exits()]);
  listening[Symbol.dispose]();
  signal.throwIfAborted();

  // The input's fault first: the stages only suffered from it.
  if (scanned.error !== undefined && scanned.inputFault) throw scanned.error;
  if (scanned.value?.foreseen === false) return { foreseen: false, report: scanned.value };
  const stopped = scanned.error ?? collected.error;
  const problem = stageProblem(exits.filter((exit) => stopped === undefined || exit.signal !== STOP_SIGNAL));
  if (problem !== undefined) throw problem;
  if (scanned.value === undefined || collected.value === undefined) throw stopped ?? new Error('no answer');
  if (scanned.value.records !== collected.value.records) {
    throw lostRecords(scanned.value.records, collected.value.records, exits);
  }
  const resultPath = join(directory, RESULT_FILES.vcf.name);
  const indexPath = join(directory, RESULT_FILES.index.name);
  const output = await collector.perform<'finish'>({ kind: 'finish', resultPath, indexPath });
  return { foreseen: true, report: scanned.value, summary: collected.value, output, exits };
}

interface Settled<Value> {
  value?: Value;
  error?: unknown;
  inputFault: boolean;
}

async function settled<Value>(promise: Promise<Value>): Promise<Settled<Value>> {
  try {
    return { value: await promise, inputFault: false };
  } catch (error) {
    return { error, inputFault: error instanceof VarloomError };
  }
}
