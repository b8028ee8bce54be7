// Bringing an upgrade's results back, and archiving those of a downgrade: a child saga for each, a bounded number at once.

import { CancellationScope, executeChild, log, sleep, workflowInfo } from '@temporalio/workflow';
import type { DueResult } from '../../activities/records/billing.ts';
import { workflowIds, type JobId, type UserId } from '../../domain/ids.ts';
import { records } from '../activities.ts';
import { archiveResult } from '../archive-result/workflow.ts';
import { boundedly } from '../boundedly.ts';
import { isAlreadyStarted, onItsOwn } from '../children.ts';
import { describeFailure } from '../failure.ts';
import { restoreResult } from '../restore-result/workflow.ts';

/** At once: enough to keep the store busy, few enough that other users' work comes between. */
const WIDTH = 20;
const BATCH = 100;
/** Each takes about ten events; a run's history stays far below what the server allows. */
const MOST_PER_RUN = 400;
/** A result that is still listed after so many sagas of its own is left to reconciliation. */
const MOST_TRIES = 3;

/** `more`: this run's history is long enough, and results still wait. */
export type Sweep = 'done' | 'more';

export const restoreWaiting = (upgradeId: string): Promise<Sweep> =>
  sweep(
    () => records['records.restore.listWaiting']({ upgradeId, limit: BATCH }),
    (jobId) => jobId,
    restoreOne,
  );

export const archiveDue = (userId: UserId): Promise<Sweep> =>
  sweep(
    () => records['records.archive.listDue']({ userId, limit: BATCH }),
    ({ jobId }) => jobId,
    archiveOne,
  );

async function sweep<Item>(
  list: () => Promise<Item[]>,
  jobOf: (item: Item) => JobId,
  act: (item: Item) => Promise<Ending>,
): Promise<Sweep> {
  const tries = new Map<JobId, number>();
  for (let handled = 0; ;) {
    const items = (await list()).filter((item) => (tries.get(jobOf(item)) ?? 0) < MOST_TRIES);
    if (items.length === 0) return 'done';
    await boundedly(items, WIDTH, async (item) => {
      const ending = await act(item);
      if (ending === 'ended') tries.set(jobOf(item), (tries.get(jobOf(item)) ?? 0) + 1);
    });
    handled += items.length;
    if (handled >= MOST_PER_RUN || workflowInfo().continueAsNewSuggested) return 'more';
  }
}

/** `busy`: a saga that somebody else started moves the result; whether it did is seen in the next list. */
type Ending = 'ended' | 'busy';

const restoreOne = (jobId: JobId): Promise<Ending> =>
  child(
    () => executeChild(restoreResult, { ...onItsOwn, workflowId: workflowIds.restore(jobId), args: [{ jobId }] }),
    async (error) => {
      log.error('A result could not be restored', { jobId });
      const failure = describeFailure(error, { name: 'restore', type: 'internal' });
      await records['records.restore.markFailed']({ jobId, error: failure.error });
    },
  );

const archiveOne = ({ jobId, generation }: DueResult): Promise<Ending> =>
  child(
    () =>
      executeChild(archiveResult, {
        ...onItsOwn,
        workflowId: workflowIds.archive(jobId),
        args: [{ jobId, generation }],
      }),
    // It stays live and whole; reconciliation tries again.
    async () => log.error('A result could not be archived', { jobId }),
  );

/** Fails only when this saga is cancelled: one result that cannot be moved does not keep the others. */
async function child(run: () => Promise<unknown>, onFailure: (error: unknown) => Promise<void>): Promise<Ending> {
  try {
    await run();
    return 'ended';
  } catch (error) {
    if (CancellationScope.current().consideredCancelled) throw error;
    if (isAlreadyStarted(error)) {
      await sleep('5 minutes');
      return 'busy';
    }
    await onFailure(error);
    return 'ended';
  }
}
