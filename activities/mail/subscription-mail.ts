// Mail about a subscription, as the sagas see it: facts per kind, none of them personal, since they travel through
// histories.

import { claimSubscriptionMail } from '../../db/subscription-mail.ts';
import type { UserId } from '../../domain/ids.ts';
import { sendClaimed, type MailDependencies } from './sending.ts';
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

export function createSubscriptionMailActivities(deps: MailDependencies): SubscriptionMailActivities {
  const { database, principal, publicUrl } = deps;
  const messageIdDomain = new URL(publicUrl).hostname;
  return {
    'mail.subscription.send': async (input) => {
      const claimed = await claimSubscriptionMail(database, principal(), input, messageIdDomain);
      await sendClaimed(deps, claimed, ({ to, recipientName }) => ({
        to,
        ...subscriptionContentOf(input, recipientName, `${publicUrl}/billing`),
      }));
    },
  };
}
