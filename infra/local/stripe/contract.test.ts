// One contract, three parties: the sandbox, Stripe's own stripe-mock (which checks what is sent, and answers in shape but
// keeps nothing) and, where STRIPE_TEST_API_KEY is given, Stripe's test mode. Only shapes are compared.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reservePort } from '../ports.ts';
import { startProcess } from '../running-process.ts';
import { stripeMockPath } from '../tools.ts';
import { PREMIUM_LOOKUP_KEY } from './catalog.ts';
import { connect, idOf, openShop } from './test-shop.ts';

/** Ids of objects that are there. stripe-mock takes any; in the test mode nobody fills in the hosted page. */
interface Known {
  customer?: string;
  price?: string;
  session?: string;
  subscription?: string;
  invoice?: string;
  intent?: string;
  charge?: string;
}
/** An id of these, or the test is skipped. */
type Need = (name: keyof Known) => string;

interface Party {
  stripe: Stripe;
  known: Known;
  close: () => Promise<void>;
}

async function openSandbox(): Promise<Party> {
  const { stripe, subscribed, sandbox } = await openShop();
  const { customer, session, subscription } = await subscribed();
  const invoice = idOf(subscription.latest_invoice);
  const { data: payments } = await stripe.invoicePayments.list({ invoice });
  const intent = idOf(payments[0]?.payment.payment_intent);
  const [charge] = (await stripe.charges.list({ customer })).data;
  const [price] = (await stripe.prices.list()).data;
  const known = { customer, session, subscription: subscription.id, invoice, intent };
  return { stripe, known: { ...known, charge: charge?.id ?? '', price: price?.id ?? '' }, close: sandbox.close };
}

async function openMock(program: string): Promise<Party> {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-stripe-mock-'));
  const [port, securePort] = [await reservePort(), await reservePort()];
  const plan = {
    name: 'stripe-mock',
    command: program,
    args: ['-http-addr', `127.0.0.1:${port}`, '-https-addr', `127.0.0.1:${securePort}`],
    isReady: (output: () => string) => output().includes('Listening for HTTP at'),
    readyWithinSeconds: 30,
    stopSignal: 'SIGTERM' as const,
    stopWithinSeconds: 5,
  };
  const mock = await startProcess(plan, join(directory, 'stripe-mock.log'));
  const known = {
    customer: 'cus_123',
    price: 'price_123',
    session: 'cs_123',
    subscription: 'sub_123',
    invoice: 'in_123',
    intent: 'pi_123',
    charge: 'ch_123',
  };
  const close = async () => {
    await mock.stop();
    await rm(directory, { recursive: true });
  };
  return { stripe: connect(`http://127.0.0.1:${port}`, 'sk_test_123'), known, close };
}

async function openTestMode(key: string): Promise<Party> {
  const stripe = new Stripe(key);
  const { id: customer } = await stripe.customers.create({ email: 'a@varloom.test' });
  const [price] = (await stripe.prices.list({ lookup_keys: [PREMIUM_LOOKUP_KEY] })).data;
  const close = async () => void (await stripe.customers.del(customer));
  return { stripe, known: { customer, ...(price ? { price: price.id } : {}) }, close };
}

const id = (prefix: string): unknown => expect.stringMatching(new RegExp(`^${prefix}_`));
const text: unknown = expect.any(String);
const number: unknown = expect.any(Number);
const flag: unknown = expect.any(Boolean);

type Call = (stripe: Stripe, need: Need) => Promise<{ object?: string }>;
/** What is asked for, and the fields of the answer that Varloom reads. */
const calls: Record<string, [call: Call, shape: Record<string, unknown>]> = {
  'customers.create': [
    (stripe) => stripe.customers.create({ email: 'a@varloom.test', metadata: { user: 'u' } }),
    { object: 'customer', id: id('cus'), metadata: expect.anything() },
  ],
  'customers.retrieve': [(stripe, need) => stripe.customers.retrieve(need('customer')), { object: 'customer' }],
  'customers.update': [
    (stripe, need) => stripe.customers.update(need('customer'), { metadata: { user: 'u' } }),
    { object: 'customer' },
  ],
  'prices.retrieve': [
    (stripe, need) => stripe.prices.retrieve(need('price')),
    { object: 'price', id: id('price'), currency: text, unit_amount: number, recurring: { interval: 'month' } },
  ],
  'checkout.sessions.create': [
    (stripe, need) =>
      stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: need('customer'),
        client_reference_id: 'u',
        line_items: [{ price: need('price'), quantity: 1 }],
        success_url: 'https://varloom.test/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'https://varloom.test/',
        expires_at: Math.floor(Date.now() / 1000) + 3600,
        metadata: { user: 'u' },
        subscription_data: { metadata: { user: 'u' } },
      }),
    { object: 'checkout.session', id: id('cs'), url: text, status: 'open', payment_status: text, expires_at: number },
  ],
  'checkout.sessions.retrieve': [
    (stripe, need) => stripe.checkout.sessions.retrieve(need('session'), { expand: ['subscription', 'line_items'] }),
    { object: 'checkout.session', mode: text, line_items: { object: 'list', data: expect.any(Array) } },
  ],
  'subscriptions.retrieve': [
    (stripe, need) => stripe.subscriptions.retrieve(need('subscription'), { expand: ['latest_invoice'] }),
    {
      object: 'subscription',
      id: id('sub'),
      status: text,
      customer: id('cus'),
      cancel_at_period_end: flag,
      items: {
        object: 'list',
        data: [{ object: 'subscription_item', id: id('si'), current_period_start: number, current_period_end: number }],
      },
    },
  ],
  'subscriptions.update': [
    (stripe, need) => stripe.subscriptions.update(need('subscription'), { cancel_at_period_end: true }),
    { object: 'subscription', cancel_at_period_end: true, cancel_at: number, canceled_at: number },
  ],
  'invoices.retrieve': [
    (stripe, need) => stripe.invoices.retrieve(need('invoice'), { expand: ['payments'] }),
    {
      object: 'invoice',
      id: id('in'),
      status: text,
      amount_paid: number,
      amount_due: number,
      currency: text,
      created: number,
      period_start: number,
      period_end: number,
      payments: { object: 'list', data: [{ object: 'invoice_payment', payment: { type: text } }] },
    },
  ],
  'paymentIntents.retrieve': [
    (stripe, need) => stripe.paymentIntents.retrieve(need('intent'), { expand: ['latest_charge'] }),
    { object: 'payment_intent', id: id('pi'), status: text, amount: number, currency: text },
  ],
  'charges.retrieve': [
    (stripe, need) => stripe.charges.retrieve(need('charge')),
    { object: 'charge', disputed: flag, refunded: flag, amount: number, amount_refunded: number, paid: flag },
  ],
  'refunds.create': [
    (stripe, need) => stripe.refunds.create({ payment_intent: need('intent'), amount: 100, metadata: { why: 'test' } }),
    { object: 'refund', id: id('re'), amount: number, status: text, currency: text },
  ],
  'billingPortal.sessions.create': [
    (stripe, need) =>
      stripe.billingPortal.sessions.create({ customer: need('customer'), return_url: 'https://varloom.test/billing' }),
    { object: 'billing_portal.session', id: id('bps'), url: text, customer: text },
  ],
  'webhookEndpoints.create': [
    (stripe) => stripe.webhookEndpoints.create({ url: 'https://varloom.test/hook', enabled_events: ['*'] }),
    { object: 'webhook_endpoint', id: id('we'), url: text },
  ],
  'testHelpers.testClocks.create': [
    (stripe) => stripe.testHelpers.testClocks.create({ frozen_time: Math.floor(Date.now() / 1000) }),
    { object: 'test_helpers.test_clock', id: id('clock'), frozen_time: number },
  ],
  'subscriptions.cancel': [
    (stripe, need) => stripe.subscriptions.cancel(need('subscription'), { cancellation_details: { comment: 'test' } }),
    { object: 'subscription', ended_at: number },
  ],
};

type Listing = (stripe: Stripe, need: Need) => Promise<{ object: string; has_more: boolean; data: object[] }>;
const lists: Record<string, [listing: Listing, kind: string]> = {
  customers: [(stripe) => stripe.customers.list({ email: 'a@varloom.test', limit: 3 }), 'customer'],
  prices: [(stripe) => stripe.prices.list({ lookup_keys: ['varloom_premium_monthly'], active: true }), 'price'],
  products: [(stripe) => stripe.products.list({ limit: 3 }), 'product'],
  'checkout.sessions': [
    (stripe, need) => stripe.checkout.sessions.list({ customer: need('customer') }),
    'checkout.session',
  ],
  subscriptions: [
    (stripe, need) =>
      stripe.subscriptions.list({
        customer: need('customer'),
        status: 'all',
        expand: ['data.latest_invoice.payments'],
      }),
    'subscription',
  ],
  invoices: [
    (stripe, need) => stripe.invoices.list({ customer: need('customer'), expand: ['data.payments'] }),
    'invoice',
  ],
  invoicePayments: [(stripe, need) => stripe.invoicePayments.list({ invoice: need('invoice') }), 'invoice_payment'],
  charges: [(stripe, need) => stripe.charges.list({ customer: need('customer') }), 'charge'],
  refunds: [(stripe, need) => stripe.refunds.list({ payment_intent: need('intent') }), 'refund'],
  disputes: [(stripe, need) => stripe.disputes.list({ charge: need('charge') }), 'dispute'],
  events: [(stripe) => stripe.events.list({ types: ['customer.created'], created: { gte: 1 } }), 'event'],
  paymentMethods: [
    (stripe, need) => stripe.paymentMethods.list({ customer: need('customer'), type: 'card' }),
    'payment_method',
  ],
};

const mock = stripeMockPath();
const testKey = process.env['STRIPE_TEST_API_KEY'];
if (mock === undefined) console.warn('stripe-mock is not installed (no go to build it with): skipped here');

describe.each([
  { name: 'the sandbox', open: openSandbox },
  { name: 'stripe-mock', open: mock === undefined ? undefined : () => openMock(mock) },
  { name: "Stripe's test mode", open: testKey === undefined ? undefined : () => openTestMode(testKey) },
])('$name', ({ open }) => {
  let party: Party;
  beforeAll(async () => {
    if (open) party = await open();
  });
  afterAll(() => party?.close());

  test.skipIf(!open).for(Object.entries(calls))('%s', async ([, [call, shape]], { skip }) => {
    const { stripe, known } = party;
    const answer = await call(stripe, (name) => known[name] ?? skip(`there is no ${name}`));
    expect(answer).toMatchObject(shape);
  });
  test.skipIf(!open).for(Object.entries(lists))('%s, listed', async ([, [listing, kind]], { skip }) => {
    const { stripe, known } = party;
    const { object, has_more, data } = await listing(stripe, (name) => known[name] ?? skip(`there is no ${name}`));
    expect({ object, has_more }).toEqual({ object: 'list', has_more: expect.any(Boolean) });
    for (const member of data) expect(member).toMatchObject({ object: kind });
  });
  test.skipIf(!open)('an unknown parameter is refused', async () => {
    const bad = { no_such_parameter: 'x' } as Stripe.CustomerCreateParams; // none of them: that is the point
    await expect(party.stripe.customers.create(bad)).rejects.toMatchObject({ statusCode: 400 });
  });
});

describe.skipIf(mock === undefined)('beside stripe-mock', () => {
  let parties: Party[];
  beforeAll(async () => {
    parties = await Promise.all([openSandbox(), openMock(mock ?? '')]);
  });
  afterAll(() => Promise.all((parties ?? []).map(({ close }) => close())));

  test.each(Object.entries(calls))('%s: no field is left out', async (_, [call]) => {
    const [ours, theirs] = await Promise.all(
      parties.map(async ({ stripe, known }) => Object.keys(await call(stripe, (name) => known[name] ?? ''))),
    );
    // stripe-mock shows the refunds of a charge always, Stripe only when they are asked for.
    expect(theirs?.filter((field) => field !== 'refunds' && !ours?.includes(field))).toEqual([]);
  });
});
