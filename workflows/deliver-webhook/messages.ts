// What `webhook/<messageId>` is started with and can be told.

import { defineSignal } from '@temporalio/workflow';
import type { MessageId } from '../../domain/ids.ts';
import type { WebhookState } from '../../domain/partners.ts';

export const DELIVER_WEBHOOK = 'deliverWebhook';

export interface DeliverWebhookInput {
  messageId: MessageId;
}

export type DeliverWebhookOutcome = Exclude<WebhookState, 'pending'>;

/** A person wants it tried at once, and from the beginning of the schedule. */
export const sendNowSignal = defineSignal('sendNow');
