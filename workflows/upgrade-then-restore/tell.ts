// Telling a user's saga, from another workflow, that there may be something to do.

import { getExternalWorkflowHandle, log, startChild } from '@temporalio/workflow';
import { workflowIds, type UserId } from '../../domain/ids.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { billingChangedSignal } from './messages.ts';
import { upgradeThenRestore } from './workflow.ts';

/** Starts the saga, or signals the one that runs. False when it ended in between: the next run tells it. */
export async function tellSubscription(userId: UserId): Promise<boolean> {
  const workflowId = workflowIds.subscription(userId);
  const isNew = await startedNow(() => startChild(upgradeThenRestore, { ...onItsOwn, workflowId, args: [{ userId }] }));
  if (isNew) return true;
  try {
    await getExternalWorkflowHandle(workflowId).signal(billingChangedSignal);
    return true;
  } catch {
    log.info('A subscription saga ended while it was told');
    return false;
  }
}
