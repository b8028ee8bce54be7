// What mail about a subscription says: facts per kind, none of them personal, since they travel through histories.

import type { UserId } from '../../domain/ids.ts';

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
