// A result's way into the archive: the last step of an annotation, and a saga of its own after a downgrade.

import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { ArchiveMove } from '../activities/records/activities.ts';
import { workflowIds, type JobId } from '../domain/ids.ts';
import { records, storage } from './activities.ts';
import { Compensations } from './compensation.ts';
import { decided } from './decided.ts';
import { isRunning } from './is-running.ts';

export type ArchiveOutcome =
  'archived' | 'kept: the plan keeps results' | 'kept: the result was moved or erased meanwhile';

/** Compare-and-set, copy and verify, delete the live copy, record: at no moment is there no whole copy. */
export async function archive(jobId: JobId, generation: number): Promise<ArchiveOutcome> {
  const start = await decided(() => records['records.archive.begin']({ jobId, generation }));
  if (start.decision === 'keep') return 'kept: the plan keeps results';
  if (start.decision === 'lost') return 'kept: the result was moved or erased meanwhile';
  const { move, isResumed } = start;
  if (isResumed) {
    // It is not the first saga's leftover while that one runs: its undo would remove the copy that this one had made sure of.
    if (await isInOtherHands(jobId)) return 'kept: the result was moved or erased meanwhile';
    // The live copy may be gone already, and then the archived one is all there is: nothing is undone. What fails is left
    // as it is, whole in one place, until it is tried again.
    await decided(() => storage['storage.result.archive'](move));
    return finish(jobId, move);
  }

  const undo = new Compensations();
  undo.add({
    what: 'call the result live again',
    run: () => records['records.archive.abandon']({ jobId, generation: move.generation }),
  });
  undo.add({ what: 'remove the archive copy', run: () => storage['storage.object.remove']({ key: move.archiveKey }) });
  try {
    await storage['storage.result.archive'](move);
  } catch (error) {
    await undo.run();
    throw error;
  }

  return finish(jobId, move);
}

/** A result is archived by its annotation, or by a saga of its own: after a downgrade both may come at the same moment. */
async function isInOtherHands(jobId: JobId): Promise<boolean> {
  const own = workflowInfo().workflowId;
  for (const workflowId of [workflowIds.annotation(jobId), workflowIds.archive(jobId)]) {
    if (workflowId !== own && (await isRunning(workflowId))) return true;
  }
  return false;
}

/** The copy is whole: from here on the way is forward. */
function finish(jobId: JobId, move: ArchiveMove): Promise<ArchiveOutcome> {
  return CancellationScope.nonCancellable(async () => {
    await storage['storage.object.remove']({ key: move.liveKey });
    if (await records['records.archive.finish']({ jobId, move })) return 'archived';
    await storage['storage.object.remove']({ key: move.archiveKey });
    return 'kept: the result was moved or erased meanwhile';
  });
}
