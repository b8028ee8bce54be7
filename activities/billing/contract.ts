// The payment service, as the sagas see it. Every act carries an idempotency key, may be repeated, and what it answers
// is read from the service, never taken from an event.

import type { StripeAccount } from '../../domain/billing.ts';
import type { UserId } from '../../domain/ids.ts';

export interface BillingActivities {
  /** The user's customer; made when there is none. The e-mail address is read from Postgres, and is in no history. */
  'billing.customer.ensure'(input: { userId: UserId }): Promise<{ customerId: string }>;

  /** All that the service holds of the customer now. `checkoutSessionId`: the checkout that we opened last. */
  'billing.account.read'(input: { customerId: string; checkoutSessionId: string | null }): Promise<StripeAccount>;

  /**
   * Opens a hosted payment page for Premium. `act` names this act among the user's: repeated, it gives the same page.
   * @throws VarloomError `billing_not_configured` when there is no price
   */
  'billing.checkout.open'(input: {
    userId: UserId;
    customerId: string;
    act: string;
  }): Promise<{ sessionId: string; url: string; expiresAt: string }>;

  /** Closes a payment page. One that was paid meanwhile stays `complete`. */
  'billing.checkout.expire'(input: { sessionId: string }): Promise<{ state: 'complete' | 'expired' }>;

  /** Ends a subscription now, or at the end of the period that is paid for. One that is over stays so. */
  'billing.subscription.cancel'(input: { subscriptionId: string; at: 'now' | 'period_end' }): Promise<void>;

  /**
   * As though it had never been: closes every open payment page of the customer, cancels the subscriptions named (or,
   * when null, all of the customer's) at once, voids what is owed for them, and refunds in full whatever was paid for
   * them and is neither refunded nor disputed. One that is unpaid or paused only ends: what was paid for it was used.
   * Answers what has been refunded in all, by this call or one before it.
   */
  'billing.subscription.undo'(input: {
    customerId: string;
    subscriptionIds: string[] | null;
  }): Promise<{ refunded: { amount: number; currency: string } | null }>;

  /** A link to the service's page where cards, invoices and the subscription are managed; valid for a short time. */
  'billing.portal.open'(input: { customerId: string; act: string }): Promise<{ url: string }>;

  /** One page of all customers that have subscriptions, for reconciliation. */
  'billing.accounts.list'(input: { after: string | null }): Promise<{
    accounts: { customerId: string; account: Pick<StripeAccount, 'subscriptions'> }[];
    next: string | null;
  }>;
}
