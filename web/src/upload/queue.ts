// The queue of uploads: one file after another, each with its own progress. It lives beside the pages, so that
// going to another page does not end an upload.

import type { Problem } from '../problem.ts';
import { problemOf } from '../problem.ts';
import { refusalOf, type UploadAllowance } from './plan.ts';
import { SendError, sendFile, type Sent, type SendRequest } from './send.ts';

export type UploadState =
  | { kind: 'waiting' }
  | { kind: 'sending'; sentBytes: number }
  /** `jobId` null: the file arrived, and its job will show up in the list. */
  | { kind: 'arrived'; jobId: string | null }
  | { kind: 'failed'; problem: Problem; mayRetry: boolean }
  | { kind: 'cancelled' };

export interface UploadItem {
  id: number;
  file: File;
  genome: string;
  allowance: UploadAllowance;
  state: UploadState;
}

export interface UploadQueue {
  getSnapshot(): readonly UploadItem[];
  subscribe(listener: () => void): () => void;
  /** Adds files; those that may not go are listed as failed at once. */
  add(files: readonly File[], genome: string, allowance: UploadAllowance): void;
  cancel(id: number): void;
  retry(id: number): void;
  /** Takes out what has ended. */
  clearEnded(): void;
}

export function isUnderWay(item: UploadItem): boolean {
  return item.state.kind === 'waiting' || item.state.kind === 'sending';
}

export function createUploadQueue(send: (request: SendRequest) => Promise<Sent> = sendFile): UploadQueue {
  let items: readonly UploadItem[] = [];
  let lastId = 0;
  let running: { id: number; abort: AbortController } | null = null;
  const listeners = new Set<() => void>();

  const publish = (next: readonly UploadItem[]) => {
    items = next;
    for (const listener of listeners) listener();
  };
  const setState = (id: number, state: UploadState) =>
    publish(items.map((item) => (item.id === id ? { ...item, state } : item)));

  const runNext = async (): Promise<void> => {
    const item = items.find((candidate) => candidate.state.kind === 'waiting');
    if (running !== null || item === undefined) return;
    const abort = new AbortController();
    running = { id: item.id, abort };
    setState(item.id, { kind: 'sending', sentBytes: 0 });
    setState(item.id, await outcomeOf(item, abort));
    running = null;
    await runNext();
  };

  const outcomeOf = async (item: UploadItem, abort: AbortController): Promise<UploadState> => {
    try {
      const { jobId } = await send({
        file: item.file,
        genome: item.genome,
        allowance: item.allowance,
        signal: abort.signal,
        onSent: (sentBytes) => {
          if (!abort.signal.aborted) setState(item.id, { kind: 'sending', sentBytes });
        },
      });
      return { kind: 'arrived', jobId };
    } catch (error) {
      if (abort.signal.aborted) return { kind: 'cancelled' };
      const problem = error instanceof SendError ? error.problem : problemOf(error);
      return { kind: 'failed', problem, mayRetry: true };
    }
  };

  return {
    getSnapshot: () => items,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(files, genome, allowance) {
      const added = files.map((file): UploadItem => {
        const problem = refusalOf(file, allowance);
        const state: UploadState = problem ? { kind: 'failed', problem, mayRetry: false } : { kind: 'waiting' };
        return { id: (lastId += 1), file, genome, allowance, state };
      });
      publish([...items, ...added]);
      void runNext();
    },
    cancel(id) {
      if (running?.id === id) running.abort.abort();
      else setState(id, { kind: 'cancelled' });
    },
    retry(id) {
      setState(id, { kind: 'waiting' });
      void runNext();
    },
    clearEnded: () => publish(items.filter(isUnderWay)),
  };
}
