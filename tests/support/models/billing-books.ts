// The books of the payment service in memory: pages, subscriptions, invoices, and every coin that moved.

import { isOver, type StripeInvoice, type StripeStatus } from '../../../domain/billing.ts';
import type { UserId } from '../../../domain/ids.ts';

export const PRICE = { amount: 2900, currency: 'eur' } as const;
export const PAGES = 'http://pay.test';

/** `fails_later`: pays the first time, and no renewal. */
export type MemoryCard = 'good' | 'declined' | 'fails_later';
export type PageOutcome = 'paid' | 'declined' | 'closed';

export interface MemorySession {
  sessionId: string;
  customerId: string;
  act: string;
  state: 'open' | 'complete' | 'expired';
  expiresAtMs: number;
  refusal: string | null;
}

export interface MemorySubscription {
  subscriptionId: string;
  customerId: string;
  status: StripeStatus;
  createdAtMs: number;
  periodEndMs: number;
  cancelAtPeriodEnd: boolean;
  card: MemoryCard;
  isUndone: boolean;
}

interface MemoryInvoice {
  subscriptionId: string;
  isDisputed: boolean;
  shown: StripeInvoice;
}

/** In the smallest unit of `PRICE.currency`. */
export interface Money {
  charged: number;
  refunded: number;
  /** Taken back by a bank. */
  disputed: number;
}

const PERIOD_MS = 30 * 24 * 3600 * 1000;

export class BillingBooks {
  readonly customers = new Map<string, UserId>();
  readonly #sessions = new Map<string, MemorySession>();
  readonly #subscriptions = new Map<string, MemorySubscription>();
  readonly #invoices: MemoryInvoice[] = [];
  readonly #now: () => Date;
  readonly #changed: (userId: UserId) => void;
  #sequence = 0;

  constructor(now: () => Date, changed: (userId: UserId) => void) {
    this.#now = now;
    this.#changed = changed;
  }

  newId(prefix: string): string {
    this.#sequence += 1;
    return `${prefix}_${this.#sequence}`;
  }

  customerOf(userId: UserId): string | undefined {
    return [...this.customers].find(([, owner]) => owner === userId)?.[0];
  }

  addSession(customerId: string, act: string, expirySeconds: number): MemorySession {
    const expiresAtMs = this.#now().getTime() + expirySeconds * 1000;
    const sessionId = this.newId('cs');
    const session: MemorySession = { sessionId, customerId, act, state: 'open', expiresAtMs, refusal: null };
    this.#sessions.set(sessionId, session);
    return session;
  }

  /** As it is now: one whose time is over has expired. */
  session(id: string): MemorySession | undefined {
    const found = this.#sessions.get(id);
    if (found?.state === 'open' && found.expiresAtMs <= this.#now().getTime()) found.state = 'expired';
    return found;
  }

  /** Newest first. */
  sessionsOf(customerId: string): MemorySession[] {
    const held = [...this.#sessions.values()].filter((one) => one.customerId === customerId);
    return held.toReversed().flatMap(({ sessionId }) => this.session(sessionId) ?? []);
  }

  expire(id: string): 'complete' | 'expired' {
    const page = this.session(id);
    if (page?.state === 'open') {
      page.state = 'expired';
      this.#tell(page.customerId);
    }
    return page?.state === 'complete' ? 'complete' : 'expired';
  }

  pay(sessionId: string, card: MemoryCard): PageOutcome {
    const page = this.session(sessionId);
    if (page?.state !== 'open') return 'closed';
    const { customerId } = page;
    if (card === 'declined') {
      page.refusal = 'Your card was declined.';
      this.#tell(customerId);
      return 'declined';
    }
    page.state = 'complete';
    const createdAtMs = this.#now().getTime();
    const subscription: MemorySubscription = {
      subscriptionId: this.newId('sub'),
      customerId,
      status: 'active',
      createdAtMs,
      periodEndMs: createdAtMs + PERIOD_MS,
      cancelAtPeriodEnd: false,
      card,
      isUndone: false,
    };
    this.#subscriptions.set(subscription.subscriptionId, subscription);
    this.#bill(subscription.subscriptionId, true);
    this.#tell(customerId);
    return 'paid';
  }

  find(subscriptionId: string): MemorySubscription | undefined {
    return this.#subscriptions.get(subscriptionId);
  }

  /** Newest first. */
  subscriptionsOf(customerId: string): MemorySubscription[] {
    return [...this.#subscriptions.values()].filter((one) => one.customerId === customerId).toReversed();
  }

  cancel(subscription: MemorySubscription, at: 'now' | 'period_end' = 'now'): void {
    if (isOver(subscription.status)) return;
    if (at === 'now') subscription.status = 'canceled';
    else subscription.cancelAtPeriodEnd = true;
    this.#tell(subscription.customerId);
  }

  endPeriod(subscription: MemorySubscription): void {
    if (isOver(subscription.status)) return;
    if (subscription.cancelAtPeriodEnd) return this.cancel(subscription);
    const isPaid = subscription.card === 'good';
    subscription.periodEndMs += PERIOD_MS;
    subscription.status = isPaid ? 'active' : 'past_due';
    this.#bill(subscription.subscriptionId, isPaid);
    this.#tell(subscription.customerId);
  }

  payOverdue(subscription: MemorySubscription): void {
    if (subscription.status !== 'past_due') return;
    for (const { shown } of this.#of(subscription)) {
      if (shown.state === 'open') Object.assign(shown, { state: 'paid', amountPaid: shown.amountDue });
    }
    Object.assign(subscription, { status: 'active', card: 'good' });
    this.#tell(subscription.customerId);
  }

  /** The latest payment that the payer still has not got back. */
  dispute(subscription: MemorySubscription): void {
    const paid = this.#of(subscription).findLast(({ shown }) => shown.state === 'paid' && shown.amountRefunded === 0);
    if (!paid) return;
    paid.isDisputed = true;
    this.#tell(subscription.customerId);
  }

  isDisputed(subscription: MemorySubscription): boolean {
    return this.#of(subscription).some(({ isDisputed }) => isDisputed);
  }

  /** Ends it, voids what is owed, pays back what is neither paid back nor disputed. Answers all that was paid back. */
  undo(subscription: MemorySubscription): number {
    subscription.isUndone ||= !isOver(subscription.status);
    this.cancel(subscription);
    const invoices = this.#of(subscription);
    for (const { shown, isDisputed } of invoices) {
      if (shown.state === 'open') shown.state = 'void';
      if (!isDisputed) shown.amountRefunded = shown.amountPaid;
    }
    this.#tell(subscription.customerId);
    return invoices.reduce((sum, { shown }) => sum + shown.amountRefunded, 0);
  }

  /** Newest first. */
  invoicesOf(customerId: string): StripeInvoice[] {
    const held = this.subscriptionsOf(customerId).map(({ subscriptionId }) => subscriptionId);
    return this.#invoices
      .filter(({ subscriptionId }) => held.includes(subscriptionId))
      .toReversed()
      .map(({ shown }) => ({ ...shown }));
  }

  moneyOf(customerId: string): Money {
    const all = this.subscriptionsOf(customerId).flatMap((one) => this.#of(one));
    const sum = (amountOf: (invoice: MemoryInvoice) => number) =>
      all.reduce((total, invoice) => total + amountOf(invoice), 0);
    return {
      charged: sum(({ shown }) => shown.amountPaid),
      refunded: sum(({ shown }) => shown.amountRefunded),
      disputed: sum(({ shown, isDisputed }) => (isDisputed ? shown.amountPaid : 0)),
    };
  }

  clear(): void {
    for (const all of [this.customers, this.#sessions, this.#subscriptions]) all.clear();
    this.#invoices.length = 0;
  }

  #of({ subscriptionId }: MemorySubscription): MemoryInvoice[] {
    return this.#invoices.filter((invoice) => invoice.subscriptionId === subscriptionId);
  }

  #bill(subscriptionId: string, isPaid: boolean): void {
    const invoiceId = this.newId('in');
    const shown: StripeInvoice = {
      invoiceId,
      number: invoiceId.toUpperCase(),
      state: isPaid ? 'paid' : 'open',
      amountDue: PRICE.amount,
      amountPaid: isPaid ? PRICE.amount : 0,
      amountRefunded: 0,
      currency: PRICE.currency,
      createdAt: this.#now().toISOString(),
      hostedUrl: `${PAGES}/${invoiceId}`,
      paymentIntentId: this.newId('pi'),
    };
    this.#invoices.push({ subscriptionId, isDisputed: false, shown });
  }

  #tell(customerId: string): void {
    const userId = this.customers.get(customerId);
    if (userId !== undefined) this.#changed(userId);
  }
}
