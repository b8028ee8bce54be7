// Reading what the payment service holds about a customer.

import type Stripe from 'stripe';
import type { StripeAccount, StripeSubscription } from '../../domain/billing.ts';
import { isRefusedFor } from './failures.ts';
import { chargesOf, isMoneyTaken, isTaken, refusalOf } from './payments.ts';
import { billedSubscription, checkoutOf, idOf, invoiceOf, paymentIntentOf, subscriptionOf } from './shapes.ts';

const INVOICES = 24;
const MOST_SUBSCRIPTIONS = 1000;
const PAGE = 100;

export async function readAccount(
  stripe: Stripe,
  { customerId, checkoutSessionId }: { customerId: string; checkoutSessionId: string | null },
): Promise<StripeAccount> {
  // First the page, then the rest: when it says that it was paid, the subscription is there to be read.
  const session = checkoutSessionId === null ? undefined : await findSession(stripe, checkoutSessionId);
  const [subscriptions, { data: invoices }, refusal] = await Promise.all([
    listSubscriptions(stripe, customerId),
    stripe.invoices.list({ customer: customerId, limit: INVOICES, expand: ['data.payments'] }),
    session === undefined || session.status === 'complete' ? null : refusalOf(stripe, customerId, session.created),
  ]);
  await addPaid(stripe, subscriptions, session);
  const charges = await chargesOf(
    stripe,
    customerId,
    invoices.map(paymentIntentOf).filter((intent) => intent !== undefined),
  );
  const chargeOf = (invoice: Stripe.Invoice) => charges.get(paymentIntentOf(invoice) ?? '');
  const disputed = new Set<string | undefined>();
  for (const invoice of invoices) {
    const charge = chargeOf(invoice);
    if (charge && (await isMoneyTaken(stripe, charge))) disputed.add(billedSubscription(invoice));
  }
  return {
    customerId,
    checkout: session === undefined ? null : checkoutOf(session, refusal),
    subscriptions: subscriptions.map((subscription) => subscriptionOf(subscription, disputed.has(subscription.id))),
    invoices: invoices.map((invoice) => invoiceOf(invoice, chargeOf(invoice))),
  };
}

/** Newest first, those that are over included. */
export function listSubscriptions(stripe: Stripe, customerId: string): Promise<Stripe.Subscription[]> {
  const query = { customer: customerId, status: 'all', limit: PAGE } as const;
  return stripe.subscriptions.list(query).autoPagingToArray({ limit: MOST_SUBSCRIPTIONS });
}

async function findSession(stripe: Stripe, id: string): Promise<Stripe.Checkout.Session | undefined> {
  try {
    return await stripe.checkout.sessions.retrieve(id);
  } catch (error) {
    if (isRefusedFor(error, 'resource_missing')) return undefined;
    throw error;
  }
}

/** A list may be a moment behind the page that was paid. */
async function addPaid(
  stripe: Stripe,
  subscriptions: Stripe.Subscription[],
  session: Stripe.Checkout.Session | undefined,
): Promise<void> {
  const paid = session?.subscription == null ? undefined : idOf(session.subscription);
  if (paid === undefined || subscriptions.some(({ id }) => id === paid)) return;
  subscriptions.unshift(await stripe.subscriptions.retrieve(paid));
}

type ListedAccount = { customerId: string; account: { subscriptions: StripeSubscription[] } };

/**
 * A page of the subscriptions that are not over, by customer. Who has several may be on several pages: what a page says
 * is a hint that an account is to be read. The first page begins with the accounts that have a dispute.
 */
export async function listAccounts(
  stripe: Stripe,
  after: string | null,
): Promise<{ accounts: ListedAccount[]; next: string | null }> {
  const page = await stripe.subscriptions.list({ limit: PAGE, ...(after === null ? {} : { starting_after: after }) });
  const accounts = after === null ? await disputedAccounts(stripe) : [];
  const known = new Set(accounts.map(({ customerId }) => customerId));
  for (const [customerId, held] of Map.groupBy(page.data, ({ customer }) => idOf(customer))) {
    if (known.has(customerId)) continue;
    accounts.push({ customerId, account: { subscriptions: held.map((one) => subscriptionOf(one, false)) } });
  }
  return { accounts, next: page.has_more ? (page.data.at(-1)?.id ?? null) : null };
}

async function disputedAccounts(stripe: Stripe): Promise<ListedAccount[]> {
  const { data } = await stripe.disputes.list({ limit: PAGE });
  const customers = new Set<string>();
  for (const dispute of data.filter(isTaken)) {
    const { customer } = await stripe.charges.retrieve(idOf(dispute.charge));
    if (customer !== null) customers.add(idOf(customer));
  }
  const accounts: ListedAccount[] = [];
  for (const customerId of customers) {
    const { subscriptions } = await readAccount(stripe, { customerId, checkoutSessionId: null });
    accounts.push({ customerId, account: { subscriptions } });
  }
  return accounts;
}
