// Paying, restoring, managing and cancelling over the API, through the real sagas, with the Stripe sandbox.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveAccount, saveCustomer } from '../../db/subscriptions.ts';
import type { JobId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { startTestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, submitted } from '../../tests/support/gateway-steps.ts';
import { startPayingGateway, type PayingGateway } from '../../tests/support/paying-gateway.ts';

const GOOD_CARD = '4242 4242 4242 4242';
const DECLINED_CARD = '4000 0000 0000 0002';

let gateway: PayingGateway;
beforeAll(async () => {
  gateway = await startPayingGateway('subscription');
});
afterAll(() => gateway?.close());

const read = async (who: TestUser) => (await who.token('GET', '/subscription')).body;
const becomes = (who: TestUser, state: Record<string, unknown>) =>
  expect.poll(() => read(who), { interval: 100 }).toMatchObject(state);
const job = async (who: TestUser, id: JobId) => (await who.token('GET', `/annotations/${id}`)).body;
const jobBecomes = (who: TestUser, id: JobId, state: Record<string, unknown>) =>
  expect.poll(() => job(who, id), { interval: 100 }).toMatchObject(state);
const restore = (who: TestUser, id: string) => who.token('POST', `/annotations/${id}/restore`);

async function checkout(who: TestUser): Promise<string> {
  const answer = await who.session('POST', '/subscription');
  expect(answer).toMatchObject({ status: 201, body: { code: 201, status: 'success' } });
  return String(answer.body['checkout_url']);
}

async function pay(who: TestUser): Promise<void> {
  expect(await payOnPage(await checkout(who), GOOD_CARD)).toMatchObject({ status: 303, alert: null });
  await becomes(who, { plan: 'premium', state: 'active' });
}

describe('on the Free plan', () => {
  it('there is nothing paid, nothing to cancel and nothing to manage', async () => {
    const who = await gateway.user();
    const answer = await who.token('GET', '/subscription');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      code: 200,
      status: 'success',
      plan: 'free',
      state: 'none',
      cancel_at_period_end: false,
      restore: null,
    });
    expect(await who.token('DELETE', '/subscription')).toMatchObject({
      status: 409,
      error: { type: 'no_subscription' },
    });
    expect(await who.token('POST', '/subscription/portal')).toMatchObject({
      status: 409,
      error: { type: 'no_customer' },
    });
    expect((await who.token('GET', '/subscription/invoices')).body).toMatchObject({ invoices: [], next: null });
    expect((await who.token('GET', '/subscription/restores')).body).toMatchObject({ restores: [], next: null });
  });

  it('a result in the archive is not restored, and the answer says where to upgrade', async () => {
    const who = await gateway.user();
    const id = await gateway.archived(who);
    const refusal = { type: 'result_archived', details: { upgrade_url: `${gateway.settings.PUBLIC_URL}/billing` } };
    expect(await restore(who, id)).toMatchObject({ status: 403, error: refusal });
    expect(await who.token('GET', `/annotations/${id}/result`)).toMatchObject({ status: 403, error: refusal });
    expect(await job(who, id)).not.toHaveProperty('restore');
  });

  it('an API key pays nothing and cancels nothing', async () => {
    const who = await gateway.user();
    const key = await who.withKey();
    expect((await key('GET', '/subscription')).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/subscription'],
      ['DELETE', '/subscription'],
      ['POST', '/subscription/portal'],
      ['GET', '/subscription/invoices'],
    ] as const) {
      expect(await key(method, path)).toMatchObject({ status: 403, error: { type: 'forbidden' } });
    }
    expect(await read(who)).toMatchObject({ plan: 'free', state: 'none' });
  });
});

it('asked for many times at once, there is one payment page', async () => {
  const who = await gateway.user();
  const answers = await Promise.all(Array.from({ length: 5 }, () => checkout(who)));
  expect(new Set([...answers, await checkout(who)]).size).toBe(1);
  await becomes(who, { plan: 'free', state: 'awaiting_payment', checkout_url: answers[0], restore: null });
  // Cancelled before it was paid: the page is closed.
  expect((await who.token('DELETE', '/subscription?now=true')).status).toBe(202);
  await becomes(who, { state: 'none' });
  expect(await read(who)).not.toHaveProperty('checkout_url');
  expect((await payOnPage(answers[0] ?? '', GOOD_CARD)).status).toBe(410);
});

it('a declined card leaves the plan Free and says why; a good one brings every result back', async () => {
  const who = await gateway.user();
  const ids = [await gateway.archived(who), await gateway.archived(who)];
  const page = await checkout(who);
  expect((await payOnPage(page, DECLINED_CARD)).status).toBe(402);
  await becomes(who, { plan: 'free', payment_refusal: expect.stringContaining('declined') as unknown });
  expect(await read(who)).toMatchObject({ state: 'awaiting_payment', checkout_url: page });

  await pay(who);
  await becomes(who, { restore: { total: 2, restored: 2, failed: 0 } });
  const paid = await read(who);
  expect(paid).not.toHaveProperty('payment_refusal');
  expect(Date.parse(String(paid['current_period_end']))).toBeGreaterThan(Date.now() + 27 * 86_400_000);
  for (const id of ids) {
    expect(await job(who, id)).toMatchObject({ result_state: 'live' });
    const link = await who.token('GET', `/annotations/${id}/result`, { headers: { Accept: 'application/json' } });
    expect(await (await fetch(String(link.body['url']))).text()).toBe(`annotated ${id}`);
    expect(await restore(who, id)).toMatchObject({ status: 409, error: { type: 'result_not_archived' } });
  }
  const { body } = await who.token('GET', '/subscription/restores?state=restored');
  expect(body['restores']).toHaveLength(2);
  expect(await who.token('POST', '/subscription')).toMatchObject({ status: 409, error: { type: 'already_premium' } });
});

it('what is paid can be seen, managed, and ended: with its period, or at once', async () => {
  const who = await gateway.user();
  await pay(who);
  await expect
    .poll(async () => (await who.token('GET', '/subscription/invoices')).body)
    .toMatchObject({
      invoices: [{ state: 'paid', amount_refunded: 0, url: expect.any(String) as unknown }],
      next: null,
    });
  const portal = await who.session('POST', '/subscription/portal');
  expect(portal.status).toBe(201);
  expect((await fetch(String(portal.body['portal_url']))).status).toBe(200);

  const ending = await who.session('DELETE', '/subscription');
  expect(ending).toMatchObject({ status: 202, body: { plan: 'premium', state: 'active', cancel_at_period_end: true } });
  expect((await who.session('DELETE', '/subscription?now=true')).status).toBe(202);
  await becomes(who, { plan: 'free', state: 'none', cancel_at_period_end: false, restore: null });
  expect((await who.token('DELETE', '/subscription?now=perhaps')).status).toBe(422);
});

it('a restore that fails is shown with its reason, and tried again', async () => {
  const who = await gateway.user();
  const [id, stranger] = [await gateway.archived(who), await gateway.user({ plan: 'premium' })];
  gateway.retrievalFails.with = 'retrieval_refused';
  try {
    await pay(who);
    await becomes(who, { restore: { total: 1, restored: 0, failed: 1 } });
  } finally {
    gateway.retrievalFails.with = undefined;
  }
  const error = { type: 'retrieval_refused', remedy: expect.any(String) as unknown };
  expect(await job(who, id)).toMatchObject({ result_state: 'archived', restore: { state: 'failed', error } });
  const failed = await who.token('GET', '/subscription/restores?state=failed');
  expect(failed.body).toMatchObject({ restores: [{ job_id: id, file_name: 'sample.vcf', state: 'failed', error }] });
  expect((await stranger.token('GET', '/subscription/restores')).body['restores']).toEqual([]);

  expect(await restore(stranger, id)).toMatchObject({ status: 404, error: { type: 'not_found' } });
  const answers = await Promise.all([restore(who, id), restore(who, id), restore(who, id)]);
  for (const answer of answers) expect([202, 409]).toContain(answer.status);
  expect(answers.map(({ status }) => status)).toContain(202);
  await jobBecomes(who, id, { result_state: 'live' });
  expect(await job(who, id)).not.toHaveProperty('restore');
  await becomes(who, { restore: { total: 1, restored: 1, failed: 0 } });
});

it('what has no result has nothing to restore; who asks while no saga is served is told to ask again', async () => {
  const who = await gateway.user({ plan: 'premium' });
  expect(await restore(who, 'no-id')).toMatchObject({ status: 404 });
  const other = await startTestGateway();
  try {
    const theirs = await other.user({ plan: 'premium' });
    await addReference(other, 'demo');
    const pending = await submitted(theirs.token);
    expect(await restore(theirs, pending)).toMatchObject({ status: 409, error: { type: 'result_not_ready' } });
    expect(await theirs.token('POST', '/subscription')).toMatchObject({ status: 503, error: { type: 'unavailable' } });
  } finally {
    await other.close();
  }
});

it('a plan that was granted is active without a payment, and can be given up', async () => {
  const who = await gateway.user({ plan: 'premium' });
  expect(await read(who)).toMatchObject({ state: 'active', restore: { total: 0, restored: 0, failed: 0 } });
  expect(await who.token('POST', '/subscription')).toMatchObject({ status: 409, error: { type: 'already_premium' } });
  expect((await who.token('DELETE', '/subscription?now=true')).status).toBe(202);
  await becomes(who, { plan: 'free', state: 'none' });
});

it('invoices are paged, newest first, without repeating or losing one', async () => {
  const who = await gateway.user();
  const { userId } = who.principal;
  await saveCustomer(gateway.database, system('test'), userId, 'cus_of_many_invoices');
  const invoices = Array.from({ length: 7 }, (_, at) => ({
    invoiceId: `in_${at}`,
    number: null,
    state: 'paid' as const,
    amountDue: 2900,
    amountPaid: 2900,
    amountRefunded: 0,
    currency: 'eur',
    // Some of one moment.
    createdAt: new Date(Date.UTC(2026, Math.floor(at / 2), 1)).toISOString(),
    hostedUrl: null,
    paymentIntentId: null,
  }));
  const account = { customerId: 'cus_of_many_invoices', checkout: null, subscriptions: [], invoices };
  await saveAccount(gateway.database, system('test'), userId, account, 3600);
  const seen: string[] = [];
  let query = '';
  for (let pages = 0; pages < 9; pages++) {
    const { body } = await who.token('GET', `/subscription/invoices?limit=2${query}`);
    // The shape of a list; a wrong one fails below.
    const { invoices: shown, next } = body as { invoices: { invoice_id: string }[]; next: string | null };
    seen.push(...shown.map(({ invoice_id }) => invoice_id));
    if (next === null) break;
    query = `&cursor=${next}`;
  }
  expect(seen).toEqual(['in_6', 'in_5', 'in_4', 'in_3', 'in_2', 'in_1', 'in_0']);
  const wrong = Buffer.from("2026-01-01T00:00:00.000000Z/in_1' or true").toString('base64url');
  for (const bad of ['?cursor=x', `?cursor=${wrong}`, '?limit=201', '?page=2']) {
    expect(await who.token('GET', `/subscription/invoices${bad}`)).toMatchObject({ status: 422 });
  }
});
