// What goes wrong between us and the payment service: it fails, hangs, answers late, twice or never. On the sandbox.

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { userId, type UserId } from '../../domain/ids.ts';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { inActivity, PUBLIC_URL, startSandboxBench, type SandboxBench } from '../../tests/support/stripe-bench.ts';
import { createBillingActivities, type BillingDependencies } from './activities.ts';
import type { BenchCard } from './contract-bench.ts';
import type { BillingActivities } from './contract.ts';
import { PaymentServiceFailed } from './failures.ts';
import { idOf } from './shapes.ts';
import { createStripe } from './stripe.ts';

const DAY_SECONDS = 24 * 3600;
/** More than the client's own attempts: the activity fails, and Temporal tries again. */
const EVERY = 100;

let bench: SandboxBench;
let acts: BillingActivities;
beforeAll(async () => {
  bench = await startSandboxBench();
  acts = bench.activities;
});
afterEach(() => bench.sandbox.faults.clear());
afterAll(() => bench.close());

async function customer() {
  const id = bench.register();
  return { userId: id, ...(await acts['billing.customer.ensure']({ userId: id })) };
}
async function subscribed(card: BenchCard = 'good') {
  const who = await customer();
  const { sessionId } = await acts['billing.checkout.open']({ ...who, act: 'run/1' });
  expect(await bench.pay(sessionId, card)).toBe('paid');
  const { subscriptions } = await acts['billing.account.read']({ ...who, checkoutSessionId: sessionId });
  return { ...who, sessionId, subscriptionId: subscriptions[0]?.subscriptionId ?? '' };
}
const sessionsOf = async (id: string) => (await bench.stripe.checkout.sessions.list({ customer: id })).data;
const customersOf = async (id: UserId) =>
  (await bench.stripe.customers.list({ limit: 100 })).data.filter(({ metadata }) => metadata['user_id'] === id);

/** The adapter with other dependencies, on the same sandbox. */
function adapter(changes: Partial<BillingDependencies> & { apiKey?: string; timeoutMs?: number } = {}) {
  const { apiKey = bench.sandbox.apiKey, timeoutMs, ...rest } = changes;
  const stripe = createStripe({ apiKey, endpoint: bench.sandbox.endpoint, ...(timeoutMs ? { timeoutMs } : {}) });
  return createBillingActivities({
    stripe,
    publicUrl: PUBLIC_URL,
    checkoutExpirySeconds: 3600,
    contact: async (id) => ({ email: `${id}@varloom.test`, name: null }),
    now: () => new Date(bench.sandbox.clock.now() * 1000),
    ...rest,
  });
}

describe('an answer that is lost', () => {
  it.for([1, EVERY])('after the act, %i times: there is one customer, one page, one of each', async (times) => {
    const id = bench.register();
    const twice = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
      bench.sandbox.faults.add({ path_pattern: path, drop: true, when: 'after', times });
      const first = await act().catch((error: unknown) => error);
      expect(first instanceof PaymentServiceFailed).toBe(times === EVERY);
      bench.sandbox.faults.clear();
      return act();
    };
    const { customerId } = await twice('POST /v1/customers$', () => acts['billing.customer.ensure']({ userId: id }));
    expect(await customersOf(id)).toMatchObject([{ id: customerId, email: `${id}@varloom.test`, name: 'Ada' }]);
    const open = () => acts['billing.checkout.open']({ userId: id, customerId, act: 'run/1' });
    const page = await twice('POST /v1/checkout/sessions$', open);
    expect((await sessionsOf(customerId)).map(({ id: session }) => session)).toEqual([page.sessionId]);
    expect(await open()).toEqual(page);
  });

  it('is asked for under the same key, which names the act', async () => {
    const { userId: id, customerId, subscriptionId } = await subscribed();
    await acts['billing.portal.open']({ customerId, act: 'run/2' });
    await acts['billing.subscription.undo']({ customerId, subscriptionIds: [subscriptionId] });
    const keys = bench.sandbox.requests().map(({ idempotency_key: key }) => key ?? '');
    for (const key of [`customer/${id}`, `checkout/${id}/run/1`, `portal/${customerId}/run/2`]) {
      expect(keys).toContain(key);
    }
    const [charge] = (await bench.stripe.charges.list({ customer: customerId })).data;
    expect(keys).toContain(`refund/${idOf(charge?.payment_intent ?? '')}`);
  });

  it('and a key that is forgotten makes nothing anew', async () => {
    const { sessionId, ...who } = await subscribed();
    bench.sandbox.clock.advance(2 * DAY_SECONDS);
    expect(await acts['billing.customer.ensure'](who)).toEqual({ customerId: who.customerId });
    const again = await acts['billing.checkout.open']({ ...who, act: 'run/1' });
    expect(again).toMatchObject({ sessionId, url: `${PUBLIC_URL}/billing` });
    expect(await sessionsOf(who.customerId)).toHaveLength(1);
  });
});

describe('undoing that is interrupted', () => {
  const steps = [
    'POST /v1/checkout/sessions/\\w+/expire',
    'DELETE /v1/subscriptions/',
    'GET /v1/invoices',
    'POST /v1/invoices/\\w+/void',
    'GET /v1/invoice_payments',
    'POST /v1/refunds',
    'GET /v1/charges/',
  ];
  const faults = [
    { drop: true, when: 'before' },
    { drop: true, when: 'after' },
    { status: 500, when: 'after' },
  ] as const;

  it.for(steps.flatMap((step) => faults.map((fault) => [step, JSON.stringify(fault), fault] as const)))(
    'at %s by %s is completed, and pays back once',
    async ([step, , fault]) => {
      const { customerId, subscriptionId, userId: id } = await subscribed('fails_later');
      // One renewal that is owed, and one page that is open.
      await bench.endPeriod(subscriptionId);
      const { sessionId } = await acts['billing.checkout.open']({ userId: id, customerId, act: 'run/2' });
      const undo = () => acts['billing.subscription.undo']({ customerId, subscriptionIds: null });
      bench.sandbox.faults.add({ path_pattern: step, times: EVERY, ...fault });
      const outcome = { refunded: { amount: 2900, currency: 'eur' } };
      // Where the act was done, the client's own second attempt may see that it was.
      const first = await undo().catch((error: unknown) => error);
      expect(first instanceof PaymentServiceFailed || isDeepStrictEqual(first, outcome)).toBe(true);
      bench.sandbox.faults.clear();
      expect(await undo()).toEqual(outcome);
      expect(await undo()).toEqual(outcome);
      expect(await bench.money(customerId)).toEqual({ charged: 2900, refunded: 2900 });
      expect(await stateOf(sessionId)).toBe('expired');
      expect((await bench.stripe.subscriptions.retrieve(subscriptionId)).status).toBe('canceled');
      const { data: invoices } = await bench.stripe.invoices.list({ customer: customerId });
      expect(invoices.map(({ status }) => status)).not.toContain('open');
    },
  );

  const stateOf = async (sessionId: string) => (await bench.stripe.checkout.sessions.retrieve(sessionId)).status;
});

describe('a service that hangs', () => {
  it('is given up after a while, and what it did late is found', async () => {
    const who = await customer();
    const hasty = inActivity(adapter({ timeoutMs: 200 }));
    bench.sandbox.faults.add({
      path_pattern: 'POST /v1/checkout/sessions$',
      delay_ms: 1000,
      when: 'after',
      times: EVERY,
    });
    const open = () => hasty['billing.checkout.open']({ ...who, act: 'run/1' });
    const began = Date.now();
    await expect(open()).rejects.toThrow(/cannot be reached|idempotency_key_in_use/);
    expect(Date.now() - began).toBeLessThan(5_000);
    bench.sandbox.faults.clear();
    const page = await open();
    expect((await sessionsOf(who.customerId)).map(({ id }) => id)).toEqual([page.sessionId]);
  });

  it('is left at once when the activity is cancelled', async () => {
    const { customerId } = await customer();
    bench.sandbox.faults.add({ path_pattern: 'GET /v1/subscriptions', delay_ms: 20_000, times: EVERY });
    const environment = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') });
    const before = bench.sandbox.requests().length;
    const isAsked = () =>
      bench.sandbox
        .requests()
        .slice(before)
        .some(({ path }) => path === '/v1/subscriptions');
    const reading = environment.run(adapter()['billing.account.read'], { customerId, checkoutSessionId: null });
    await expect.poll(isAsked).toBe(true);
    const began = Date.now();
    environment.cancel();
    await expect(reading).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(Date.now() - began).toBeLessThan(10_000);
  });
});

describe('what is refused', () => {
  it('with 429 may be asked again', async () => {
    const { customerId } = await customer();
    bench.sandbox.faults.add({ path_pattern: 'GET /v1/invoices', status: 429 });
    const read = () => acts['billing.account.read']({ customerId, checkoutSessionId: null });
    await expect(read()).rejects.toThrow('answered 429');
    expect(await read()).toMatchObject({ customerId, invoices: [] });
  });

  it.for([403, 400])('with %i is not tried again, and tells neither key nor person', async (status) => {
    const { customerId } = await customer();
    bench.sandbox.faults.add({ path_pattern: 'POST /v1/billing_portal', status });
    const failure = await acts['billing.portal.open']({ customerId, act: '1' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'billing_refused', nonRetryable: true });
    expect(JSON.stringify(failure)).not.toMatch(/sk_test|@/);
  });

  it('a key that is wrong may be corrected: it is tried again, and not told', async () => {
    const wrong = inActivity(adapter({ apiKey: 'sk_test_wrong' }));
    const failure = await wrong['billing.account.read']({ customerId: 'cus_1', checkoutSessionId: null }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'PaymentServiceFailed' });
    expect(String(failure)).toContain('does not accept STRIPE_API_KEY');
    expect(String(failure)).not.toContain('sk_test_wrong');
  });

  it('no key is said to be none', async () => {
    const none = inActivity(adapter({ stripe: null }));
    await expect(none['billing.accounts.list']({ after: null })).rejects.toThrow('STRIPE_API_KEY is not set');
  });

  it('a price that does not exist is the operator’s to make', async () => {
    const who = await customer();
    const priceless = inActivity(adapter({ priceId: 'price_unknown' }));
    await expect(priceless['billing.checkout.open']({ ...who, act: '1' })).rejects.toMatchObject({
      type: 'billing_not_configured',
      nonRetryable: true,
    });
  });

  it('an e-mail address that the service does not take keeps nobody from paying', async () => {
    const odd = inActivity(adapter({ contact: async () => ({ email: 'nobody at all', name: 'Ada' }) }));
    const id = userId(randomUUID());
    const { customerId } = await odd['billing.customer.ensure']({ userId: id });
    expect(await odd['billing.customer.ensure']({ userId: id })).toEqual({ customerId });
    expect(await customersOf(id)).toMatchObject([{ id: customerId, email: null, name: 'Ada' }]);
    const { url } = await odd['billing.checkout.open']({ userId: id, customerId, act: '1' });
    expect((await payOnPage(url, '4242424242424242')).status).toBe(303);
  });
});

describe('at the same moment', () => {
  it('a page that is paid while it is closed stays paid', async () => {
    const who = await customer();
    const { sessionId } = await acts['billing.checkout.open']({ ...who, act: '1' });
    bench.sandbox.faults.add({ path_pattern: 'POST /v1/checkout/sessions/\\w+/expire', delay_ms: 1000 });
    const closing = acts['billing.checkout.expire']({ sessionId });
    const isClosing = () => bench.sandbox.requests().at(-1)?.path.endsWith('/expire') === true;
    await expect.poll(isClosing).toBe(true);
    expect(await bench.pay(sessionId, 'good')).toBe('paid');
    expect(await closing).toEqual({ state: 'complete' });
  });

  it('two that open one act get one page', async () => {
    const who = await customer();
    const open = () => acts['billing.checkout.open']({ ...who, act: '1' });
    const pages = await Promise.all([open(), open(), open()]);
    expect(new Set(pages.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(await sessionsOf(who.customerId)).toHaveLength(1);
  });
});

describe('what is read', () => {
  it('says in the payer’s words that the bank did not confirm', async () => {
    const who = await customer();
    const { sessionId, url } = await acts['billing.checkout.open']({ ...who, act: '1' });
    await payOnPage(url, '4000002760003184', { authentication: 'fail' });
    const { checkout } = await acts['billing.account.read']({ ...who, checkoutSessionId: sessionId });
    expect(checkout?.refusal).toContain('Your bank could not confirm that it was you');
  });

  it('a dispute that was won is none', async () => {
    const who = await customer();
    const { sessionId } = await acts['billing.checkout.open']({ ...who, act: '1' });
    await bench.pay(sessionId, 'disputed');
    await bench.letDisputesCome();
    const isDisputed = async () =>
      (await acts['billing.account.read']({ ...who, checkoutSessionId: null })).subscriptions[0]?.isDisputed;
    expect(await isDisputed()).toBe(true);
    const [charge] = (await bench.stripe.charges.list({ customer: who.customerId })).data;
    const [dispute] = (await bench.stripe.disputes.list({ charge: charge?.id ?? '' })).data;
    await bench.stripe.disputes.update(dispute?.id ?? '', { evidence: { uncategorized_text: 'winning_evidence' } });
    expect(await isDisputed()).toBe(false);
  });
});
