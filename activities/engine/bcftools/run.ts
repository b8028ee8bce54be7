// One run of the pipeline: scan → bcftools csq → bcftools annotate → collect → bgzip, every part of it ended when it returns.

import { openSync } from 'node:fs';
import { join } from 'node:path';
import { VarloomError } from '../../../domain/errors.ts';
import type { AnnotationSummary } from '../engine.ts';
import { RESULT_NAME } from './commands.ts';
import { lostRecords, stageProblem } from './diagnosis.ts';
import { createProcessGroup, makePipes, type Stage, type StageExit } from './processes.ts';
import type { ScanReport, ScanRequest } from './scan-report.ts';
import type { FinishedOutput } from './thread.ts';
import type { ThreadPool } from './threads.ts';

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
export async function runPipeline(threads: ThreadPool, request: PipelineRequest): Promise<PipelineResult> {
  const { directory, signal } = request;
  return threads.withThread((scanner) =>
    threads.withThread(async (collector) => {
      signal.throwIfAborted();
      const stages = [...request.annotating];
      const pipes = await makePipes(directory, stages.length + 2);
      const group = createProcessGroup(directory);
      const stopFlag = new Int32Array(new SharedArrayBuffer(4));
      const stopAll = (): void => {
        Atomics.store(stopFlag, 0, 1);
        void group.stop();
      };

      // The ends of each pipe: scan → first stage → … → last stage → collect → bgzip → file.
      const [first, last, packed] = [pipes[0], pipes[stages.length], pipes[stages.length + 1]];
      if (first === undefined || last === undefined || packed === undefined) throw new Error('pipes are missing');
      for (const [index, stage] of stages.entries()) {
        group.start(stage, pipes[index]?.readFd ?? -1, pipes[index + 1]?.writeFd ?? -1);
      }
      group.start(request.compressing, packed.readFd, openSync(join(directory, RESULT_NAME), 'w'));
      request.watch(group.residentBytes);
      signal.addEventListener('abort', stopAll, { once: true });
      if (signal.aborted) stopAll();

      const collecting = collector.perform<'collect'>({
        kind: 'collect',
        inputFd: last.readFd,
        outputFd: packed.writeFd,
        countsKnown: request.countsKnown,
      });
      const scanning = scanner.perform<'scan'>(
        { kind: 'scan', request: request.scan, outputFd: first.writeFd, stop: stopFlag },
        request.onProgress,
      );
      scanning.catch(stopAll);
      collecting.catch(stopAll);
      const [scanned, collected, exits] = await Promise.all([settled(scanning), settled(collecting), group.exits()]);
      signal.removeEventListener('abort', stopAll);
      signal.throwIfAborted();

      // The input's fault first: the stages only suffered from it.
      if (scanned.error !== undefined && scanned.inputFault) throw scanned.error;
      if (scanned.value?.foreseen === false) return { foreseen: false, report: scanned.value };
      const stopped = scanned.error ?? collected.error;
      const problem = stageProblem(exits.filter((exit) => stopped === undefined || exit.signal !== 'SIGTERM'));
      if (problem !== undefined) throw problem;
      if (scanned.value === undefined || collected.value === undefined) throw stopped ?? new Error('no answer');
      if (scanned.value.records !== collected.value.records) {
        throw lostRecords(scanned.value.records, collected.value.records, exits);
      }
      const resultPath = join(directory, RESULT_NAME);
      const output = await collector.perform<'finish'>({ kind: 'finish', resultPath, indexPath: `${resultPath}.tbi` });
      return { foreseen: true, report: scanned.value, summary: collected.value, output, exits };
    }),
  );
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
