// How the gateway speaks to `webhook/<messageId>`, and passes a partner's word to `delivery/<deliveryId>`.

import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { workflowIds, type DeliveryId, type MessageId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { actingAs } from '../temporal/client.ts';
import { DELIVER_WEBHOOK, sendNowSignal, type DeliverWebhookInput } from '../workflows/deliver-webhook/messages.ts';
import { acknowledgedSignal } from '../workflows/delivery-review/messages.ts';

export interface PartnerSagas {
  /** Has a queued message sent at once: starts its saga, or wakes it where it waits for its next attempt. */
  sendWebhook(principal: Principal, messageId: MessageId): Promise<void>;
  /** A delivery whose saga has ended has no use for it: what counts is recorded. */
  tellAcknowledged(principal: Principal, deliveryId: DeliveryId): Promise<void>;
}

const CALL_TIMEOUT_MS = 3_000;

export function createPartnerSagas(client: Client): PartnerSagas {
  const call = <T>(principal: Principal, work: () => Promise<T>): Promise<T> =>
    actingAs(principal, () => client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, work));

  return {
    sendWebhook: (principal, messageId) =>
      call(principal, async () => {
        const input: DeliverWebhookInput = { messageId };
        try {
          await client.workflow.signalWithStart(DELIVER_WEBHOOK, {
            workflowId: workflowIds.webhook(messageId),
            taskQueue: TASK_QUEUES.orchestration,
            args: [input],
            signal: sendNowSignal,
          });
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
      }),

    tellAcknowledged: (principal, deliveryId) =>
      call(principal, async () => {
        try {
          await client.workflow.getHandle(workflowIds.delivery(deliveryId)).signal(acknowledgedSignal);
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }),
  };
}
