// The wait before a result may be archived, and the update that changes how long it is.

import { condition, setHandler } from '@temporalio/workflow';
import type { JobId } from '../../domain/ids.ts';
import { records } from '../activities.ts';
import { setRetentionUpdate, type SagaProgress } from './messages.ts';

const LONGEST_SECONDS = 366 * 24 * 3600;

export class Retention {
  readonly #progress: SagaProgress;
  #endsAtMs: number | undefined;
  #isOver = false;

  constructor(jobId: JobId, progress: SagaProgress) {
    this.#progress = progress;
    setHandler(
      setRetentionUpdate,
      async ({ retentionSeconds }) => {
        // Set before the record is written, so that the timer cannot fire on the old end meanwhile.
        this.#endAt(Date.now() + retentionSeconds * 1000);
        const end = this.#progress.retainedUntil ?? '';
        await records['records.retention.set']({ jobId, retentionSeconds });
        return end;
      },
      {
        validator: ({ retentionSeconds }) => {
          if (!Number.isInteger(retentionSeconds) || retentionSeconds < 0 || retentionSeconds > LONGEST_SECONDS) {
            throw new TypeError(`retentionSeconds must be a whole number from 0 to ${LONGEST_SECONDS}`);
          }
          if (this.#isOver) throw new Error('The retention window is over.');
          if (this.#endsAtMs === undefined) throw new Error('There is no result to retain yet.');
        },
      },
    );
  }

  /** Returns when the window, as last set, is over. */
  async wait(retentionSeconds: number): Promise<void> {
    this.#endAt(Date.now() + retentionSeconds * 1000);
    for (;;) {
      const endsAtMs = this.#endsAtMs ?? 0;
      const remainingMs = endsAtMs - Date.now();
      if (remainingMs <= 0) break;
      await condition(() => this.#endsAtMs !== endsAtMs, remainingMs, { summary: 'Retention window' });
    }
    this.#isOver = true;
    this.#progress.retainedUntil = null;
  }

  #endAt(ms: number): void {
    this.#endsAtMs = ms;
    this.#progress.retainedUntil = new Date(ms).toISOString();
  }
}
