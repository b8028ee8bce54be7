// Paying, renewing, refunding: through the `stripe` client and the hosted pages.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { payOnPage } from './pay-on-page.ts';
import { DAY_SECONDS, idOf, goodCard, openShop } from './test-shop.ts';
import type { Shop } from './test-shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(() => shop.sandbox.close());

const statusOf = async (id: string) => (await shop.stripe.subscriptions.retrieve(id)).status;

test('a good card: the session is complete, the subscription active, the invoice paid by one charge', async () => {
  const { customer, session, url } = await shop.checkout();
  expect(session).toMatchObject({
    object: 'checkout.session',
    status: 'open',
    payment_status: 'unpaid',
    subscription: null,
  });
  const outcome = await payOnPage(url, goodCard);
  expect(outcome).toMatchObject({ status: 303, redirectTo: `https://shop.test/done?session=${session.id}` });

  const paid = await shop.stripe.checkout.sessions.retrieve(session.id, {
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
  const { data: invoices } = await shop.stripe.invoices.list({ customer, expand: ['data.payments'] });
  const intent = invoices[0]?.payments?.data[0]?.payment.payment_intent;
  expect(await shop.stripe.paymentIntents.retrieve(idOf(intent), { expand: ['latest_charge'] })).toMatchObject({
    status: 'succeeded',
    latest_charge: { object: 'charge', paid: true, amount: 2900, customer },
  });
  expect((await shop.stripe.charges.list({ customer })).data).toHaveLength(1);
  expect(await shop.eventTypes()).toEqual(
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
  expect(await payOnPage(url, goodCard)).toMatchObject({ status: 410 });
});

test.each([
  ['4000000000000002', 'generic_decline', 'Your card was declined.'],
  ['4000000000009995', 'insufficient_funds', 'Your card has insufficient funds.'],
])(
  'a declined card (%s): the page says why, the session stays open, and another card pays',
  async (card, code, words) => {
    const { customer, session, url } = await shop.checkout();
    expect(await payOnPage(url, card)).toEqual({ status: 402, redirectTo: null, alert: words });
    const open = await shop.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['subscription', 'invoice.payments.data.payment.payment_intent'],
    });
    expect(open).toMatchObject({ status: 'open', payment_status: 'unpaid', subscription: { status: 'incomplete' } });
    expect(open.invoice).toMatchObject({
      status: 'open',
      payments: { data: [{ payment: { payment_intent: { last_payment_error: { decline_code: code } } } }] },
    });
    expect(await shop.eventTypes()).toEqual(
      expect.arrayContaining(['payment_intent.payment_failed', 'charge.failed', 'invoice.payment_failed']),
    );
    expect(await payOnPage(url, goodCard)).toMatchObject({ status: 303 });
    const charges = (await shop.stripe.charges.list({ customer })).data.map(({ status }) => status);
    expect(charges).toEqual(['succeeded', 'failed']);
    expect(
      (await shop.stripe.subscriptions.list({ customer, status: 'all' })).data.map(({ status }) => status),
    ).toEqual(['active']);
  },
);

test.each(['4000002500003155', '4000002760003184'])(
  '3-D Secure (%s): failed it declines, completed it pays',
  async (card) => {
    const { session, url } = await shop.checkout();
    const failed = await payOnPage(url, card, { authentication: 'fail' });
    expect(failed).toMatchObject({ status: 200, alert: expect.stringContaining('unable to authenticate') });
    expect(await payOnPage(url, card)).toMatchObject({ status: 303 });
    expect(await shop.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: 'paid' });
  },
);

test('two payments of one session at once: one wins, and there is one charge', async () => {
  const { customer, url } = await shop.checkout();
  const outcomes = await Promise.all([payOnPage(url, goodCard), payOnPage(url, goodCard), payOnPage(url, goodCard)]);
  expect(outcomes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 410, 410]);
  expect((await shop.stripe.charges.list({ customer })).data).toHaveLength(1);
});

test('checkouts expire by time and by request, with what was begun of them', async () => {
  const soon = Math.floor(Date.now() / 1000) + 1900;
  const { customer, session, url } = await shop.checkout({ expires_at: soon });
  await payOnPage(url, '4000000000000002');
  shop.sandbox.clock.advance(1901);
  expect(await shop.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired', url: null });
  expect((await shop.stripe.subscriptions.list({ customer, status: 'all' })).data[0]?.status).toBe(
    'incomplete_expired',
  );
  expect(await payOnPage(url, goodCard)).toMatchObject({ status: 410 });
  const other = await shop.checkout();
  expect(await shop.stripe.checkout.sessions.expire(other.session.id)).toMatchObject({ status: 'expired' });
  await expect(shop.stripe.checkout.sessions.expire(other.session.id)).rejects.toMatchObject({ statusCode: 400 });
  await expect(shop.checkout({ expires_at: soon })).rejects.toMatchObject({ param: 'expires_at' });
});

test('a renewal is paid; cancelled at the end of the period, the subscription ends there', async () => {
  const { customer, subscription } = await shop.subscribed();
  shop.sandbox.clock.advance(32 * DAY_SECONDS);
  const renewed = await shop.stripe.subscriptions.retrieve(subscription.id);
  expect(renewed.status).toBe('active');
  expect(renewed.items.data[0]?.current_period_start).toBe(subscription.items.data[0]?.current_period_end);
  const { data: invoices } = await shop.stripe.invoices.list({ customer });
  expect(invoices.map(({ status, billing_reason: reason }) => [status, reason])).toEqual([
    ['paid', 'subscription_cycle'],
    ['paid', 'subscription_create'],
  ]);
  const ending = await shop.stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
  expect(ending).toMatchObject({ status: 'active', cancel_at: renewed.items.data[0]?.current_period_end });
  shop.sandbox.clock.advance(31 * DAY_SECONDS);
  expect(await statusOf(subscription.id)).toBe('canceled');
  expect((await shop.stripe.subscriptions.list({ customer })).data).toEqual([]);
  expect((await shop.stripe.invoices.list({ customer })).data).toHaveLength(2);
  await expect(shop.stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({
    statusCode: 404,
    code: 'resource_missing',
  });
});

test.each([
  ['4000000000000341', 'card_declined'],
  ['4000002760003184', 'authentication_required'],
])('a card that fails on renewal (%s): past due, retried on days 3, 5 and 7, then canceled', async (card, code) => {
  const { customer, subscription } = await shop.subscribed(card);
  shop.sandbox.clock.advance(31 * DAY_SECONDS + 60);
  const failures = async () =>
    (await shop.stripe.charges.list({ customer })).data.filter(({ status }) => status === 'failed');
  expect(await statusOf(subscription.id)).toBe('past_due');
  expect((await failures()).map(({ failure_code: failure }) => failure)).toEqual([code]);
  for (const [days, count, status] of [
    [3, 2, 'past_due'],
    [2, 3, 'past_due'],
    [2, 4, 'canceled'],
  ] as const) {
    shop.sandbox.clock.advance(days * DAY_SECONDS);
    expect([await statusOf(subscription.id), (await failures()).length]).toEqual([status, count]);
  }
  expect(await shop.stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
    cancellation_details: { reason: 'payment_failed' },
  });
});

test('the open invoice of a renewal is paid by hand: refused with 402, then active again', async () => {
  const { customer, subscription } = await shop.subscribed('4000000000000341');
  shop.sandbox.clock.advance(31 * DAY_SECONDS + 60);
  const open = (await shop.stripe.invoices.list({ customer, status: 'open' })).data[0];
  await expect(shop.stripe.invoices.pay(open?.id ?? '')).rejects.toMatchObject({
    statusCode: 402,
    code: 'card_declined',
  });
  expect((await shop.stripe.invoices.retrieve(open?.id ?? '')).attempt_count).toBe(2);
  expect(await payOnPage(open?.hosted_invoice_url ?? '', goodCard)).toMatchObject({ status: 303 });
  expect(await statusOf(subscription.id)).toBe('active');
  expect(await shop.stripe.invoices.retrieve(open?.id ?? '')).toMatchObject({ status: 'paid', amount_remaining: 0 });
});

test('refunds: in parts, never more than is left, found through the payments of the invoice', async () => {
  const { subscription } = await shop.subscribed();
  const { data: payments } = await shop.stripe.invoicePayments.list({ invoice: idOf(subscription.latest_invoice) });
  const intent = idOf(payments[0]?.payment.payment_intent);
  await expect(shop.stripe.refunds.create({ payment_intent: intent, amount: 2901 })).rejects.toMatchObject({
    statusCode: 400,
  });
  expect(await shop.stripe.refunds.create({ payment_intent: intent, amount: 900 })).toMatchObject({
    amount: 900,
    status: 'succeeded',
  });
  expect(await shop.stripe.refunds.create({ payment_intent: intent })).toMatchObject({ amount: 2000 });
  await expect(shop.stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
  const { latest_charge: charge } = await shop.stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] });
  expect(charge).toMatchObject({ refunded: true, amount_refunded: 2900 });
  expect((await shop.stripe.refunds.list({ payment_intent: intent })).data).toHaveLength(2);
});

test('a disputed charge: told, and not refundable; the evidence decides', async () => {
  const { customer } = await shop.subscribed('4000000000000259');
  shop.sandbox.clock.advance(5);
  const charge = (await shop.stripe.charges.list({ customer })).data[0];
  expect(charge?.disputed).toBe(true);
  expect(await shop.eventTypes()).toContain('charge.dispute.created');
  await expect(shop.stripe.refunds.create({ charge: charge?.id ?? '' })).rejects.toMatchObject({
    code: 'charge_disputed',
  });
  const dispute = (await shop.stripe.disputes.list({ charge: charge?.id ?? '' })).data[0];
  expect(dispute).toMatchObject({ status: 'needs_response', amount: 2900 });
  const answered = await shop.stripe.disputes.update(dispute?.id ?? '', {
    evidence: { uncategorized_text: 'winning_evidence' },
  });
  expect(answered.status).toBe('won');
});

test('by another rule of the account, what cannot be collected is unpaid, bills nothing more, and is active once paid', async () => {
  await shop.sandbox.close();
  shop = await openShop({ rules: { afterLastRetry: 'unpaid' } });
  const { customer, subscription } = await shop.subscribed('4000000000000341');
  shop.sandbox.clock.advance(45 * DAY_SECONDS);
  expect(await statusOf(subscription.id)).toBe('unpaid');
  const [open] = (await shop.stripe.invoices.list({ customer, status: 'open' })).data;
  shop.sandbox.clock.advance(31 * DAY_SECONDS);
  expect((await shop.stripe.invoices.list({ customer })).data.map(({ status }) => status)).toEqual([
    'draft',
    'open',
    'paid',
  ]);
  await payOnPage(open?.hosted_invoice_url ?? '', goodCard);
  expect(await statusOf(subscription.id)).toBe('active');
});

test('without a customer the checkout makes one, of the e-mail that is typed', async () => {
  const { url, session } = await shop.checkout({ customer: undefined });
  expect(await payOnPage(url, goodCard, { email: 'nowhere' })).toMatchObject({ status: 400 });
  expect(await payOnPage(url, goodCard, { email: 'new@varloom.test' })).toMatchObject({ status: 303 });
  expect(await shop.stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] })).toMatchObject({
    customer: { email: 'new@varloom.test' },
    customer_details: { email: 'new@varloom.test' },
  });
});

test('shorter checkouts than Stripe has are allowed by setting', async () => {
  await shop.sandbox.close();
  shop = await openShop({ rules: { shortestCheckoutSeconds: 5 } });
  const { session } = await shop.checkout({ expires_at: shop.sandbox.clock.now() + 30 });
  shop.sandbox.clock.advance(30);
  expect((await shop.stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
  expect(await shop.eventTypes()).toContain('checkout.session.expired');
});

test('an invoice that is given up is void, and is not paid', async () => {
  const { customer } = await shop.subscribed('4000000000000341');
  shop.sandbox.clock.advance(31 * DAY_SECONDS + 60);
  const [open] = (await shop.stripe.invoices.list({ customer, status: 'open' })).data;
  const id = open?.id ?? '';
  expect(await shop.stripe.invoices.voidInvoice(id)).toMatchObject({ status: 'void', next_payment_attempt: null });
  await expect(shop.stripe.invoices.pay(id)).rejects.toMatchObject({ statusCode: 400 });
  await expect(shop.stripe.invoices.voidInvoice(id)).rejects.toMatchObject({ statusCode: 400 });
});
