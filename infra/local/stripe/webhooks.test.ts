// Deliveries: signed as the `stripe` package verifies, again after a failure, at least once, over a kill -9 as well.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Stripe from 'stripe';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startStripe } from '../services/stripe.ts';
import { payOnPage } from './pay-on-page.ts';
import { connect, goodCard, openShop, webhookSecret } from './test-shop.ts';

interface Received {
  body: string;
  signature: string;
  /** Unix milliseconds. */
  at: number;
}

interface Receiver {
  url: string;
  received: Received[];
  /** Statuses of the next answers; 200 when there is none. */
  answers: number[];
  close: () => Promise<void>;
}

let receiver: Receiver;
beforeEach(async () => {
  receiver = await receive();
});
afterEach(() => receiver.close());

async function receive(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ body, signature: String(request.headers['stripe-signature']), at: Date.now() });
      response.writeHead(answers.shift() ?? 200).end();
    });
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port: taken } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${taken}/hook`, received, answers, close };
}

const typesOf = (received: Received[]): string[] =>
  // The sandbox's own events: what they are is asserted below.
  received.map(({ body }) => (JSON.parse(body) as Stripe.Event).type);
const countOf = (type: string) => typesOf(receiver.received).filter((one) => one === type).length;

test('every event comes once, signed; the same object is found by the API', async () => {
  const shop = await openShop({ webhookUrl: receiver.url });
  await shop.subscribed();
  const { data: events } = await shop.stripe.events.list({ limit: 100 });
  await expect.poll(() => receiver.received.length).toBe(events.length);
  const verified = receiver.received.map(({ body, signature }) =>
    shop.stripe.webhooks.constructEvent(body, signature, webhookSecret),
  );
  expect(verified.map(({ id }) => id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  const [first] = receiver.received;
  const altered = first?.body.replace('"livemode": false', '"livemode": true') ?? '';
  expect(() => shop.stripe.webhooks.constructEvent(altered, first?.signature ?? '', webhookSecret)).toThrow(
    'signature',
  );
  const completed = verified.find(({ type }) => type === 'checkout.session.completed');
  expect(completed).toMatchObject({ api_version: '2026-10-28.endive', data: { object: { payment_status: 'paid' } } });
  await shop.sandbox.close();
});

test('what is answered with an error comes again after a second, then after two', async () => {
  receiver.answers.push(500, 302);
  const shop = await openShop({ webhookUrl: receiver.url });
  await shop.stripe.customers.create();
  await expect.poll(() => receiver.received.length).toBe(3);
  const [one, two, three] = receiver.received;
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThanOrEqual(950);
  expect((three?.at ?? 0) - (two?.at ?? 0)).toBeGreaterThanOrEqual(1950);
  await shop.sandbox.close();
});

test('a receiver that hangs does not delay the answers of the API', async () => {
  const hanging = createServer(() => {}).listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  const { port } = hanging.address() as AddressInfo;
  const shop = await openShop({ webhookUrl: `http://127.0.0.1:${port}` });
  const { subscription } = await shop.subscribed();
  expect(subscription.status).toBe('active');
  await shop.sandbox.close();
  hanging.closeAllConnections();
  hanging.close();
});

test('events are sent again on request, in copies, and held back while paused', async () => {
  const shop = await openShop({ webhookUrl: receiver.url });
  const { deliveries } = shop.sandbox;
  deliveries.set({ paused: true, copies: 10 });
  await shop.stripe.customers.create();
  await shop.checkout();
  expect(receiver.received).toEqual([]);
  deliveries.set({ paused: false });
  await expect.poll(() => countOf('customer.created')).toBe(20);
  deliveries.set({ copies: 1 });
  const [event] = (await shop.stripe.events.list()).data;
  deliveries.resend(event?.id ?? '');
  await expect.poll(() => receiver.received.length).toBe(21);
  expect(() => deliveries.resend('evt_none')).toThrow('No such event');
  await shop.sandbox.close();
});

test('endpoints are made by the API as well, for the events they name, with a secret of their own', async () => {
  const shop = await openShop();
  const made = await shop.stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['customer.updated'] });
  const customer = await shop.stripe.customers.create({ metadata: { a: '1', b: '2' } });
  await shop.stripe.customers.update(customer.id, { metadata: { a: '' } });
  await expect.poll(() => typesOf(receiver.received)).toEqual(['customer.updated']);
  const [first] = receiver.received;
  const event = shop.stripe.webhooks.constructEvent(first?.body ?? '', first?.signature ?? '', made.secret ?? '');
  expect(event.data).toMatchObject({
    object: { metadata: { b: '2' } },
    previous_attributes: { metadata: { a: '1', b: '2' } },
  });
  expect((await shop.stripe.webhookEndpoints.retrieve(made.id)).secret).toBeUndefined();
  await shop.stripe.webhookEndpoints.del(made.id);
  expect((await shop.stripe.webhookEndpoints.list()).data).toEqual([]);
  await shop.sandbox.close();
});

test('kill -9 and a new start: objects, kept answers and time are there, and what was not delivered comes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-stripe-'));
  const { url: webhookUrl } = receiver;
  const port = Number(new URL(webhookUrl).port);
  await receiver.close(); // nobody hears of the first run
  const first = await startStripe({ directory, webhookUrl });
  const stripe = connect(first.endpoint, first.apiKey);
  const idempotencyKey = 'over-a-restart';
  const { id } = await stripe.customers.create({ email: 'kept@varloom.test' }, { idempotencyKey });
  const { data: prices } = await stripe.prices.list();
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: id,
    line_items: [{ price: prices[0]?.id ?? '' }],
    success_url: 'https://shop.test/',
  });
  await moveClock(first, 3600);
  process.kill(first.process.pid, 'SIGKILL');
  await first.process.ended;

  receiver = await receive(port);
  const second = await startStripe({ directory, webhookUrl, port: Number(new URL(first.endpoint).port) });
  try {
    await expect.poll(() => typesOf(receiver.received)).toEqual(['customer.created']);
    const again = await stripe.customers.create({ email: 'kept@varloom.test' }, { idempotencyKey });
    expect(again.id).toBe(id);
    expect(await payOnPage(session.url ?? '', goodCard)).toMatchObject({ status: 303 });
    const { data: subscriptions } = await stripe.subscriptions.list({ customer: id });
    expect(subscriptions[0]?.created).toBeGreaterThan(Date.now() / 1000 + 3500);
    await expect.poll(() => countOf('checkout.session.completed')).toBe(1);
    await moveClock(second, 31 * 24 * 3600);
    expect((await stripe.invoices.list({ customer: id })).data).toHaveLength(2);
  } finally {
    await second.stop();
    await rm(directory, { recursive: true });
  }
});

async function moveClock(of: { endpoint: string; apiKey: string }, seconds: number): Promise<void> {
  const moved = await fetch(`${of.endpoint}/sandbox/clock`, {
    method: 'POST',
    headers: { authorization: `Bearer ${of.apiKey}` },
    body: JSON.stringify({ advance_seconds: seconds }),
  });
  expect(moved.status).toBe(200);
}
