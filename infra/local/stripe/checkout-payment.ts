// Paying a checkout session. The first attempt makes an incomplete subscription with its invoice; every attempt after a
// decline pays that same invoice, so that a session never leads to two charges.
import { collect } from './collection.ts';
import { customerDetails, orderOf } from './checkout.ts';
import type { CheckoutSession } from './checkout.ts';
import { createCustomer } from './customers.ts';
import { createInvoice, intentOf } from './invoices.ts';
import { createPaymentMethod } from './payment-methods.ts';
import type { TypedCard } from './payment-methods.ts';
import type { Attempt } from './payments.ts';
import type { Sandbox } from './sandbox.ts';
import { createSubscription, itemOf } from './subscription-states.ts';

/** `declined` says why, in words for the customer. `closed`: it is paid or expired, and nothing was done. */
export type CheckoutOutcome =
  | { state: 'paid'; redirectTo: string }
  | { state: 'requires_action' }
  | { state: 'declined'; message: string }
  | { state: 'closed' };

export function payCheckout(sandbox: Sandbox, id: string, card: TypedCard, email: string): CheckoutOutcome {
  const session = sandbox.store.need('checkout.session', id);
  if (session.status !== 'open') return { state: 'closed' };
  const { customer, invoice } = begin(sandbox, session, email);
  return attempt(sandbox, id, invoice, createPaymentMethod(sandbox, customer, card).id, { session: 'on' });
}

/** The end of 3-D Secure. */
export function authenticateCheckout(
  sandbox: Sandbox,
  id: string,
  authentication: 'passed' | 'failed',
): CheckoutOutcome {
  const session = sandbox.store.need('checkout.session', id);
  const method = methodToAuthenticate(sandbox, session);
  if (session.status !== 'open' || session.invoice === null || method === undefined) return { state: 'closed' };
  return attempt(sandbox, id, session.invoice, method, { session: 'on', authentication });
}

/** The card whose authentication is waited for. */
export function methodToAuthenticate(sandbox: Sandbox, { invoice }: CheckoutSession): string | undefined {
  if (invoice === null) return undefined;
  const { status, payment_method: method } = intentOf(sandbox, invoice);
  return status === 'requires_action' && method !== null ? method : undefined;
}

/** Why the last attempt failed, in words for the customer. */
export function lastDecline(sandbox: Sandbox, { invoice }: CheckoutSession): string | undefined {
  return invoice === null ? undefined : intentOf(sandbox, invoice).last_payment_error?.message;
}

function attempt(sandbox: Sandbox, id: string, invoice: string, method: string, how: Attempt): CheckoutOutcome {
  const card = sandbox.store.need('payment_method', method);
  const outcome = collect(sandbox, sandbox.store.need('invoice', invoice), card, how);
  if (outcome === 'requires_action') return { state: 'requires_action' };
  if (outcome === 'failed') {
    const session = sandbox.store.need('checkout.session', id);
    return { state: 'declined', message: lastDecline(sandbox, session) ?? 'Your card was declined.' };
  }
  sandbox.clock.unplan('checkout.expire', id);
  const complete = { status: 'complete', payment_status: 'paid', url: null };
  const { success_url: redirectTo } = sandbox.change('checkout.session', id, complete, 'checkout.session.completed');
  return { state: 'paid', redirectTo: (redirectTo ?? '').replaceAll('{CHECKOUT_SESSION_ID}', id) };
}

/** Makes customer, subscription and invoice at the first attempt; finds them at the next. */
function begin(sandbox: Sandbox, session: CheckoutSession, email: string): { customer: string; invoice: string } {
  const { invoice: begun } = session;
  const customer = session.customer ?? createCustomer(sandbox, { email }).id;
  // An incomplete subscription is given up after a while, and its invoice is void then.
  if (begun !== null && sandbox.store.need('invoice', begun).status === 'open') return { customer, invoice: begun };
  const { price, ...order } = orderOf(sandbox, session.id);
  const subscription = createSubscription(sandbox, { ...order, customer, price: sandbox.store.need('price', price) });
  const { id: invoice } = createInvoice(sandbox, subscription, itemOf(subscription), 'subscription_create');
  const details = session.customer_details ?? customerDetails(email);
  sandbox.change('checkout.session', session.id, {
    customer,
    customer_details: details,
    subscription: subscription.id,
    invoice,
  });
  return { customer, invoice };
}
