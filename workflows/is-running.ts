// Whether another workflow runs, as a workflow can ask it.

import { CancellationScope, defineSignal, getExternalWorkflowHandle } from '@temporalio/workflow';

/** Nobody listens to it: that it can be delivered is the answer. */
const areYouThereSignal = defineSignal('areYouThere');

/** Also when the one that asks is cancelled. */
export async function isRunning(workflowId: string): Promise<boolean> {
  try {
    await CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).signal(areYouThereSignal));
    return true;
  } catch {
    return false;
  }
}
