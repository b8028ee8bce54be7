// The sandbox as its callers see it: through the `stripe` client, the hosted pages and the webhooks.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { payOnPage } from './pay-on-page.ts';
import { startStripeSandbox } from './start.ts';
import type { StripeSandbox } from './start.ts';

const apiKey = 'sk_test_sandbox';
const webhookSecret = 'whsec_sandbox';
const DAY = 24 * 3600;
const good = '4242424242424242';

let sandbox: StripeSandbox;
let stripe: Stripe;
beforeEach(async () => {
  sandbox = await startStripeSandbox({ port: 0, apiKey, webhookSecret });
  stripe = connect(sandbox.endpoint);
});
afterEach(() => sandbox.close());

const connect = (endpoint: string, key = apiKey) =>
  new Stripe(key, { host: '127.0.0.1', port: new URL(endpoint).port, protocol: 'http', maxNetworkRetries: 0 });

async function checkout(more: Partial<Stripe.Checkout.SessionCreateParams> = {}) {
  const customer = await stripe.customers.create({ email: 'ada@varloom.test', metadata: { user: 'u1' } });
  const { data: prices } = await stripe.prices.list({ lookup_keys: ['varloom_premium_monthly'] });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    client_reference_id: 'u1',
    line_items: [{ price: prices[0]?.id ?? '', quantity: 1 }],
    success_url: 'https://shop.test/done?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'https://shop.test/back',
    subscription_data: { metadata: { user: 'u1' } },
    ...more,
  });
  return { customer: customer.id, session, url: session.url ?? '' };
}

async function subscribed(card = good) {
  const { customer, session, url } = await checkout();
  await payOnPage(url, card);
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
  if (typeof subscription !== 'object' || subscription === null) throw new Error('no subscription');
  return { customer, session: session.id, subscription };
}

const eventTypes = async () => (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type).reverse();
const statusOf = async (id: string) => (await stripe.subscriptions.retrieve(id)).status;

test('a good card: the session is complete, the subscription active, the invoice paid by one charge', async () => {
  const { customer, session, url } = await checkout();
  expect(session).toMatchObject({
    object: 'checkout.session',
    status: 'open',
    payment_status: 'unpaid',
    subscription: null,
  });
  const outcome = await payOnPage(url, good);
  expect(outcome).toMatchObject({ status: 303, redirectTo: `https://shop.test/done?session=${session.id}` });

  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ['subscription.latest_invoice.payments'],
  });
  expect(paid).toMatchObject({
    status: 'complete',
    payment_status: 'paid',
    url: null,
    client_reference_id: 'u1',
    subscription: {
      status: 'active',
      metadata: { user: 'u1' },
      latest_invoice: { status: 'paid', amount_paid: 2900, currency: 'eur' },
    },
  });
  const { data: invoices } = await stripe.invoices.list({ customer, expand: ['data.payments'] });
  const intent = invoices[0]?.payments?.data[0]?.payment.payment_intent;
  expect(await stripe.paymentIntents.retrieve(String(intent), { expand: ['latest_charge'] })).toMatchObject({
    status: 'succeeded',
    latest_charge: { object: 'charge', paid: true, amount: 2900, customer },
  });
  expect((await stripe.charges.list({ customer })).data).toHaveLength(1);
  expect(await eventTypes()).toEqual(
    expect.arrayContaining([
      'customer.created',
      'customer.subscription.created',
      'invoice.created',
      'charge.succeeded',
      'payment_intent.succeeded',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'checkout.session.completed',
    ]),
  );
  expect(await payOnPage(url, good)).toMatchObject({ status: 410 });
});

test.each([
  ['4000000000000002', 'generic_decline', 'Your card was declined.'],
  ['4000000000009995', 'insufficient_funds', 'Your card has insufficient funds.'],
])(
  'a declined card (%s): the page says why, the session stays open, and another card pays',
  async (card, code, words) => {
    const { customer, session, url } = await checkout();
    expect(await payOnPage(url, card)).toEqual({ status: 402, redirectTo: null, alert: words });
    const open = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription', 'invoice.payments.data.payment.payment_intent'],
    });
    expect(open).toMatchObject({ status: 'open', payment_status: 'unpaid', subscription: { status: 'incomplete' } });
    expect(open.invoice).toMatchObject({
      status: 'open',
      payments: { data: [{ payment: { payment_intent: { last_payment_error: { decline_code: code } } } }] },
    });
    expect(await eventTypes()).toEqual(
      expect.arrayContaining(['payment_intent.payment_failed', 'charge.failed', 'invoice.payment_failed']),
    );
    expect(await payOnPage(url, good)).toMatchObject({ status: 303 });
    const charges = (await stripe.charges.list({ customer })).data.map(({ status }) => status);
    expect(charges).toEqual(['succeeded', 'failed']);
    expect((await stripe.subscriptions.list({ customer, status: 'all' })).data.map(({ status }) => status)).toEqual([
      'active',
    ]);
  },
);

test.each(['4000002500003155', '4000002760003184'])(
  '3-D Secure (%s): failed it declines, completed it pays',
  async (card) => {
    const { session, url } = await checkout();
    const failed = await payOnPage(url, card, { authentication: 'fail' });
    expect(failed).toMatchObject({ status: 200, alert: expect.stringContaining('unable to authenticate') });
    expect(await payOnPage(url, card)).toMatchObject({ status: 303 });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: 'paid' });
  },
);

test('two payments of one session at once: one wins, and there is one charge', async () => {
  const { customer, url } = await checkout();
  const outcomes = await Promise.all([payOnPage(url, good), payOnPage(url, good), payOnPage(url, good)]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual([303, 410, 410]);
  expect((await stripe.charges.list({ customer })).data).toHaveLength(1);
});

test('checkouts expire by time and by request, with what was begun of them', async () => {
  const soon = Math.floor(Date.now() / 1000) + 1900;
  const { customer, session, url } = await checkout({ expires_at: soon });
  await payOnPage(url, '4000000000000002');
  sandbox.clock.advance(1901);
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null });
  expect((await stripe.subscriptions.list({ customer, status: 'all' })).data[0]?.status).toBe('incomplete_expired');
  expect(await payOnPage(url, good)).toMatchObject({ status: 410 });
  const other = await checkout();
  expect(await stripe.checkout.sessions.expire(other.session.id)).toMatchObject({ status: 'expired' });
  await expect(stripe.checkout.sessions.expire(other.session.id)).rejects.toMatchObject({ statusCode: 400 });
  await expect(checkout({ expires_at: soon })).rejects.toMatchObject({ param: 'expires_at' });
});

test('a renewal is paid; cancelled at the end of the period, the subscription ends there', async () => {
  const { customer, subscription } = await subscribed();
  sandbox.clock.advance(32 * DAY);
  const renewed = await stripe.subscriptions.retrieve(subscription.id);
  expect(renewed.status).toBe('active');
  expect(renewed.items.data[0]?.current_period_start).toBe(subscription.items.data[0]?.current_period_end);
  const { data: invoices } = await stripe.invoices.list({ customer });
  expect(invoices.map(({ status, billing_reason: reason }) => [status, reason])).toEqual([
    ['paid', 'subscription_cycle'],
    ['paid', 'subscription_create'],
  ]);
  const ending = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  expect(ending).toMatchObject({ status: 'active', cancel_at: renewed.items.data[0]?.current_period_end });
  sandbox.clock.advance(31 * DAY);
  expect(await statusOf(subscription.id)).toBe('canceled');
  expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
  expect((await stripe.invoices.list({ customer })).data).toHaveLength(2);
  await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
});

test.each([
  ['4000000000000341', 'card_declined'],
  ['4000002760003184', 'authentication_required'],
])('a card that fails on renewal (%s): past due, retried on days 3, 5 and 7, then canceled', async (card, code) => {
  const { customer, subscription } = await subscribed(card);
  sandbox.clock.advance(31 * DAY + 60);
  const failures = async () =>
    (await stripe.charges.list({ customer })).data.filter(({ status }) => status === 'failed');
  expect(await statusOf(subscription.id)).toBe('past_due');
  expect((await failures()).map(({ failure_code: failure }) => failure)).toEqual([code]);
  for (const [days, count, status] of [
    [3, 2, 'past_due'],
    [2, 3, 'past_due'],
    [2, 4, 'canceled'],
  ] as const) {
    sandbox.clock.advance(days * DAY);
    expect([await statusOf(subscription.id), (await failures()).length]).toEqual([status, count]);
  }
  expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
    cancellation_details: { reason: 'payment_failed' },
  });
});

test('the open invoice of a renewal is paid by hand: refused with 402, then active again', async () => {
  const { customer, subscription } = await subscribed('4000000000000341');
  sandbox.clock.advance(31 * DAY + 60);
  const open = (await stripe.invoices.list({ customer, status: 'open' })).data[0];
  await expect(stripe.invoices.pay(open?.id ?? '')).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
  expect((await stripe.invoices.retrieve(open?.id ?? '')).attempt_count).toBe(2);
  expect(await payOnPage(open?.hosted_invoice_url ?? '', good)).toMatchObject({ status: 303 });
  expect(await statusOf(subscription.id)).toBe('active');
  expect(await stripe.invoices.retrieve(open?.id ?? '')).toMatchObject({ status: 'paid', amount_remaining: 0 });
});

test('refunds: in parts, never more than is left, found through the payments of the invoice', async () => {
  const { subscription } = await subscribed();
  const { data: payments } = await stripe.invoicePayments.list({ invoice: String(subscription.latest_invoice) });
  const intent = String(payments[0]?.payment.payment_intent);
  await expect(stripe.refunds.create({ payment_intent: intent, amount: 2901 })).rejects.toMatchObject({
    statusCode: 400,
  });
  expect(await stripe.refunds.create({ payment_intent: intent, amount: 900 })).toMatchObject({
    amount: 900,
    status: 'succeeded',
  });
  expect(await stripe.refunds.create({ payment_intent: intent })).toMatchObject({ amount: 2000 });
  await expect(stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] });
  expect(charge).toMatchObject({ refunded: true, amount_refunded: 2900 });
  expect((await stripe.refunds.list({ payment_intent: intent })).data).toHaveLength(2);
});

test('a disputed charge: told, and not refundable; the evidence decides', async () => {
  const { customer } = await subscribed('4000000000000259');
  sandbox.clock.advance(5);
  const charge = (await stripe.charges.list({ customer })).data[0];
  expect(charge?.disputed).toBe(true);
  expect(await eventTypes()).toContain('charge.dispute.created');
  await expect(stripe.refunds.create({ charge: charge?.id ?? '' })).rejects.toMatchObject({ code: 'charge_disputed' });
  const dispute = (await stripe.disputes.list({ charge: charge?.id ?? '' })).data[0];
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 2900 });
  const answered = await stripe.disputes.update(dispute?.id ?? '', {
    evidence: { uncategorized_text: 'winning_evidence' },
  });
  expect(answered.status).toBe('won');
});

test('an idempotency key: the same answer for the same request, 400 for another, 409 while it is in use', async () => {
  const idempotencyKey = 'key-1';
  const first = await stripe.customers.create({ email: 'one@varloom.test' }, { idempotencyKey });
  const again = await stripe.customers.create({ email: 'one@varloom.test' }, { idempotencyKey });
  expect([again.id, again.lastResponse.headers['idempotent-replayed']]).toEqual([first.id, 'true']);
  await expect(stripe.customers.create({ email: 'two@varloom.test' }, { idempotencyKey })).rejects.toMatchObject({
    statusCode: 400,
    type: 'StripeIdempotencyError',
  });
  sandbox.clock.advance(DAY);
  expect((await stripe.customers.create({ email: 'two@varloom.test' }, { idempotencyKey })).id).not.toBe(first.id);

  sandbox.faults.add({ path_pattern: 'POST /v1/customers', delay_ms: 300 });
  const slow = stripe.customers.create({}, { idempotencyKey: 'key-2' });
  await expect.poll(() => sandbox.requests().some((request) => request.idempotency_key === 'key-2')).toBe(true);
  await expect(stripe.customers.create({}, { idempotencyKey: 'key-2' })).rejects.toMatchObject({
    statusCode: 409,
    code: 'idempotency_key_in_use',
  });
  expect((await slow).object).toBe('customer');
});

test('a lost answer: the act is done once, whatever the retries', async () => {
  const { subscription } = await subscribed();
  sandbox.faults.add({ path_pattern: 'DELETE /v1/subscriptions', drop: true, when: 'after' });
  // The client asks a second time by itself when a connection was closed on it, and a DELETE has no idempotency key.
  await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ code: 'resource_missing' });
  expect(await statusOf(subscription.id)).toBe('canceled');

  sandbox.faults.add({ path_pattern: 'POST /v1/customers', drop: true, when: 'after' });
  const options = { idempotencyKey: 'lost', maxNetworkRetries: 2 };
  const kept = await stripe.customers.create({ email: 'lost@varloom.test' }, options);
  expect((await stripe.customers.list({ email: 'lost@varloom.test' })).data.map(({ id }) => id)).toEqual([kept.id]);
  sandbox.faults.add({ path_pattern: 'GET /v1/customers', status: 503 });
  await expect(stripe.customers.list()).rejects.toMatchObject({ statusCode: 503 });
});

test('refusals have the shape of those of Stripe', async () => {
  await expect(connect(sandbox.endpoint, 'sk_test_wrong').customers.list()).rejects.toMatchObject({
    type: 'StripeAuthenticationError',
    statusCode: 401,
  });
  await expect(stripe.customers.retrieve('cus_none')).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
  await expect(checkout({ customer: 'cus_none' })).rejects.toMatchObject({ statusCode: 400, param: 'customer' });
  await expect(stripe.customers.create({ emial: 'x' } as Stripe.CustomerCreateParams)).rejects.toMatchObject({
    code: 'parameter_unknown',
    param: 'emial',
  });
  await expect(stripe.customers.list({ expand: ['data.nothing'] })).rejects.toMatchObject({ param: 'expand' });
  const response = await fetch(`${sandbox.endpoint}/v1/nothing`, { headers: { authorization: `Bearer ${apiKey}` } });
  expect([response.status, await response.json()]).toMatchObject([404, { error: { type: 'invalid_request_error' } }]);
});

test('lists come in pages, newest first', async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) made.push((await stripe.customers.create()).id);
  const seen: string[] = [];
  for await (const { id } of stripe.customers.list({ limit: 2 })) seen.push(id);
  expect(seen).toEqual(made.toReversed());
});

test('a test clock stands still for its customers, and renews them when it is advanced', async () => {
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: 1_900_000_000 });
  const customer = await stripe.customers.create({ email: 'c@varloom.test', test_clock: clock.id });
  const { url } = await checkout({ customer: customer.id });
  await payOnPage(url, good);
  await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: 1_900_000_000 + 70 * DAY });
  const { data: invoices } = await stripe.invoices.list({ customer: customer.id });
  expect(invoices.map(({ created }) => Math.round((created - 1_900_000_000) / DAY))).toEqual([61, 31, 0]);
});
