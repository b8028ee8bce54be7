// Postgres, as the sagas of messages to partners see it.

import { giveUpMessage, untendedMessages } from '../../db/webhook-sending.ts';
import type { MessageId } from '../../domain/ids.ts';
import type { WebhookState } from '../../domain/partners.ts';
import type { RecordsDependencies } from './activities.ts';

const UNTENDED_BATCH = 200;

export interface WebhookRecordsActivities {
  /** After the last attempt: `failed`, unless it has ended otherwise. */
  'records.webhook.giveUp'(input: { messageId: MessageId }): Promise<WebhookState>;
  /** Messages that wait, and may have no saga. */
  'records.webhook.listUntended'(): Promise<MessageId[]>;
}

export function createWebhookRecordsActivities({
  database,
  principal,
}: Omit<RecordsDependencies, 'retentionSeconds'>): WebhookRecordsActivities {
  return {
    'records.webhook.giveUp': ({ messageId }) => giveUpMessage(database, principal(), messageId),
    'records.webhook.listUntended': () => untendedMessages(database, principal(), UNTENDED_BATCH),
  };
}
