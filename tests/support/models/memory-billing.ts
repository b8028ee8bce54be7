// The payment service in memory, for sagas on skipped time, with what people and time do to it.
// `activities/billing/contract-suite.ts` holds it to the real adapter.

import type { BillingActivities } from '../../../activities/billing/contract.ts';
import { isOver, type StripeCheckout, type StripeStatus, type StripeSubscription } from '../../../domain/billing.ts';
import { VarloomError } from '../../../domain/errors.ts';
import type { UserId } from '../../../domain/ids.ts';
import { toFailure } from '../../../temporal/failures.ts';
import {
  BillingBooks,
  PAGES,
  PRICE,
  type MemoryCard,
  type MemorySession,
  type MemorySubscription,
  type Money,
  type PageOutcome,
} from './billing-books.ts';

export { PRICE, type MemoryCard, type Money, type PageOutcome };

export interface MemoryBilling {
  activities: BillingActivities;
  /** Somebody fills in the hosted page. */
  pay(sessionId: string, card?: MemoryCard): PageOutcome;
  /** The same, on the page that was opened last for this user. */
  payAs(userId: UserId, card?: MemoryCard): PageOutcome;
  /** The latest payment is disputed. */
  dispute(subscriptionId: string): void;
  /** Its period ends now: it is renewed, overdue, or over. */
  endPeriod(subscriptionId: string): void;
  /** Its period ends now, and its card refuses. */
  failRenewal(subscriptionId: string): void;
  /** The last attempt to collect an overdue payment fails. */
  giveUpCollecting(subscriptionId: string): void;
  /** What is owed is paid after all, with a good card. */
  payOverdue(subscriptionId: string): void;
  customerOf(userId: UserId): string | undefined;
  /** Newest first. */
  subscriptionsOf(userId: UserId): { subscriptionId: string; status: StripeStatus }[];
  openPagesOf(userId: UserId): string[];
  moneyOf(userId: UserId): Money;
  /** Forgets everybody. */
  clear(): void;
}

export interface MemoryBillingOptions {
  /** The time by which pages expire and periods end. */
  now: () => Date;
  checkoutExpirySeconds?: number;
  /** Called after each change that the service would send an event of. */
  changed?: (userId: UserId) => void;
}

const LISTED_INVOICES = 24;
const LISTED_ACCOUNTS = 100;

export function createMemoryBilling(options: MemoryBillingOptions): MemoryBilling {
  const books = new BillingBooks(options.now, (userId) => options.changed?.(userId));
  const subscription = (id: string): MemorySubscription => {
    const found = books.find(id);
    if (!found) throw new Error(`there is no ${id}`);
    return found;
  };
  const customerOf = (userId: UserId): string => books.customerOf(userId) ?? '';
  return {
    activities: createActivities(books, options.checkoutExpirySeconds ?? 3600),
    pay: (sessionId, card = 'good') => books.pay(sessionId, card),
    payAs: (userId, card = 'good') => books.pay(books.sessionsOf(customerOf(userId))[0]?.sessionId ?? '', card),
    dispute: (id) => books.dispute(subscription(id)),
    endPeriod: (id) => books.endPeriod(subscription(id)),
    failRenewal(id) {
      subscription(id).card = 'fails_later';
      books.endPeriod(subscription(id));
    },
    giveUpCollecting(id) {
      if (subscription(id).status === 'past_due') books.cancel(subscription(id));
    },
    payOverdue: (id) => books.payOverdue(subscription(id)),
    customerOf: (userId) => books.customerOf(userId),
    subscriptionsOf: (userId) =>
      books.subscriptionsOf(customerOf(userId)).map(({ subscriptionId, status }) => ({ subscriptionId, status })),
    openPagesOf: (userId) =>
      books.sessionsOf(customerOf(userId)).flatMap(({ sessionId, state }) => (state === 'open' ? [sessionId] : [])),
    moneyOf: (userId) => books.moneyOf(customerOf(userId)),
    clear: () => books.clear(),
  };
}

function createActivities(books: BillingBooks, checkoutExpirySeconds: number): BillingActivities {
  const subscriptionsOf = (customerId: string): StripeSubscription[] =>
    books.subscriptionsOf(customerId).map((one) => ({
      subscriptionId: one.subscriptionId,
      status: one.status,
      createdAt: iso(one.createdAtMs),
      currentPeriodEnd: iso(one.periodEndMs),
      cancelAtPeriodEnd: one.cancelAtPeriodEnd,
      isDisputed: books.isDisputed(one),
    }));

  return {
    'billing.customer.ensure': async ({ userId }) => {
      const customerId = books.customerOf(userId) ?? books.newId('cus');
      books.customers.set(customerId, userId);
      return { customerId };
    },
    'billing.account.read': async ({ customerId, checkoutSessionId }) => {
      const session = checkoutSessionId === null ? undefined : books.session(checkoutSessionId);
      return {
        customerId,
        checkout: session ? checkoutOf(session) : null,
        subscriptions: subscriptionsOf(customerId),
        invoices: books.invoicesOf(customerId).slice(0, LISTED_INVOICES),
      };
    },
    'billing.checkout.open': async ({ customerId, act }) => {
      const session =
        books.sessionsOf(customerId).find((one) => one.act === act) ??
        books.addSession(customerId, act, checkoutExpirySeconds);
      const { sessionId, url, expiresAt } = checkoutOf(session);
      return { sessionId, url: url ?? `${PAGES}/billing`, expiresAt };
    },
    'billing.checkout.expire': async ({ sessionId }) => ({ state: books.expire(sessionId) }),
    'billing.subscription.cancel': async ({ subscriptionId, at }) => {
      const found = books.find(subscriptionId);
      if (found) books.cancel(found, at);
    },
    'billing.subscription.undo': async ({ customerId, subscriptionIds }) => {
      for (const { sessionId } of books.sessionsOf(customerId)) books.expire(sessionId);
      const concerned = concernedBy(books, customerId, subscriptionIds);
      const amount = concerned.reduce((sum, one) => sum + books.undo(one), 0);
      return { refunded: amount === 0 ? null : { amount, currency: PRICE.currency } };
    },
    'billing.portal.open': async ({ customerId, act }) => ({ url: `${PAGES}/portal/${customerId}/${act}` }),
    'billing.accounts.list': async ({ after }) => {
      const all = [...books.customers.keys()]
        .map((customerId) => ({ customerId, account: { subscriptions: subscriptionsOf(customerId) } }))
        .filter(({ account }) => account.subscriptions.some(({ status }) => !isOver(status)));
      const from = after === null ? 0 : all.findIndex(({ customerId }) => customerId === after) + 1;
      const accounts = all.slice(from, from + LISTED_ACCOUNTS);
      return { accounts, next: from + LISTED_ACCOUNTS < all.length ? (accounts.at(-1)?.customerId ?? null) : null };
    },
  };
}

function concernedBy(books: BillingBooks, customerId: string, ids: string[] | null): MemorySubscription[] {
  if (ids === null) {
    return books.subscriptionsOf(customerId).filter(({ status, isUndone }) => !isOver(status) || isUndone);
  }
  const named = ids.flatMap((id) => books.find(id) ?? []);
  if (named.every((one) => one.customerId === customerId)) return named;
  throw toFailure(new VarloomError('billing_refused', 'The subscription is of another customer.'));
}

const iso = (ms: number): string => new Date(ms).toISOString();

const checkoutOf = ({ sessionId, state, expiresAtMs, refusal }: MemorySession): StripeCheckout => ({
  sessionId,
  state,
  url: state === 'open' ? `${PAGES}/${sessionId}` : null,
  expiresAt: iso(expiresAtMs),
  refusal: state === 'complete' ? null : refusal,
});
