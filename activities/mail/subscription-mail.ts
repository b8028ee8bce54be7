// Mail about a subscription, as the sagas see it: facts per kind, none of them personal, since they travel through
// histories. A message is claimed, sent with its fixed Message-ID, then recorded as sent.

import { recordSent, releaseMail } from '../../db/mail.ts';
import { claimSubscriptionMail } from '../../db/subscription-mail.ts';
import type { UserId } from '../../domain/ids.ts';
import type { MailDependencies } from './activities.ts';
import { subscriptionContentOf } from './subscription-messages.ts';

/** Times are ISO 8601. */
export type SubscriptionMail =
  | { kind: 'subscription.restored'; facts: { total: number; restored: number; failed: number } }
  | { kind: 'subscription.payment_failed'; facts: { graceEndsAt: string; reminder: number } }
  | { kind: 'subscription.ended'; facts: { archiveDueAt: string | null } }
  | {
      kind: 'subscription.undone';
      facts: {
        reason: 'cancelled' | 'disputed' | 'plan_failed';
        refunded: { amount: number; currency: string } | null;
      };
    };

/** Sent once for each user, kind and occasion. */
export type SubscriptionMailInput = SubscriptionMail & { userId: UserId; occasion: string };

export interface SubscriptionMailActivities {
  'mail.subscription.send'(input: SubscriptionMailInput): Promise<void>;
}

export function createSubscriptionMailActivities({
  database,
  mailer,
  principal,
  publicUrl,
}: MailDependencies): SubscriptionMailActivities {
  const messageIdDomain = new URL(publicUrl).hostname;
  return {
    'mail.subscription.send': async (input) => {
      const claimed = await claimSubscriptionMail(database, principal(), input, messageIdDomain);
      if (!claimed) return;
      const { messageId, to, recipientName } = claimed;
      try {
        await mailer.send({ messageId, to, ...subscriptionContentOf(input, recipientName, `${publicUrl}/billing`) });
        await recordSent(database, principal(), messageId);
      } catch (error) {
        // Where this fails too, the claim ends by itself.
        await releaseMail(database, principal(), claimed).catch(() => {});
        throw error;
      }
    },
  };
}
