// What undoing must do to money and subscriptions: a part of the contract.

import { describe, expect, it } from 'vitest';
import { duplicatesOf, standingOf } from '../../domain/billing.ts';
import { FULL_REFUND, PRICE, type BillingBench, type Customers } from './contract-bench.ts';

export function describeUndoing(bench: () => BillingBench, customers: Customers): void {
  const { customer, open, read, undo, subscribed, subscribe, statusOf } = customers;
  describe('undone', () => {
    it('is as though it had never been, and is so once', async () => {
      const { customerId, subscriptionId } = await subscribed();
      for (let i = 0; i < 3; i++) await expect(undo(customerId)).resolves.toEqual(FULL_REFUND);
      expect(await statusOf(customerId, subscriptionId)).toBe('canceled');
      expect((await read(customerId)).invoices).toMatchObject([{ amountPaid: PRICE, amountRefunded: PRICE }]);
      expect(await bench().money(customerId)).toEqual({ charged: PRICE, refunded: PRICE });
    });

    it('at the same moment by two is undone once', async () => {
      const { customerId } = await subscribed();
      await Promise.allSettled([undo(customerId), undo(customerId)]);
      await expect(undo(customerId)).resolves.toEqual(FULL_REFUND);
      expect(await bench().money(customerId)).toEqual({ charged: PRICE, refunded: PRICE });
    });

    it('before it is paid, the page is closed', async () => {
      const who = await customer();
      const pages = [await open(who, 'run/1'), await open(who, 'run/2')];
      await expect(undo(who.customerId)).resolves.toEqual({ refunded: null });
      for (const { sessionId } of pages) expect(await bench().pay(sessionId, 'good')).toBe('closed');
    });

    it('when it was paid twice, the one that is named goes and the other stays', async () => {
      const who = await customer();
      const pages = [await open(who, 'run/1'), await open(who, 'run/2')];
      for (const { sessionId } of pages) await bench().pay(sessionId, 'good');
      const [duplicate, ...more] = duplicatesOf(await read(who.customerId));
      expect(more).toEqual([]);
      if (!duplicate) throw new Error('there is no duplicate');
      const named = [duplicate.subscriptionId];
      for (let i = 0; i < 2; i++) await expect(undo(who.customerId, named)).resolves.toEqual(FULL_REFUND);
      const account = await read(who.customerId);
      expect(standingOf(account).kind).toBe('premium');
      expect(duplicatesOf(account)).toEqual([]);
      expect(await bench().money(who.customerId)).toEqual({ charged: 2 * PRICE, refunded: PRICE });
    });

    it('what is owed is owed no more', async () => {
      const { customerId, subscriptionId } = await subscribed('fails_later');
      await bench().endPeriod(subscriptionId);
      await expect(undo(customerId, [subscriptionId])).resolves.toEqual(FULL_REFUND);
      expect((await read(customerId)).invoices.map(({ state }) => state)).toEqual(['void', 'paid']);
      expect(await bench().money(customerId)).toEqual({ charged: PRICE, refunded: PRICE });
    });

    it('what a bank has taken back is not paid back as well', async () => {
      const { customerId, subscriptionId } = await subscribed('disputed');
      await bench().letDisputesCome();
      for (let i = 0; i < 2; i++) await expect(undo(customerId)).resolves.toEqual({ refunded: null });
      expect(await statusOf(customerId, subscriptionId)).toBe('canceled');
      expect(await bench().money(customerId)).toEqual({ charged: PRICE, refunded: 0 });
    });

    it('what was used up before is not', async () => {
      const { subscriptionId, ...who } = await subscribed();
      await bench().activities['billing.subscription.cancel']({ subscriptionId, at: 'period_end' });
      await bench().endPeriod(subscriptionId);
      await subscribe(who, 'run/2');
      await expect(undo(who.customerId)).resolves.toEqual(FULL_REFUND);
      expect(await bench().money(who.customerId)).toEqual({ charged: 2 * PRICE, refunded: PRICE });
    });

    it('is refused for what is of another customer', async () => {
      const { subscriptionId, customerId: theirs } = await subscribed();
      const { customerId } = await customer();
      await expect(undo(customerId, [subscriptionId])).rejects.toMatchObject({ type: 'billing_refused' });
      expect(await statusOf(theirs, subscriptionId)).toBe('active');
    });

    it('what is not known is nothing', async () => {
      const { customerId } = await customer();
      await expect(undo(customerId, ['sub_unknown'])).resolves.toEqual({ refunded: null });
      await bench().activities['billing.subscription.cancel']({ subscriptionId: 'sub_unknown', at: 'now' });
    });
  });
}
