// Where the account's rule is that what cannot be collected is unpaid, and not over: months that were used are not paid back
// because their owner has subscribed anew.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { duplicatesOf, standingOf } from '../../domain/billing.ts';
import { startSandboxBench, type SandboxBench } from '../../tests/support/stripe-bench.ts';
import { createCustomers, FULL_REFUND, PRICE } from './contract-bench.ts';

let bench: SandboxBench;
const { read, undo, subscribed, subscribe, statusOf } = createCustomers(() => bench);
beforeEach(async () => {
  bench = await startSandboxBench({}, { afterLastRetry: 'unpaid' });
});
afterEach(() => bench.close());

/** Has paid for a month, then no more, and then for another subscription. */
async function subscribedAnew() {
  const { subscriptionId: former, ...who } = await subscribed('fails_later');
  await bench.endPeriod(former);
  await bench.giveUpCollecting(former);
  expect(await statusOf(who.customerId, former)).toBe('unpaid');
  const { subscriptionId } = await subscribe(who, 'run/2');
  return { ...who, former, subscriptionId };
}

it('the new subscription counts, and the former one is no duplicate of it', async () => {
  const { customerId, subscriptionId } = await subscribedAnew();
  const account = await read(customerId);
  expect(standingOf(account)).toMatchObject({ kind: 'premium', subscription: { subscriptionId } });
  expect(duplicatesOf(account)).toEqual([]);
});

it('undone, the new payment comes back, and both are over with nothing owed', async () => {
  const { customerId, subscriptionId, former } = await subscribedAnew();
  for (let i = 0; i < 2; i++) await expect(undo(customerId)).resolves.toEqual(FULL_REFUND);
  expect([await statusOf(customerId, subscriptionId), await statusOf(customerId, former)]).toEqual([
    'canceled',
    'canceled',
  ]);
  expect(await bench.money(customerId)).toEqual({ charged: 2 * PRICE, refunded: PRICE });
  expect((await read(customerId)).invoices.filter(({ state }) => state === 'open')).toEqual([]);
});
