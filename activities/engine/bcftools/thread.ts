// A worker thread of the engine: scans an input into a pipe, or collects the engine's output from one. It reads and writes
// pipes with blocking calls, which costs the event loop of the process nothing; when the engine dies, the calls return.

import { closeSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { VarloomError, type ErrorDetails, type ErrorType } from '../../../domain/errors.ts';
import type { AnnotationSummary } from '../engine.ts';
import { collectOutput, type Collected } from './collect.ts';
import { readFinished } from './finish.ts';
import { scanInput } from './scan.ts';
import type { ScanReport, ScanRequest } from './scan-report.ts';

export type ThreadTask =
  | { kind: 'scan'; request: ScanRequest; outputFd: number | undefined; stop: Int32Array }
  | { kind: 'collect'; inputFd: number; outputFd: number; countsKnown: boolean }
  /** Follows `collect` in the same thread, once the compressor has ended. */
  | { kind: 'finish'; resultPath: string; indexPath: string };

export interface FinishedOutput {
  result: { sizeBytes: number; sha256: string };
  index: { sizeBytes: number; sha256: string };
}

export interface ThreadAnswers {
  scan: ScanReport;
  collect: AnnotationSummary;
  finish: FinishedOutput;
}

export type ThreadMessage =
  | { kind: 'progress'; records: number; readBytes: number }
  | { kind: 'done'; answer: ThreadAnswers[keyof ThreadAnswers] }
  | { kind: 'refused'; type: ErrorType; message: string; details: ErrorDetails | undefined }
  | { kind: 'failed'; message: string; code: string | undefined };

const PROGRESS_EVERY_MS = 200;

let collected: Collected | undefined;

function post(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/** Closes once, however often it is called. */
function closer(fd: number | undefined): () => void {
  let open = fd;
  return () => {
    if (open !== undefined) closeSync(open);
    open = undefined;
  };
}

async function scan(task: Extract<ThreadTask, { kind: 'scan' }>): Promise<ScanReport> {
  const { outputFd, stop } = task;
  const endWriting = closer(outputFd);
  let postedAt = performance.now();
  try {
    return await scanInput(task.request, {
      write: outputFd === undefined ? undefined : (bytes) => writeWhole(outputFd, bytes),
      endWriting,
      tick: (records, readBytes) => {
        if (Atomics.load(stop, 0) !== 0) throw new Error('the scan was stopped');
        const now = performance.now();
        if (now - postedAt < PROGRESS_EVERY_MS) return;
        postedAt = now;
        post({ kind: 'progress', records, readBytes });
      },
    });
  } finally {
    endWriting();
  }
}

function collect(task: Extract<ThreadTask, { kind: 'collect' }>): AnnotationSummary {
  const endWriting = closer(task.outputFd);
  try {
    collected = collectOutput(
      {
        read: (into, at) => readSync(task.inputFd, into, at, into.length - at, null),
        write: (bytes) => writeWhole(task.outputFd, bytes),
        endWriting,
      },
      task.countsKnown,
    );
    return collected.summary;
  } finally {
    endWriting();
    closeSync(task.inputFd);
  }
}

function finish(task: Extract<ThreadTask, { kind: 'finish' }>): FinishedOutput {
  if (collected === undefined) throw new Error('there is nothing collected to finish');
  const { blocks, ...result } = readFinished(task.resultPath);
  const index = collected.index.serialise(blocks);
  collected = undefined;
  writeFileSync(task.indexPath, index);
  return { result, index: { sizeBytes: index.length, sha256: createHash('sha256').update(index).digest('hex') } };
}

async function perform(task: ThreadTask): Promise<ThreadAnswers[keyof ThreadAnswers]> {
  switch (task.kind) {
    case 'scan':
      return scan(task);
    case 'collect':
      return collect(task);
    case 'finish':
      return finish(task);
  }
}

// A thread is told its next task only after it answered the last.
parentPort?.on('message', (task: ThreadTask) => {
  perform(task).then(
    (answer) => post({ kind: 'done', answer }),
    (error: unknown) => {
      if (error instanceof VarloomError) {
        post({ kind: 'refused', type: error.type, message: error.message, details: error.details });
      } else if (error instanceof Error) {
        const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
        post({ kind: 'failed', message: error.message, code });
      } else post({ kind: 'failed', message: String(error), code: undefined });
    },
  );
});
