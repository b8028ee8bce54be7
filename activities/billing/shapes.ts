// Stripe's objects as ours. Of each only what decides something, or what its owner is shown.

import type Stripe from 'stripe';
import {
  INVOICE_STATES,
  STRIPE_STATUSES,
  type StripeCheckout,
  type StripeInvoice,
  type StripeSubscription,
} from '../../domain/billing.ts';

export const idOf = (reference: string | { id: string }): string =>
  typeof reference === 'string' ? reference : reference.id;

/** From Stripe's Unix seconds. */
export const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString();

export function subscriptionOf(subscription: Stripe.Subscription, isDisputed: boolean): StripeSubscription {
  const ends = subscription.items.data.map((item) => item.current_period_end);
  return {
    subscriptionId: subscription.id,
    status: oneOf(STRIPE_STATUSES, subscription.status),
    createdAt: isoTime(subscription.created),
    currentPeriodEnd: ends.length === 0 ? null : isoTime(Math.max(...ends)),
    // The portal sets one or the other, by the billing mode of the subscription.
    cancelAtPeriodEnd: subscription.cancel_at_period_end || subscription.cancel_at !== null,
    isDisputed,
  };
}

export function checkoutOf(session: Stripe.Checkout.Session, refusal: string | null): StripeCheckout {
  const state = oneOf(['open', 'complete', 'expired'] as const, session.status);
  return {
    sessionId: session.id,
    state,
    url: state === 'open' ? session.url : null,
    expiresAt: isoTime(session.expires_at),
    refusal: state === 'complete' ? null : refusal,
  };
}

export function invoiceOf(invoice: Stripe.Invoice, charge: Stripe.Charge | undefined): StripeInvoice {
  return {
    invoiceId: invoice.id,
    number: invoice.number,
    state: oneOf(INVOICE_STATES, invoice.status),
    amountDue: invoice.amount_due,
    amountPaid: invoice.amount_paid,
    amountRefunded: charge?.amount_refunded ?? 0,
    currency: invoice.currency,
    createdAt: isoTime(invoice.created),
    hostedUrl: invoice.hosted_invoice_url ?? null,
    paymentIntentId: paymentIntentOf(invoice) ?? null,
  };
}

/** The one that paid it, else the one that is to. Needs the invoice with its payments. */
export function paymentIntentOf({ payments }: Stripe.Invoice): string | undefined {
  const all = payments?.data ?? [];
  const payment = all.find(({ status }) => status === 'paid') ?? all.find(({ is_default }) => is_default) ?? all[0];
  const intent = payment?.payment.payment_intent;
  return intent === undefined ? undefined : idOf(intent);
}

/** The subscription that an invoice bills. */
export function billedSubscription({ parent }: Stripe.Invoice): string | undefined {
  const subscription = parent?.subscription_details?.subscription;
  return subscription === undefined ? undefined : idOf(subscription);
}

/** Stripe may add to a set in any version: what is not known here decides nothing here. */
function oneOf<Name extends string>(names: readonly Name[], given: string | null): Name {
  const name = names.find((known) => known === given);
  if (name === undefined) throw new Error(`the payment service speaks of a state that is not known here: ${given}`);
  return name;
}
