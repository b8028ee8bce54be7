// Run by the Schedule `tend-webhooks` on queue `orchestration`: starts the sagas of messages that were committed while
// Temporal could not be told, or whose saga was terminated.

import { startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { workflowIds, type MessageId } from '../../domain/ids.ts';
import { records } from '../activities.ts';
import { onItsOwn, startedNow } from '../children.ts';
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
const start = (messageId: MessageId): Promise<boolean> =>
  startedNow(() =>
    startChild(deliverWebhook, {
      ...onItsOwn,
      workflowId: workflowIds.webhook(messageId),
      args: [{ messageId }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    }),
  );
