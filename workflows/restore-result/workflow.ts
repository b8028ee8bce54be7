// Saga `restore/<jobId>` on queue `orchestration`: brings an archived result back. Started by `subscription/<userId>` for
// each result of an upgrade, by the gateway when its owner tries again, and by reconciliation. The gateway signals it
// when the store says that the copy can be read.

import { condition, isCancellation, setHandler, sleep } from '@temporalio/workflow';
import type { RestoreMove } from '../../activities/records/billing.ts';
import type { JobId } from '../../domain/ids.ts';
import { records, storage } from '../activities.ts';
import { Compensations } from '../compensation.ts';
import { decided } from '../decided.ts';
import { describeFailure, failureOf } from '../failure.ts';
import { showDetails } from '../shown.ts';
import { retrievedSignal, type RestoreResultInput, type RestoreResultOutcome } from './messages.ts';

/** The slowest archive takes 48 hours; after this long an operator is needed. */
const LONGEST_RETRIEVAL_MS = 5 * 24 * 3600 * 1000;
const LONGEST_POLL_SECONDS = 3600;
/** A retrieved copy expires after days; one that is gone again and again is no accident. */
const MOST_RETRIEVALS = 10;

export async function restoreResult({ jobId }: RestoreResultInput): Promise<RestoreResultOutcome> {
  const notice = { isNew: false };
  setHandler(retrievedSignal, () => {
    notice.isNew = true;
  });

  showDetails('Looking up whether there is something to restore');
  const start = await begin(jobId);
  if (start.decision === 'none') return 'nothing to restore';
  if (start.decision === 'refused') return 'refused: the plan archives results';
  const { move, isResumed } = start;
  if (isResumed && (await isCopied(jobId, move))) return finish(jobId, move);

  let failure: unknown;
  const undo = new Compensations();
  undo.add({
    what: 'call the result archived again',
    run: () => records['records.restore.abandon']({ jobId, generation: move.generation, error: errorOf(failure) }),
  });
  undo.add({ what: 'remove the restored copy', run: () => storage['storage.object.remove']({ key: move.liveKey }) });
  try {
    await bringBack(move, notice);
  } catch (error) {
    failure = error;
    showDetails('Undoing what was begun: the result stays in the archive');
    await undo.run();
    if (isCancellation(error)) return 'cancelled: the result stays in the archive';
    throw error;
  }

  return finish(jobId, move);
}

/** The copy is whole: from here on the way is forward. */
function finish(jobId: JobId, move: RestoreMove): Promise<RestoreResultOutcome> {
  showDetails('The result is copied back; the archived copy is removed');
  return decided(async () => {
    await storage['storage.object.remove']({ key: move.archiveKey });
    if (await records['records.restore.finish']({ jobId, move })) return 'restored';
    await storage['storage.object.remove']({ key: move.liveKey });
    return 'nothing to restore';
  });
}

/**
 * Of a move that an earlier saga has begun: the archived copy may be gone, and then the restored one is all there is, so
 * nothing is undone before that is known. What fails here is left as it is until it is tried again.
 */
async function isCopied(jobId: JobId, move: RestoreMove): Promise<boolean> {
  return decided(async () => {
    try {
      return (await storage['storage.result.restore'](move)) === 'restored';
    } catch (failure) {
      const error = errorOf(failure);
      // Neither copy is there: trying again cannot help.
      if (error?.type === 'archive_missing') {
        await records['records.restore.abandon']({ jobId, generation: move.generation, error });
      }
      throw failure;
    }
  });
}

/** A result on its way into the archive gets there first: its live copy may be gone already. */
async function begin(jobId: JobId) {
  for (let pauseSeconds = 2; ; pauseSeconds = Math.min(pauseSeconds * 2, 60)) {
    const start = await decided(() => records['records.restore.begin']({ jobId }));
    if (start.decision !== 'wait') return start;
    showDetails('Waits until the result has got into the archive');
    await sleep(pauseSeconds * 1000);
  }
}

async function bringBack(move: RestoreMove, notice: { isNew: boolean }): Promise<void> {
  for (let retrievals = 0; retrievals < MOST_RETRIEVALS; retrievals++) {
    showDetails('The archive is asked for the copy, and may take hours');
    await retrieve(move, notice);
    showDetails('Copying the result back');
    if ((await storage['storage.result.restore'](move)) === 'restored') return;
  }
  throw failureOf('retrieval_overdue', 'The archive gave copies that were gone before they could be read.');
}

/** Returns when the archived copy can be read. The store's notice ends the wait; without one, we ask now and then. */
async function retrieve({ archiveKey }: RestoreMove, notice: { isNew: boolean }): Promise<void> {
  const overdueAt = Date.now() + LONGEST_RETRIEVAL_MS;
  let { state, pollSeconds } = await storage['storage.result.retrieve']({ archiveKey });
  while (state === 'ongoing') {
    if (Date.now() > overdueAt)
      throw failureOf('retrieval_overdue', 'The archive did not bring the copy in five days.');
    await condition(() => notice.isNew, pollSeconds * 1000, { summary: 'Until the archive says that it is there' });
    notice.isNew = false;
    pollSeconds = Math.min(pollSeconds * 2, LONGEST_POLL_SECONDS);
    const check = await storage['storage.result.checkRetrieval']({ archiveKey });
    switch (check.state) {
      case 'available':
        return;
      case 'ongoing':
        break;
      case 'none':
        // The store has forgotten what it was asked.
        ({ state, pollSeconds } = await storage['storage.result.retrieve']({ archiveKey }));
        break;
      case 'missing':
        throw failureOf('archive_missing', 'The archived copy is not in the store.');
    }
  }
}

const errorOf = (failure: unknown) =>
  isCancellation(failure) ? null : describeFailure(failure, { name: 'restore', type: 'internal' }).error;
