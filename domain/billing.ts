// Paying for Premium: what the payment service holds about a user, read anew each time, and what follows from it.

import type { Plan } from './plans.ts';

/** The subscription as its owner sees it. `past_due`: a payment failed and the grace period runs. */
export const SUBSCRIPTION_STATES = ['none', 'awaiting_payment', 'active', 'past_due'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** Stripe API, "The Subscription object", `status`. */
export const STRIPE_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] as const;
export type StripeStatus = (typeof STRIPE_STATUSES)[number];

/** Times are ISO 8601. */
export interface StripeSubscription {
  subscriptionId: string;
  status: StripeStatus;
  createdAt: string;
  currentPeriodEnd: string | null;
  cancelAtPeriodEnd: boolean;
  /** A payment for it was disputed by the card's owner: the bank has taken the money back. */
  isDisputed: boolean;
}

export interface StripeCheckout {
  sessionId: string;
  state: 'open' | 'complete' | 'expired';
  /** The hosted page, while it is open. */
  url: string | null;
  expiresAt: string;
  /** Why the last attempt to pay was refused, in words for the payer. */
  refusal: string | null;
}

export const INVOICE_STATES = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];

export interface StripeInvoice {
  invoiceId: string;
  number: string | null;
  state: InvoiceState;
  /** In the currency's smallest unit. */
  amountDue: number;
  amountPaid: number;
  amountRefunded: number;
  /** ISO 4217, lower case. */
  currency: string;
  createdAt: string;
  hostedUrl: string | null;
  /** A dispute names the payment, and neither the customer nor the invoice. */
  paymentIntentId: string | null;
}

/** Everything that the payment service holds about one customer, as read at one moment. */
export interface StripeAccount {
  customerId: string;
  checkout: StripeCheckout | null;
  /** Newest first; those that ended long ago may be missing. */
  subscriptions: StripeSubscription[];
  /** Newest first, the latest two dozen. */
  invoices: StripeInvoice[];
}

/** What the account entitles its owner to, and which subscription it is that does. */
export type Standing =
  | { kind: 'premium'; subscription: StripeSubscription }
  | { kind: 'past_due'; subscription: StripeSubscription }
  /** To be cancelled: the money is gone. */
  | { kind: 'disputed'; subscription: StripeSubscription }
  | { kind: 'awaiting_payment'; checkout: StripeCheckout }
  | { kind: 'free' };

export function standingOf({ subscriptions, checkout }: Pick<StripeAccount, 'subscriptions' | 'checkout'>): Standing {
  const disputed = subscriptions.find(({ isDisputed, status }) => isDisputed && !isOver(status));
  if (disputed) return { kind: 'disputed', subscription: disputed };
  // The oldest: it was there first, and any other is a duplicate.
  const paid = oldest(subscriptions.filter(({ status }) => status === 'active' || status === 'trialing'));
  if (paid) return { kind: 'premium', subscription: paid };
  const late = oldest(subscriptions.filter(({ status }) => status === 'past_due'));
  if (late) return { kind: 'past_due', subscription: late };
  if (checkout?.state === 'open') return { kind: 'awaiting_payment', checkout };
  return { kind: 'free' };
}

/** It takes no money and gives nothing until somebody pays what is owed; what was paid for it before was used. */
export function isSuspended(status: StripeStatus): boolean {
  return status === 'unpaid' || status === 'paused';
}

/** Subscriptions that take money for what another one gives already: the same user paid twice. */
export function duplicatesOf({ subscriptions }: Pick<StripeAccount, 'subscriptions'>): StripeSubscription[] {
  const standing = standingOf({ subscriptions, checkout: null });
  if (standing.kind !== 'premium' && standing.kind !== 'past_due') return [];
  return subscriptions.filter(
    ({ subscriptionId, status }) =>
      subscriptionId !== standing.subscription.subscriptionId && !isOver(status) && !isSuspended(status),
  );
}

export function isOver(status: StripeStatus): boolean {
  switch (status) {
    case 'canceled':
    case 'incomplete_expired':
      return true;
    case 'incomplete':
    case 'trialing':
    case 'active':
    case 'past_due':
    case 'unpaid':
    case 'paused':
      return false;
  }
}

export function planOf(standing: Standing): Plan {
  switch (standing.kind) {
    case 'premium':
    case 'past_due':
      return 'premium';
    case 'disputed':
    case 'awaiting_payment':
    case 'free':
      return 'free';
  }
}

export function subscriptionStateOf(standing: Standing): SubscriptionState {
  switch (standing.kind) {
    case 'premium':
      return 'active';
    case 'past_due':
      return 'past_due';
    case 'awaiting_payment':
      return 'awaiting_payment';
    case 'disputed':
    case 'free':
      return 'none';
  }
}

function oldest(subscriptions: StripeSubscription[]): StripeSubscription | undefined {
  return subscriptions.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))[0];
}

/** How fast the store brings an archived object back, and at what price (S3 User Guide, "Restoring an archived object"). */
export const RETRIEVAL_TIERS = ['Expedited', 'Standard', 'Bulk'] as const;
export type RetrievalTier = (typeof RETRIEVAL_TIERS)[number];

/** Storage classes that the archive may use. */
export const ARCHIVE_CLASSES = ['GLACIER', 'DEEP_ARCHIVE'] as const;
export type ArchiveClass = (typeof ARCHIVE_CLASSES)[number];

export function allowsTier(archiveClass: ArchiveClass, tier: RetrievalTier): boolean {
  return archiveClass === 'GLACIER' || tier !== 'Expedited';
}

/** One result's way back from the archive. `given_up`: the upgrade was undone before it came. */
export const RESTORE_STATES = ['waiting', 'restored', 'failed', 'given_up'] as const;
export type RestoreState = (typeof RESTORE_STATES)[number];
