// The API's own ways: keys, lost answers, refusals, lists, clocks.
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { payOnPage } from './pay-on-page.ts';
import { DAY_SECONDS, apiKey, connect, goodCard, openShop } from './test-shop.ts';
import type { Shop } from './test-shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.sandbox.close());

const statusOf = async (id: string) => (await shop.stripe.subscriptions.retrieve(id)).status;

test('an idempotency key: the same answer for the same request, 400 for another, 409 while it is in use', async () => {
  const idempotencyKey = 'key-1';
  const first = await shop.stripe.customers.create({ email: 'one@varloom.test' }, { idempotencyKey });
  const again = await shop.stripe.customers.create({ email: 'one@varloom.test' }, { idempotencyKey });
  expect([again.id, again.lastResponse.headers['idempotent-replayed']]).toEqual([first.id, 'true']);
  await expect(shop.stripe.customers.create({ email: 'two@varloom.test' }, { idempotencyKey })).rejects.toMatchObject({
    statusCode: 400,
    type: 'StripeIdempotencyError',
  });
  shop.sandbox.clock.advance(DAY_SECONDS);
  expect((await shop.stripe.customers.create({ email: 'two@varloom.test' }, { idempotencyKey })).id).not.toBe(first.id);

  shop.sandbox.faults.add({ path_pattern: 'POST /v1/customers', delay_ms: 1500 });
  const slow = shop.stripe.customers.create({}, { idempotencyKey: 'key-2' });
  await expect.poll(() => shop.sandbox.requests().some((request) => request.idempotency_key === 'key-2')).toBe(true);
  await expect(shop.stripe.customers.create({}, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    statusCode: 409,
    code: 'idempotency_key_in_use',
  });
  expect((await slow).object).toBe('customer');
});

test('a lost answer: the act is done once, whatever the retries', async () => {
  const { subscription } = await shop.subscribed();
  shop.sandbox.faults.add({ path_pattern: 'DELETE /v1/subscriptions', drop: true, when: 'after' });
  // The client asks a second time by itself when a connection was closed on it, and a DELETE has no idempotency key.
  await expect(shop.stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ code: 'resource_missing' });
  expect(await statusOf(subscription.id)).toBe('canceled');

  shop.sandbox.faults.add({ path_pattern: 'POST /v1/customers', drop: true, when: 'after' });
  const options = { idempotencyKey: 'lost', maxNetworkRetries: 2 };
  const kept = await shop.stripe.customers.create({ email: 'lost@varloom.test' }, options);
  expect((await shop.stripe.customers.list({ email: 'lost@varloom.test' })).data.map(({ id }) => id)).toEqual([
    kept.id,
  ]);
  shop.sandbox.faults.add({ path_pattern: 'GET /v1/customers', status: 503 });
  await expect(shop.stripe.customers.list()).rejects.toMatchObject({ statusCode: 503 });
});

test('refusals have the shape of those of Stripe', async () => {
  await expect(connect(shop.sandbox.endpoint, 'sk_test_wrong').customers.list()).rejects.toMatchObject({
    type: 'StripeAuthenticationError',
    statusCode: 401,
  });
  await expect(shop.stripe.customers.retrieve('cus_none')).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
  await expect(shop.checkout({ customer: 'cus_none' })).rejects.toMatchObject({ statusCode: 400, param: 'customer' });
  await expect(shop.stripe.customers.create({ emial: 'x' } as Stripe.CustomerCreateParams)).rejects.toMatchObject({
    code: 'parameter_unknown',
    param: 'emial',
  });
  await expect(shop.stripe.customers.list({ expand: ['data.nothing'] })).rejects.toMatchObject({ param: 'expand' });
  const response = await fetch(`${shop.sandbox.endpoint}/v1/nothing`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect([response.status, await response.json()]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
});

test('lists come in pages, newest first', async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) made.push((await shop.stripe.customers.create()).id);
  const seen: string[] = [];
  for await (const { id } of shop.stripe.customers.list({ limit: 2 })) seen.push(id);
  expect(seen).toEqual(made.toReversed());
});

test('a test clock stands still for its customers, and renews them when it is advanced', async () => {
  const clock = await shop.stripe.testHelpers.testClocks.create({ frozen_time: 1_900_000_000 });
  const customer = await shop.stripe.customers.create({ email: 'c@varloom.test', test_clock: clock.id });
  const { url } = await shop.checkout({ customer: customer.id });
  await payOnPage(url, goodCard);
  await shop.stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_900_000_000 + 70 * DAY_SECONDS });
  const { data: invoices } = await shop.stripe.invoices.list({ customer: customer.id });
  expect(invoices.map(({ created }) => Math.round((created - 1_900_000_000) / DAY_SECONDS))).toEqual([61, 31, 0]);
});

test('the switches are under /sandbox, for whoever has the key', async () => {
  const ask = async (path: string, body?: object, key = apiKey) => {
    const response = await fetch(`${shop.sandbox.endpoint}/sandbox/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${key}` },
      body: body && JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  expect(await ask('clock', { advance_seconds: 60 }, 'sk_test_wrong')).toMatchObject({ status: 401 });
  expect(await ask('clock', { advance_seconds: -1 })).toMatchObject({ status: 400 });
  expect(await ask('faults', { path_pattern: 'GET /v1/prices', status: 429, times: 2 })).toMatchObject({ status: 201 });
  await expect(shop.stripe.prices.list()).rejects.toMatchObject({ type: 'StripeRateLimitError' });
  await expect(shop.stripe.prices.list()).rejects.toMatchObject({ statusCode: 429 });
  expect((await shop.stripe.prices.list()).data).toHaveLength(1);
  expect(await ask('requests')).toMatchObject({
    status: 200,
    answer: { requests: [{ path: '/v1/prices', status: 429 }, { status: 429 }, { method: 'GET', status: 200 }] },
  });
  await shop.stripe.customers.create();
  const [event] = (await shop.stripe.events.list()).data;
  expect(await ask(`events/${event?.id}/resend`, {})).toMatchObject({ status: 202 });
  expect(await ask('events/evt_none/resend', {})).toMatchObject({ status: 404 });
  expect(await ask('deliveries')).toEqual({ status: 200, answer: { deliveries: [] } });
});

test('another API version than that of the `stripe` package is refused: its shapes would be others', async () => {
  const ask = (version: string) =>
    fetch(`${shop.sandbox.endpoint}/v1/prices`, {
      headers: { authorization: `Basic ${btoa(`${apiKey}:`)}`, 'stripe-version': version },
    });
  expect((await ask('2024-06-20')).status).toBe(400);
  const good = await ask('2026-10-28.endive');
  expect([good.status, good.headers.get('stripe-version')]).toEqual([200, '2026-10-28.endive']);
  expect(good.headers.get('request-id')).toMatch(/^req_/);
});
