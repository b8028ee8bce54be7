// The engine's worker threads. Starting one costs more than annotating a small file, so idle ones are kept for the next run.

import { Worker } from 'node:worker_threads';
import { VarloomError } from '../../../domain/errors.ts';
import type { ThreadAnswers, ThreadMessage, ThreadTask } from './thread.ts';

/** A task ended by an error that is not the input's fault; `code` is the system's (`EPIPE`, …) where there is one. */
export class ThreadFailure extends Error {
  override name = 'ThreadFailure';
  readonly code: string | undefined;
  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

export interface EngineThread {
  /**
   * Performs one task at a time. The thread owns the task's file descriptors and closes them.
   * @throws VarloomError of the input, else ThreadFailure
   */
  perform<Kind extends keyof ThreadAnswers>(
    task: Extract<ThreadTask, { kind: Kind }>,
    onProgress?: (records: number, readBytes: number) => void,
  ): Promise<ThreadAnswers[Kind]>;
}

export interface ThreadPool {
  /** Lends a thread to `use`, and takes it back when that has ended. */
  withThread<Result>(use: (thread: EngineThread) => Promise<Result>): Promise<Result>;
  /** Ends the idle threads; those lent out end when they come back. */
  close(): Promise<void>;
}

export function createThreadPool(mostIdle: number): ThreadPool {
  const idle: Worker[] = [];
  let closed = false;
  return {
    withThread: async (use) => {
      const worker = idle.pop() ?? startThread();
      // While it works it keeps the process alive; while idle it does not.
      worker.ref();
      let usable = true;
      const thread: EngineThread = {
        perform: async (task, onProgress) => {
          try {
            return await performOn(worker, task, onProgress);
          } catch (error) {
            usable &&= !(error instanceof ThreadLost);
            throw error;
          }
        },
      };
      try {
        return await use(thread);
      } finally {
        if (usable && !closed && idle.length < mostIdle) {
          worker.unref();
          idle.push(worker);
        } else await worker.terminate();
      }
    },
    close: async () => {
      closed = true;
      await Promise.all(idle.splice(0).map((worker) => worker.terminate()));
    },
  };
}

class ThreadLost extends ThreadFailure {
  override name = 'ThreadLost';
}

function startThread(): Worker {
  // Descriptors of pipes come from the process and are closed by the thread: not its own to count.
  return new Worker(new URL('./thread.ts', import.meta.url), {
    trackUnmanagedFds: false,
    env: {},
    execArgv: [],
    // Nearly all that a thread makes is short-lived: a small nursery keeps the memory of the process small.
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 },
  });
}

function performOn<Kind extends keyof ThreadAnswers>(
  worker: Worker,
  task: Extract<ThreadTask, { kind: Kind }>,
  onProgress: ((records: number, readBytes: number) => void) | undefined,
): Promise<ThreadAnswers[Kind]> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      act();
    };
    const onMessage = (message: ThreadMessage): void => {
      switch (message.kind) {
        case 'progress':
          onProgress?.(message.records, message.readBytes);
          return;
        case 'done':
          // A thread answers a task with the answer of its kind.
          settle(() => resolve(message.answer as ThreadAnswers[Kind]));
          return;
        case 'refused':
          settle(() => reject(new VarloomError(message.type, message.message, message.details)));
          return;
        case 'failed':
          settle(() => reject(new ThreadFailure(message.message, message.code)));
          return;
      }
    };
    const onError = (error: Error): void => settle(() => reject(new ThreadLost(error.message, undefined)));
    const onExit = (): void => settle(() => reject(new ThreadLost('the thread ended', undefined)));
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(task);
  });
}
