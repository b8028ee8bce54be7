// Telling a user's saga, from another workflow, that there may be something to do.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { getExternalWorkflowHandle, log, ParentClosePolicy, startChild } from '@temporalio/workflow';
import { workflowIds, type UserId } from '../../domain/ids.ts';
import { billingChangedSignal } from './messages.ts';
import { upgradeThenRestore } from './workflow.ts';

/** Starts the saga, or signals the one that runs. False when it ended in between: the next run tells it. */
export async function tellSubscription(userId: UserId): Promise<boolean> {
  const workflowId = workflowIds.subscription(userId);
  try {
    await startChild(upgradeThenRestore, {
      workflowId,
      args: [{ userId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  try {
    await getExternalWorkflowHandle(workflowId).signal(billingChangedSignal);
    return true;
  } catch {
    log.info('A subscription saga ended while it was told');
    return false;
  }
}
