// Ending subscriptions: by a cancellation, or as though they had never been. What sets a state needs no key of ours: it
// may be repeated, and a key would swallow the second cancellation of a day.

import type Stripe from 'stripe';
import { isOver, isSuspended } from '../../domain/billing.ts';
import { VarloomError } from '../../domain/errors.ts';
import { listSubscriptions } from './account.ts';
import { expireOpenCheckouts } from './checkout.ts';
import { isInvalidRequest, isRefusedFor } from './failures.ts';
import { once } from './once.ts';
import { isMoneyTaken } from './payments.ts';
import { idOf, subscriptionOf } from './shapes.ts';

const isEnded = (subscription: Stripe.Subscription): boolean => isOver(subscriptionOf(subscription, false).status);

export async function cancelSubscription(
  stripe: Stripe,
  { subscriptionId, at }: { subscriptionId: string; at: 'now' | 'period_end' },
  comment?: string,
): Promise<void> {
  try {
    if (at === 'period_end') await stripe.subscriptions.update(subscriptionId, { cancel_at_period_end: true });
    else {
      const details = comment === undefined ? {} : { cancellation_details: { comment } };
      await stripe.subscriptions.cancel(subscriptionId, { prorate: false, invoice_now: false, ...details });
    }
  } catch (error) {
    // One that is over cannot be changed.
    if (!isInvalidRequest(error)) throw error;
    const subscription = await findSubscription(stripe, subscriptionId);
    if (subscription && !isEnded(subscription)) throw error;
  }
}

const isUsedUp = (subscription: Stripe.Subscription): boolean =>
  isSuspended(subscriptionOf(subscription, false).status);

/** Written with the cancellation itself: whoever repeats the undoing knows by it which ones it has ended. */
const UNDONE = 'undone';

export interface Undoing {
  customerId: string;
  subscriptionIds: string[] | null;
}

interface Money {
  amount: number;
  currency: string;
}

/** Answers what was refunded, the same when repeated. */
export async function undoSubscriptions(stripe: Stripe, undoing: Undoing): Promise<Money | null> {
  // First the pages, by which more could be paid; then the subscriptions, so that nothing more is charged; then the money.
  await expireOpenCheckouts(stripe, undoing.customerId);
  const subscriptions = await concernedBy(stripe, undoing);
  for (const subscription of subscriptions) {
    if (isEnded(subscription)) continue;
    // An earlier one, that was used before its payments failed, ends without the mark by which it would be refunded.
    const comment = isUsedUp(subscription) ? undefined : UNDONE;
    await cancelSubscription(stripe, { subscriptionId: subscription.id, at: 'now' }, comment);
  }
  const refunds: Money[] = [];
  for (const subscription of subscriptions) {
    for await (const invoice of stripe.invoices.list({ subscription: subscription.id, limit: 100 })) {
      await voidIfOwed(stripe, invoice);
      if (isUsedUp(subscription)) continue;
      for await (const payment of stripe.invoicePayments.list({ invoice: invoice.id, limit: 100 })) {
        if (payment.status === 'paid') refunds.push(await refund(stripe, payment));
      }
    }
  }
  const amount = refunds.reduce((sum, one) => sum + one.amount, 0);
  // One price, one currency.
  const [first] = refunds.filter((one) => one.amount > 0);
  return first ? { amount, currency: first.currency } : null;
}

/** Without names: those that run, or were undone. What ended otherwise was used, and is paid for rightly. */
async function concernedBy(stripe: Stripe, { customerId, subscriptionIds }: Undoing): Promise<Stripe.Subscription[]> {
  if (subscriptionIds === null) {
    const all = await listSubscriptions(stripe, customerId);
    return all.filter((one) => !isEnded(one) || one.cancellation_details?.comment === UNDONE);
  }
  const found = await Promise.all(subscriptionIds.map((id) => findSubscription(stripe, id)));
  const subscriptions = found.filter((subscription) => subscription !== undefined);
  for (const { id, customer } of subscriptions) {
    if (idOf(customer) === customerId) continue;
    throw new VarloomError('billing_refused', 'The subscription is of another customer.', { subscription: id });
  }
  return subscriptions;
}

async function findSubscription(stripe: Stripe, id: string): Promise<Stripe.Subscription | undefined> {
  try {
    return await stripe.subscriptions.retrieve(id);
  } catch (error) {
    if (isRefusedFor(error, 'resource_missing')) return undefined;
    throw error;
  }
}

const isOwed = ({ status }: Stripe.Invoice): boolean => status === 'open' || status === 'uncollectible';

/** A draft of a subscription that ended is never collected, and cannot be voided. */
async function voidIfOwed(stripe: Stripe, invoice: Stripe.Invoice): Promise<void> {
  if (!isOwed(invoice)) return;
  try {
    await stripe.invoices.voidInvoice(invoice.id);
  } catch (error) {
    // Paid or voided since it was listed.
    if (!isInvalidRequest(error) || isOwed(await stripe.invoices.retrieve(invoice.id))) throw error;
  }
}

/** Pays back what is left of a payment. Answers all that was ever paid back of it. */
async function refund(stripe: Stripe, { payment, currency }: Stripe.InvoicePayment): Promise<Money> {
  const before = await chargeOf(stripe, payment);
  if (!before?.paid) return { amount: 0, currency };
  const isLeft = before.amount_captured > before.amount_refunded;
  if (isLeft && !(await isMoneyTaken(stripe, before))) {
    try {
      await once(`refund/${before.payment_intent === null ? before.id : idOf(before.payment_intent)}`, (options) =>
        stripe.refunds.create({ charge: before.id, reason: 'requested_by_customer' }, options),
      );
    } catch (error) {
      if (!isRefusedFor(error, 'charge_already_refunded', 'charge_disputed')) throw error;
    }
  }
  const after = isLeft ? await stripe.charges.retrieve(before.id) : before;
  return { amount: after.amount_refunded, currency: after.currency };
}

async function chargeOf(stripe: Stripe, payment: Stripe.InvoicePayment.Payment): Promise<Stripe.Charge | undefined> {
  if (payment.payment_intent !== undefined) {
    const { latest_charge: latest } = await stripe.paymentIntents.retrieve(idOf(payment.payment_intent));
    return latest === null ? undefined : stripe.charges.retrieve(idOf(latest));
  }
  return payment.charge === undefined ? undefined : stripe.charges.retrieve(idOf(payment.charge));
}
