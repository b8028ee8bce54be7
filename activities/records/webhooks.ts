// Postgres, as the sagas of messages to partners see it.

import { untoldEndpoints } from '../../db/disabled-endpoints.ts';
import { giveUpMessage, untendedMessages } from '../../db/webhook-sending.ts';
import type { EndpointId, MessageId } from '../../domain/ids.ts';
import type { WebhookState } from '../../domain/partners.ts';
import type { RecordsDependencies } from './activities.ts';

const UNTENDED_BATCH = 200;
/** Each is a mail or a few; the next run comes soon. */
const DISABLED_BATCH = 20;

export interface WebhookRecordsActivities {
  /** After the last attempt: `failed`, unless it has ended otherwise. */
  'records.webhook.giveUp'(input: { messageId: MessageId }): Promise<WebhookState>;
  /** Messages that wait, and may have no saga. */
  'records.webhook.listUntended'(): Promise<MessageId[]>;
  /** Endpoints that were disabled because they are dead, and whose administrators have not been told. */
  'records.webhook.listDisabled'(): Promise<EndpointId[]>;
}

export function createWebhookRecordsActivities({
  database,
  principal,
}: Omit<RecordsDependencies, 'retentionSeconds'>): WebhookRecordsActivities {
  return {
    'records.webhook.giveUp': ({ messageId }) => giveUpMessage(database, principal(), messageId),
    'records.webhook.listUntended': () => untendedMessages(database, principal(), UNTENDED_BATCH),
    'records.webhook.listDisabled': () => untoldEndpoints(database, principal(), DISABLED_BATCH),
  };
}
