// Collecting an invoice: the attempt, and what it makes of invoice and subscription; retries, renewals and giving up.
import type { DueActs } from './clock.ts';
import { endSubscription, beginNextPeriod, becomeActive, becomePastDue } from './subscription-states.ts';
import { createInvoice, intentOf, markFailed, markPaid, voidInvoice } from './invoices.ts';
import type { Invoice } from './invoices.ts';
import { attemptPayment } from './payments.ts';
import type { Attempt, AttemptOutcome } from './payments.ts';
import type { Sandbox } from './sandbox.ts';
import type { StoredObjects } from './stored.ts';

const DAY_SECONDS = 24 * 3600;
/** Days after the first failure of a renewal; Stripe's are set in its dashboard. */
const RETRY_DAYS = [3, 5, 7];

/** Pays an open invoice with a card. A failure is told by events and stands in the invoice's intent. */
export function collect(
  sandbox: Sandbox,
  invoice: Invoice,
  method: StoredObjects['payment_method'],
  attempt: Attempt,
): AttemptOutcome {
  const outcome = attemptPayment(sandbox, intentOf(sandbox, invoice.id), method, attempt);
  const subscription = subscriptionOf(invoice);
  switch (outcome) {
    case 'succeeded':
      markPaid(sandbox, invoice.id);
      becomeActive(sandbox, subscription, method.id);
      break;
    case 'requires_action':
      sandbox.tell('invoice.payment_action_required', sandbox.store.need('invoice', invoice.id));
      break;
    case 'failed':
      failed(sandbox, invoice, attempt);
      break;
  }
  return outcome;
}

/** The subscription that an invoice bills. */
export function subscriptionOf({ id, parent }: Invoice): string {
  const subscription = parent?.subscription_details?.subscription;
  if (subscription === undefined) throw new Error(`${id} bills no subscription`);
  return subscription;
}

function failed(sandbox: Sandbox, invoice: Invoice, { isPlanned }: Attempt): void {
  // Somebody tried by hand: the planned retry stays as it is.
  if (!isPlanned) {
    markFailed(sandbox, invoice.id, invoice.next_payment_attempt);
    return;
  }
  const subscription = subscriptionOf(invoice);
  const retry = Number(sandbox.store.note(`retries ${invoice.id}`) ?? 0);
  const days = RETRY_DAYS[retry];
  const firstFailure = Number(sandbox.store.note(`failed ${invoice.id}`) ?? sandbox.clock.now(invoice.test_clock));
  sandbox.store.setNote(`failed ${invoice.id}`, String(firstFailure));
  sandbox.store.setNote(`retries ${invoice.id}`, String(retry + 1));
  const next = days === undefined ? null : firstFailure + days * DAY_SECONDS;
  markFailed(sandbox, invoice.id, next);
  if (next !== null) {
    sandbox.clock.plan('invoice.retry', invoice.id, next, invoice.test_clock);
    becomePastDue(sandbox, subscription);
  } else if (sandbox.rules.afterLastRetry === 'unpaid') {
    sandbox.change('subscription', subscription, { status: 'unpaid' }, 'customer.subscription.updated');
  } else {
    endSubscription(sandbox, subscription, { reason: 'payment_failed' });
  }
}

/** Tries again with the card that the subscription has by now. */
function retry(sandbox: Sandbox, id: string): void {
  const invoice = sandbox.store.need('invoice', id);
  if (invoice.status === 'open') collectAsPlanned(sandbox, invoice);
}

function collectAsPlanned(sandbox: Sandbox, invoice: Invoice): void {
  const method = cardFor(sandbox, sandbox.store.need('subscription', subscriptionOf(invoice)));
  const attempt: Attempt = { session: 'off', isPlanned: true };
  if (method) collect(sandbox, invoice, method, attempt);
  else failed(sandbox, invoice, attempt);
}

/** The card that renewals are charged to: the subscription's, else the customer's. */
export function cardFor(
  sandbox: Sandbox,
  { default_payment_method: own, customer }: StoredObjects['subscription'],
): StoredObjects['payment_method'] | undefined {
  const id = own ?? sandbox.store.need('customer', customer).invoice_settings.default_payment_method;
  return id === null ? undefined : sandbox.store.find('payment_method', id);
}

/** The period is over: the subscription ends, if that was asked for, or is renewed. */
function endPeriod(sandbox: Sandbox, id: string): void {
  const subscription = sandbox.store.need('subscription', id);
  if (subscription.cancel_at_period_end) {
    endSubscription(sandbox, id, { reason: 'cancellation_requested' });
    return;
  }
  const item = beginNextPeriod(sandbox, id);
  const draft = subscription.status === 'unpaid';
  const invoice = createInvoice(sandbox, subscription, item, 'subscription_cycle', { draft });
  if (!draft) collectAsPlanned(sandbox, invoice);
}

/** The first invoice was never paid. */
export function giveUpIncomplete(sandbox: Sandbox, id: string): void {
  const { status, latest_invoice, test_clock } = sandbox.store.need('subscription', id);
  if (status !== 'incomplete') return;
  if (latest_invoice !== null) voidInvoice(sandbox, latest_invoice);
  sandbox.clock.unplan('subscription.expire_incomplete', id);
  const changes = { status: 'incomplete_expired', ended_at: sandbox.clock.now(test_clock) };
  sandbox.change('subscription', id, changes, 'customer.subscription.updated');
}

export const collectionActs = (
  sandbox: Sandbox,
): Pick<DueActs, 'invoice.retry' | 'subscription.end_period' | 'subscription.expire_incomplete'> => ({
  'invoice.retry': (id) => retry(sandbox, id),
  'subscription.end_period': (id) => endPeriod(sandbox, id),
  'subscription.expire_incomplete': (id) => giveUpIncomplete(sandbox, id),
});
