// Run by the Schedule `tend-webhooks` on queue `orchestration`: starts the sagas of messages that were committed while
// Temporal could not be told, or whose saga was terminated; and has administrators told of endpoints that were disabled
// because they are dead.

import { log, patched, proxyActivities, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { EndpointMailActivities } from '../../activities/mail/endpoint-mail.ts';
import { workflowIds, type EndpointId, type MessageId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { records } from '../activities.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { deliverWebhook } from '../deliver-webhook/workflow.ts';

export interface TendWebhooksReport {
  found: number;
  started: number;
  /** Disabled endpoints whose administrators were told. */
  told: number;
}

/** The next run comes soon: a mail service that is down is not waited for. */
const mail = proxyActivities<EndpointMailActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 1 },
});

export async function tendWebhooks(): Promise<TendWebhooksReport> {
  const messages = await records['records.webhook.listUntended']();
  let started = 0;
  for (const messageId of messages) if (await start(messageId)) started += 1;
  let told = 0;
  if (patched('tells-of-disabled-endpoints')) {
    for (const endpoint of await records['records.webhook.listDisabled']()) if (await tell(endpoint)) told += 1;
  }
  return { found: messages.length, started, told };
}

async function tell(endpointId: EndpointId): Promise<boolean> {
  try {
    await mail['mail.endpoint.send']({ endpointId });
    return true;
  } catch {
    log.warn('The administrators could not be told of a disabled endpoint; they will be', { endpointId });
    return false;
  }
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
