// Events of Stripe: signed ones count once, however often and in whatever order they come; all others do nothing.

import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCustomer } from '../../db/subscriptions.ts';
import { workflowIds } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type Answer, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';

const SECRET = 'whsec_of_this_test';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ settings: { STRIPE_WEBHOOK_SECRET: SECRET } });
});
afterAll(() => gateway.close());

interface Sending {
  secret?: string;
  /** Seconds. */
  signedAt?: number;
  /** Sent instead of what was signed. */
  altered?: string;
  /** Sent instead of the signature; null sends none. */
  signature?: string | null;
}

function send(
  event: object | string,
  { secret = SECRET, signedAt, altered, signature }: Sending = {},
): Promise<Answer> {
  const payload = typeof event === 'string' ? event : JSON.stringify(event);
  const timestamp = signedAt ?? Math.floor(Date.now() / 1000);
  const header = signature ?? Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return gateway.anyone('POST', '/webhooks/stripe', {
    body: altered ?? payload,
    headers: signature === null ? {} : { 'Stripe-Signature': header },
  });
}

let made = 0;
const eventOf = (type: string, object: object) => ({
  id: `evt_${createHash('sha256').update(`${type}/${made++}`).digest('hex').slice(0, 24)}`,
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1_790_000_000,
  type,
  data: { object },
});

const rows = () =>
  gateway.database.write(system('test'), async (tx) => [
    ...(await tx.execute<{ event_id: string; user_id: string | null; told_at: unknown }>(
      sql`select event_id, user_id, told_at from billing_events`,
    )),
  ]);
const rowOf = async (id: string) => (await rows()).filter((row) => row.event_id === id);

async function customer(id: string): Promise<TestUser> {
  const who = await gateway.user();
  await saveCustomer(gateway.database, system('test'), who.principal.userId, id);
  return who;
}

/** The messages that the user's saga was sent; none when there is no saga. */
async function signals(who: TestUser): Promise<string[]> {
  await gateway.dependencies.afterwards.settled();
  const handle = gateway.temporal.workflow.getHandle(workflowIds.subscription(who.principal.userId));
  const history = await handle.fetchHistory().catch(() => undefined);
  return (history?.events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName ? [signal.signalName] : [],
  );
}

/** Every event that is read, as Stripe writes the object that it is about. */
const EVENTS: Record<string, (customerId: string) => object> = {
  'customer.created': (id) => ({ id, object: 'customer', metadata: {} }),
  'customer.updated': (id) => ({ id, object: 'customer', metadata: {} }),
  'checkout.session.completed': (id) => ({ id: 'cs_1', object: 'checkout.session', customer: id, metadata: {} }),
  'checkout.session.expired': (id) => ({ id: 'cs_2', object: 'checkout.session', customer: id, metadata: null }),
  'customer.subscription.created': (id) => ({ id: 'sub_1', object: 'subscription', customer: id }),
  'customer.subscription.updated': (id) => ({ id: 'sub_1', object: 'subscription', customer: id }),
  'customer.subscription.deleted': (id) => ({ id: 'sub_1', object: 'subscription', customer: id }),
  'invoice.paid': (id) => ({ id: 'in_1', object: 'invoice', customer: id }),
  'invoice.payment_failed': (id) => ({ id: 'in_1', object: 'invoice', customer: id }),
  'payment_intent.payment_failed': (id) => ({ id: 'pi_1', object: 'payment_intent', customer: id }),
  'charge.refunded': (id) => ({ id: 'ch_1', object: 'charge', customer: id, payment_intent: 'pi_1' }),
};

it('notes and tells each event once, ten times sent, shuffled and at once', async () => {
  const who = await customer('cus_often');
  const events = Object.entries(EVENTS).map(([type, objectOf]) => eventOf(type, objectOf('cus_often')));
  const sent = events
    .flatMap((event, at) =>
      Array.from({ length: 10 }, (_, time) => ({ event, order: ((at + 1) * 7919 * (time + 3)) % 1009 })),
    )
    .toSorted((a, b) => a.order - b.order);
  const answers = await Promise.all(sent.map(({ event }) => send(event)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await signals(who)).toEqual(events.map(() => 'billingChanged'));
  const noted = (await rows()).filter(({ user_id }) => user_id === who.principal.userId);
  expect(noted.map(({ event_id }) => event_id).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  expect(noted.filter(({ told_at }) => told_at === null)).toEqual([]);
  // Later repeats neither.
  for (const event of events) expect((await send(event)).status).toBe(200);
  expect(await signals(who)).toHaveLength(events.length);
});

describe('refuses', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const cases: Record<string, (body: string) => Promise<Answer>> = {
    'one without a signature': (body) => send(body, { signature: null }),
    'an empty signature': (body) => send(body, { signature: '' }),
    'a signature that is none': (body) => send(body, { signature: 'v1=deadbeef' }),
    'a forged one': (body) => send(body, { signature: `t=${now()},v1=${'0'.repeat(64)}` }),
    'one signed with another secret': (body) => send(body, { secret: 'whsec_of_somebody_else' }),
    'a stale one': (body) => send(body, { signedAt: now() - 301 }),
    'one whose time was altered': (body) => {
      const header = Stripe.webhooks.generateTestHeaderString({
        payload: body,
        secret: SECRET,
        timestamp: now() - 900,
      });
      return send(body, { signature: header.replace(/t=\d+/, `t=${now()}`) });
    },
    'an altered one': (body) => send(body, { altered: body.replace('cus_known', 'cus_other') }),
    'one written anew': (body) => send(body, { altered: JSON.stringify(JSON.parse(body), null, 1) }),
    'one of another scheme': (body) => {
      const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRET, scheme: 'v0' });
      return send(body, { signature: header });
    },
  };

  it.for(Object.keys(cases))('%s', async (name) => {
    const who = await customer(`cus_known_${name}`);
    const event = eventOf('invoice.paid', { object: 'invoice', customer: `cus_known_${name}` });
    const answer = await cases[name]?.(JSON.stringify(event));
    expect(answer).toMatchObject({ status: 400, error: { type: 'bad_request' } });
    expect(await rowOf(event.id)).toEqual([]);
    expect(await signals(who)).toEqual([]);
  });

  it.for([
    ['nothing', ''],
    ['no JSON', 'dear colleague'],
    ['no event', '{"id":"evt_x"}'],
    ['a list', '[]'],
    ['an event without an id', JSON.stringify({ type: 'invoice.paid', data: { object: {} } })],
  ])('%s, though it is signed', async ([, body]) => {
    const before = (await rows()).length;
    expect(await send(body ?? '')).toMatchObject({ status: 400, error: { type: 'bad_request' } });
    expect(await rows()).toHaveLength(before);
  });

  it('a body beyond all bounds, before it is read', async () => {
    const event = eventOf('invoice.paid', { object: 'invoice', customer: 'cus_huge', note: 'x'.repeat(3 * 1024 ** 2) });
    expect(await send(event)).toMatchObject({ status: 413, error: { type: 'body_too_large' } });
    expect(await rowOf(event.id)).toEqual([]);
  });

  it('everything where no secret is set, and says so', async () => {
    const other = await startTestGateway();
    const answer = await other.anyone('POST', '/webhooks/stripe', { body: {} });
    await other.close();
    expect(answer).toMatchObject({ status: 503, error: { type: 'unavailable' } });
  });
});

it('finds the user of an event that comes before the customer is known', async () => {
  const who = await gateway.user();
  const metadata = { user_id: who.principal.userId };
  const completed = {
    id: 'cs_3',
    object: 'checkout.session',
    customer: 'cus_new',
    client_reference_id: who.principal.userId,
  };
  expect((await send(eventOf('customer.subscription.created', { object: 'subscription', metadata }))).status).toBe(200);
  expect((await send(eventOf('checkout.session.completed', { ...completed, metadata: {} }))).status).toBe(200);
  expect(await signals(who)).toEqual(['billingChanged', 'billingChanged']);
});

it('finds the user of a dispute by the payment, since it names nobody', async () => {
  const who = await customer('cus_disputing');
  const { userId, organizationId } = who.principal;
  await gateway.database.write(system('test'), (tx) =>
    tx.execute(sql`
      insert into invoices (invoice_id, organization_id, user_id, state, amount_due, amount_paid, amount_refunded,
        currency, created_at, payment_intent_id)
      values ('in_disputed', ${organizationId}, ${userId}, 'paid', 2900, 2900, 0, 'eur', now(), 'pi_disputed')`),
  );
  const dispute = { id: 'dp_1', object: 'dispute', charge: 'ch_1', payment_intent: 'pi_disputed' };
  expect((await send(eventOf('charge.dispute.created', dispute))).status).toBe(200);
  expect(await signals(who)).toEqual(['billingChanged']);
});

it.for([
  ['a customer that is not known here', { object: 'invoice', customer: 'cus_of_another_shop' }],
  [
    'a user that is not known here',
    { object: 'subscription', metadata: { user_id: '00000000-0000-4000-8000-000000000000' } },
  ],
  ['a user id that is none', { object: 'subscription', metadata: { user_id: "'; drop table users; --" } }],
  ['nobody', { object: 'product', id: 'prod_1' }],
  ['things of another shape', { object: 7, customer: { id: 'cus_often' }, metadata: 'none' }],
] as const)('notes an event of %s, and does nothing', async ([, object]) => {
  const event = eventOf('invoice.paid', object);
  expect((await send(event)).status).toBe(200);
  await gateway.dependencies.afterwards.settled();
  expect(await rowOf(event.id)).toMatchObject([{ user_id: null, told_at: null }]);
});

it('answers before the saga is told, and leaves what could not be told to the Schedule', async () => {
  const who = await customer('cus_waiting');
  const reached = Promise.withResolvers<void>();
  const { sagas } = gateway.dependencies;
  const tell = sagas.tellBillingChanged;
  sagas.tellBillingChanged = async () => {
    await reached.promise;
    throw new Error('Temporal is down');
  };
  const event = eventOf('invoice.paid', { object: 'invoice', customer: 'cus_waiting' });
  try {
    expect((await send(event)).status).toBe(200);
  } finally {
    reached.resolve();
    await gateway.dependencies.afterwards.settled();
    sagas.tellBillingChanged = tell;
  }
  expect(await rowOf(event.id)).toMatchObject([{ user_id: who.principal.userId, told_at: null }]);
  // Sent again, as Stripe does: now it is told.
  expect((await send(event)).status).toBe(200);
  expect(await signals(who)).toEqual(['billingChanged']);
  expect(await rowOf(event.id)).toMatchObject([{ told_at: expect.anything() as unknown }]);
});
