// What a payment service must do for the sagas: run against the adapter on the Stripe sandbox, and against the model in
// memory that saga tests stand on.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standingOf } from '../../domain/billing.ts';
import { createCustomers, PRICE, type BillingBench } from './contract-bench.ts';
import { describeUndoing } from './contract-undoing.ts';
import type { BillingActivities } from './contract.ts';

export function describeBillingContract(subjects: Record<string, () => Promise<BillingBench>>): void {
  describe.for(Object.entries(subjects))('%s', ([, create]) => {
    let bench: BillingBench;
    let acts: BillingActivities;
    beforeAll(async () => {
      bench = await create();
      acts = bench.activities;
    });
    afterAll(() => bench.close());
    const customers = createCustomers(() => bench);
    const { customer, open, read, undo, subscribed, subscribe, statusOf } = customers;

    describe('a customer', () => {
      it('is one for each user, however often asked for, and at the same moment', async () => {
        const userId = bench.register();
        const asked = await Promise.all([1, 2, 3].map(() => acts['billing.customer.ensure']({ userId })));
        const { customerId: other } = await customer();
        expect(new Set(asked.map(({ customerId }) => customerId)).size).toBe(1);
        expect(asked[0]?.customerId).not.toBe(other);
      });

      it('that has paid nothing has nothing', async () => {
        const { customerId } = await customer();
        const account = await read(customerId);
        expect(account).toEqual({ customerId, checkout: null, subscriptions: [], invoices: [] });
      });

      it('is led to a portal', async () => {
        const { customerId } = await customer();
        const portal = () => acts['billing.portal.open']({ customerId, act: 'run/1' });
        const { url } = await portal();
        expect(url).toMatch(/^https?:/);
        expect(await portal()).toEqual({ url });
      });
    });

    describe('a payment page', () => {
      it('is the same for the same act, and another for another', async () => {
        const who = await customer();
        const page = await open(who);
        expect(await open(who)).toEqual(page);
        expect((await open(who, 'run/2')).sessionId).not.toBe(page.sessionId);
        const { checkout } = await read(who.customerId, page.sessionId);
        const { sessionId, url, expiresAt } = page;
        expect(checkout).toEqual({ sessionId, url, expiresAt, state: 'open', refusal: null });
      });

      it('that is paid makes a subscription and a paid invoice, and is closed', async () => {
        const who = await customer();
        const { sessionId } = await open(who);
        expect(await bench.pay(sessionId, 'good')).toBe('paid');
        const account = await read(who.customerId, sessionId);
        expect(account.checkout).toMatchObject({ state: 'complete', url: null, refusal: null });
        expect(account.subscriptions).toMatchObject([
          { status: 'active', cancelAtPeriodEnd: false, isDisputed: false, currentPeriodEnd: expect.any(String) },
        ]);
        expect(account.invoices).toMatchObject([
          {
            state: 'paid',
            amountDue: PRICE,
            amountPaid: PRICE,
            amountRefunded: 0,
            currency: 'eur',
            number: expect.any(String),
            hostedUrl: expect.stringMatching(/^http/),
            paymentIntentId: expect.any(String),
          },
        ]);
        expect(standingOf(account).kind).toBe('premium');
        expect(await open(who)).toMatchObject({ sessionId, url: expect.stringMatching(/^http/) });
      });

      it('stays open after a decline, and says why', async () => {
        const who = await customer();
        const { sessionId } = await open(who);
        expect(await bench.pay(sessionId, 'declined')).toBe('declined');
        const account = await read(who.customerId, sessionId);
        expect(account.checkout).toMatchObject({ state: 'open', refusal: 'Your card was declined.' });
        expect(standingOf(account).kind).toBe('awaiting_payment');
        expect(await bench.money(who.customerId)).toEqual({ charged: 0, refunded: 0 });

        expect(await bench.pay(sessionId, 'good')).toBe('paid');
        expect((await read(who.customerId, sessionId)).checkout?.refusal).toBeNull();
        expect(await bench.money(who.customerId)).toEqual({ charged: PRICE, refunded: 0 });
      });

      it('cannot be paid twice', async () => {
        const { sessionId, customerId } = await subscribed();
        expect(await bench.pay(sessionId, 'good')).toBe('closed');
        expect(await bench.money(customerId)).toEqual({ charged: PRICE, refunded: 0 });
      });

      it('that was closed cannot be paid; closed again it stays so, and one that was paid stays paid', async () => {
        const who = await customer();
        const { sessionId } = await open(who);
        const expire = (id: string) => acts['billing.checkout.expire']({ sessionId: id });
        expect(await expire(sessionId)).toEqual({ state: 'expired' });
        expect(await expire(sessionId)).toEqual({ state: 'expired' });
        expect(await bench.pay(sessionId, 'good')).toBe('closed');
        expect((await read(who.customerId, sessionId)).checkout).toMatchObject({ state: 'expired', url: null });
        expect(await expire((await subscribe(who, 'run/2')).sessionId)).toEqual({ state: 'complete' });
        expect(await expire('cs_test_unknown')).toEqual({ state: 'expired' });
      });

      it('expires by itself', async () => {
        const who = await customer();
        const { sessionId } = await open(who);
        await bench.letPagesExpire();
        const account = await read(who.customerId, sessionId);
        expect(account.checkout).toMatchObject({ state: 'expired', url: null });
        expect(standingOf(account).kind).toBe('free');
        expect(await bench.pay(sessionId, 'good')).toBe('closed');
      });

      it('that is unknown is none', async () => {
        const { customerId } = await customer();
        expect((await read(customerId, 'cs_test_unknown')).checkout).toBeNull();
      });
    });

    describe('a subscription', () => {
      it('that is cancelled at the end of its period runs until then', async () => {
        const { customerId, subscriptionId } = await subscribed();
        const cancel = () => acts['billing.subscription.cancel']({ subscriptionId, at: 'period_end' });
        await cancel();
        await cancel();
        expect((await read(customerId)).subscriptions).toMatchObject([{ status: 'active', cancelAtPeriodEnd: true }]);
        await bench.endPeriod(subscriptionId);
        expect(await statusOf(customerId, subscriptionId)).toBe('canceled');
        await cancel();
        expect(await bench.money(customerId)).toEqual({ charged: PRICE, refunded: 0 });
      });

      it('that is cancelled now is over, and nothing is paid back', async () => {
        const { customerId, subscriptionId } = await subscribed();
        for (const at of ['now', 'now', 'period_end'] as const) {
          await acts['billing.subscription.cancel']({ subscriptionId, at });
        }
        expect(await statusOf(customerId, subscriptionId)).toBe('canceled');
        await expect(undo(customerId)).resolves.toEqual({ refunded: null });
        expect(await bench.money(customerId)).toEqual({ charged: PRICE, refunded: 0 });
      });

      it('is renewed', async () => {
        const { customerId, subscriptionId } = await subscribed();
        const [before] = (await read(customerId)).subscriptions;
        await bench.endPeriod(subscriptionId);
        const { subscriptions, invoices } = await read(customerId);
        expect(subscriptions).toMatchObject([{ subscriptionId, status: 'active' }]);
        expect(Date.parse(subscriptions[0]?.currentPeriodEnd ?? '')).toBeGreaterThan(
          Date.parse(before?.currentPeriodEnd ?? ''),
        );
        expect(invoices.map(({ state }) => state)).toEqual(['paid', 'paid']);
        expect(await bench.money(customerId)).toEqual({ charged: 2 * PRICE, refunded: 0 });
      });

      it('whose renewal fails is past due, and over in the end', async () => {
        const { customerId, subscriptionId } = await subscribed('fails_later');
        await bench.endPeriod(subscriptionId);
        const account = await read(customerId);
        expect(standingOf(account)).toMatchObject({ kind: 'past_due', subscription: { subscriptionId } });
        expect(account.invoices).toMatchObject([
          { state: 'open', amountPaid: 0 },
          { state: 'paid', amountPaid: PRICE },
        ]);
        await bench.giveUpCollecting(subscriptionId);
        expect(await statusOf(customerId, subscriptionId)).toBe('canceled');
        expect(await bench.money(customerId)).toEqual({ charged: PRICE, refunded: 0 });
      });

      it('whose payment is disputed says so', async () => {
        const { customerId } = await subscribed('disputed');
        expect(standingOf(await read(customerId)).kind).toBe('premium');
        await bench.letDisputesCome();
        expect(standingOf(await read(customerId)).kind).toBe('disputed');
      });
    });

    it('lists whoever has a subscription, with what is disputed', async () => {
      const [paying, disputing, over] = [await subscribed(), await subscribed('disputed'), await subscribed()];
      const { customerId: idle } = await customer();
      await undo(over.customerId);
      await bench.letDisputesCome();
      const listed = new Map<string, boolean>();
      for (let after: string | null = null, turn = 0; turn === 0 || after !== null; turn += 1) {
        const page = await acts['billing.accounts.list']({ after });
        for (const { customerId, account } of page.accounts) {
          listed.set(
            customerId,
            listed.get(customerId) || standingOf({ ...account, checkout: null }).kind === 'disputed',
          );
        }
        after = page.next;
      }
      expect(listed.get(paying.customerId)).toBe(false);
      expect(listed.get(disputing.customerId)).toBe(true);
      expect(listed.has(over.customerId)).toBe(false);
      expect(listed.has(idle)).toBe(false);
    });

    describeUndoing(() => bench, customers);
  });
}
