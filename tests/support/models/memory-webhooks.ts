// Messages to partners, in memory: what `webhooks.message.send` and the records of it do, for a receiver that behaves as
// a test wants. `tests/integration/webhooks-contract.test.ts` holds it to the real ones.

import { randomUUID } from 'node:crypto';
import type { WebhookRecordsActivities } from '../../../activities/records/webhooks.ts';
import type { WebhookActivities } from '../../../activities/webhooks/activities.ts';
import { messageId, type MessageId } from '../../../domain/ids.ts';
import { LONGEST_RETRY_AFTER_SECONDS, type WebhookState } from '../../../domain/partners.ts';

/** What a receiver does with an attempt: `attempt` counts from 1. */
export type ReceiverModel = (attempt: number) => 'takes' | 'fails' | 'is gone' | { retryAfterSeconds: number };

export interface MemoryMessage {
  messageId: MessageId;
  state: WebhookState;
  organizationId: string;
  isTest: boolean;
  receiver: ReceiverModel;
  /** When each attempt was made, in milliseconds of the server's clock. */
  attemptsAtMs: number[];
}

export interface MemoryWebhooks {
  activities: WebhookActivities & WebhookRecordsActivities;
  add(receiver: ReceiverModel, options?: { isTest?: boolean }): MemoryMessage;
  /** As when a person has it sent again. */
  reopen(message: MemoryMessage): void;
  untended: MemoryMessage[];
  /** The next calls of an activity that fail before they do anything. */
  faults: number;
}

export function createMemoryWebhooks(nowMs: () => Promise<number>): MemoryWebhooks {
  const messages = new Map<MessageId, MemoryMessage>();
  const find = (id: MessageId): MemoryMessage => {
    const message = messages.get(id);
    if (!message) throw new Error(`there is no message ${id}`);
    return message;
  };

  const model: MemoryWebhooks = {
    untended: [],
    faults: 0,
    add(receiver, { isTest = false } = {}) {
      const id = messageId(randomUUID());
      const organizationId = randomUUID();
      const message: MemoryMessage = {
        messageId: id,
        state: 'pending',
        organizationId,
        isTest,
        receiver,
        attemptsAtMs: [],
      };
      messages.set(id, message);
      return message;
    },
    reopen(message) {
      message.state = 'pending';
    },
    activities: {
      'webhooks.message.send': async ({ messageId: id }) => {
        if (model.faults > 0) {
          model.faults -= 1;
          throw new Error('the database does not answer');
        }
        const message = find(id);
        const { isTest, organizationId } = message;
        if (message.state !== 'pending') {
          return { state: message.state, retryAfterSeconds: null, isTest: false, organizationId };
        }
        message.attemptsAtMs.push(await nowMs());
        const answer = message.receiver(message.attemptsAtMs.length);
        switch (answer) {
          case 'takes':
            message.state = 'delivered';
            break;
          case 'is gone':
            message.state = 'cancelled';
            break;
          case 'fails':
            break;
          default:
            return {
              state: message.state,
              retryAfterSeconds: Math.min(answer.retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS),
              isTest,
              organizationId,
            };
        }
        return { state: message.state, retryAfterSeconds: null, isTest, organizationId };
      },
      'records.webhook.giveUp': async ({ messageId: id }) => {
        const message = find(id);
        if (message.state === 'pending') message.state = 'failed';
        return message.state;
      },
      'records.webhook.listDisabled': async () => [],
      'records.webhook.listUntended': async () =>
        model.untended.filter(({ state }) => state === 'pending').map((message) => message.messageId),
    },
  };
  return model;
}
