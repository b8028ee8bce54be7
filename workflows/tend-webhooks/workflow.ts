// Run by the Schedule `tend-webhooks` on queue `orchestration`: starts the sagas of messages that were committed while
// Temporal could not be told, or whose saga was terminated.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { workflowIds, type MessageId } from '../../domain/ids.ts';
import { records } from '../activities.ts';
import { deliverWebhook } from '../deliver-webhook/workflow.ts';

export interface TendWebhooksReport {
  found: number;
  started: number;
}

export async function tendWebhooks(): Promise<TendWebhooksReport> {
  const messages = await records['records.webhook.listUntended']();
  let started = 0;
  for (const messageId of messages) if (await start(messageId)) started += 1;
  return { found: messages.length, started };
}

/** False when it runs. One that has ended is started again: its message waits, because somebody wants it sent again. */
async function start(messageId: MessageId): Promise<boolean> {
  try {
    await startChild(deliverWebhook, {
      workflowId: workflowIds.webhook(messageId),
      args: [{ messageId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
