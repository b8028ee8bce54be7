// What the contract of the payment service is run on, and the customers that its cases begin with.

import { expect } from 'vitest';
import type { UserId } from '../../domain/ids.ts';
import type { BillingActivities } from './contract.ts';

/** `disputed`: pays, and its owner takes the money back some time later. */
export type BenchCard = 'good' | 'declined' | 'fails_later' | 'disputed';

export interface BillingBench {
  activities: BillingActivities;
  register: () => UserId;
  /** Somebody fills in the hosted page. */
  pay: (sessionId: string, card: BenchCard) => Promise<'paid' | 'declined' | 'closed'>;
  /** Lets the period that is paid for end. */
  endPeriod: (subscriptionId: string) => Promise<void>;
  /** Lets every further attempt to collect an overdue payment fail. */
  giveUpCollecting: (subscriptionId: string) => Promise<void>;
  /** Lets the disputes of cards that dispute come. */
  letDisputesCome: () => Promise<void>;
  /** Lets time pass until pages that are open now have expired. */
  letPagesExpire: () => Promise<void>;
  /** All that was ever charged and paid back, by the service's own books, in the smallest unit. */
  money: (customerId: string) => Promise<{ charged: number; refunded: number }>;
  close: () => Promise<void>;
}

export const PRICE = 2900;
export const FULL_REFUND = { refunded: { amount: PRICE, currency: 'eur' } };

export interface Customer {
  userId: UserId;
  customerId: string;
}

export type Subscriber = Customer & { sessionId: string; subscriptionId: string };

/** The bench, with what most cases do on it. `bench` is asked for at each act: it is started before the cases. */
export function createCustomers(bench: () => BillingBench) {
  const acts = () => bench().activities;
  async function customer(): Promise<Customer> {
    const userId = bench().register();
    return { userId, ...(await acts()['billing.customer.ensure']({ userId })) };
  }
  const open = (who: Customer, act = 'run/1') => acts()['billing.checkout.open']({ ...who, act });
  const read = (customerId: string, checkoutSessionId: string | null = null) =>
    acts()['billing.account.read']({ customerId, checkoutSessionId });
  const undo = (customerId: string, subscriptionIds: string[] | null = null) =>
    acts()['billing.subscription.undo']({ customerId, subscriptionIds });
  async function subscribed(card: BenchCard = 'good'): Promise<Subscriber> {
    const who = await customer();
    return { ...who, ...(await subscribe(who, 'run/1', card)) };
  }
  async function subscribe(who: Customer, act: string, card: BenchCard = 'good') {
    const { sessionId } = await open(who, act);
    expect(await bench().pay(sessionId, card)).toBe('paid');
    const { subscriptions } = await read(who.customerId, sessionId);
    const [newest] = subscriptions;
    if (!newest) throw new Error('paid, and there is no subscription');
    return { sessionId, subscriptionId: newest.subscriptionId };
  }
  async function statusOf(customerId: string, subscriptionId: string) {
    const { subscriptions } = await read(customerId);
    return subscriptions.find((one) => one.subscriptionId === subscriptionId)?.status;
  }

  return { customer, open, read, undo, subscribed, subscribe, statusOf };
}

export type Customers = ReturnType<typeof createCustomers>;
