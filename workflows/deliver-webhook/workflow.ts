// Saga `webhook/<messageId>` on queue `orchestration`: sends a message to a partner, again and again over three days until
// it is taken. Started by the release of a delivery, by the gateway (tests, and messages sent again), and by the Schedule
// `tend-webhooks`. A person who asks for it to be sent again signals it.

import { condition, setHandler } from '@temporalio/workflow';
import { WEBHOOK_RETRY_SECONDS } from '../../domain/partners.ts';
import { records, webhooks } from '../activities.ts';
import { showDetails, showOwner } from '../shown.ts';
import { sendNowSignal, type DeliverWebhookInput, type DeliverWebhookOutcome } from './messages.ts';

/** Receivers that failed together are not asked again together. */
const LARGEST_JITTER = 0.1;

export async function deliverWebhook({ messageId }: DeliverWebhookInput): Promise<DeliverWebhookOutcome> {
  const asked = { isNew: false };
  setHandler(sendNowSignal, () => {
    asked.isNew = true;
  });

  for (let retries = 0; ; retries++) {
    asked.isNew = false;
    showDetails(`Attempt ${retries + 1} to send the message`);
    const sent = await webhooks['webhooks.message.send']({ messageId });
    const { state, isTest, retryAfterSeconds } = sent;
    showOwner(sent.organizationId);
    if (state !== 'pending') return state;
    const waitSeconds = isTest ? undefined : WEBHOOK_RETRY_SECONDS[retries];
    if (waitSeconds === undefined) break;
    showDetails(`Attempt ${retries + 1} failed; waits for the next one`);
    const waitsMs = waitMs(Math.max(waitSeconds, retryAfterSeconds ?? 0));
    const isAsked = await condition(() => asked.isNew, waitsMs, { summary: 'Until the next attempt' });
    // The attempt that now follows is the first again.
    if (isAsked) retries = -1;
  }

  showDetails('No attempt is left: giving up');
  const state = await records['records.webhook.giveUp']({ messageId });
  return state === 'pending' ? 'failed' : state;
}

const waitMs = (seconds: number): number => Math.round(seconds * 1000 * (1 + Math.random() * LARGEST_JITTER));
