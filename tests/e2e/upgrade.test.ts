// Paying and restoring on the whole stack, as a program sees it: refused, paid, restored, cancelled, archived again; and
// what happens when the store is killed in the middle of a restore.

import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { subscription, type Subscription } from '../../domain/http-billing.ts';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const RETENTION_SECONDS = 2;
const POLL = { timeout: 90_000, interval: 250 };

let stack: TestStack;
let free: Program;
let free2: Program;
beforeAll(async () => {
  stack = await startStack({ env: { RETENTION_SECONDS: String(RETENTION_SECONDS), RESTORE_POLL_SECONDS: '2' } });
  [free, free2] = [await signIn(stack, 'free@varloom.test'), await signIn(stack, 'free2@varloom.test')];
});
afterAll(() => stack.stop());

const genome = makeGenome(DEMO_PLAN);
const variants = demoVariants(genome, { seed: 7, count: 50 });
const vcf = Buffer.from(writeVcf(genome, variants));

async function archivedJobs(program: Program, count: number): Promise<string[]> {
  const inputFile = await program.upload('small.vcf', vcf);
  const ids = await Promise.all(Array.from({ length: count }, () => program.annotate(inputFile)));
  for (const id of ids) expect(await program.ended(id)).toMatchObject({ job_status: 'COMPLETED' });
  await states(program, ids, 'archived');
  return ids;
}
const states = (program: Program, ids: string[], state: string) =>
  expect
    .poll(async () => (await Promise.all(ids.map((id) => program.job(id)))).map((job) => job.result_state), POLL)
    .toEqual(ids.map(() => state));

const subscriptionOf = async (program: Program): Promise<Subscription> =>
  subscription.parse((await program.call('GET', '/subscription')).body);

async function checkout(program: Program): Promise<string> {
  const { status, body } = await program.call('POST', '/subscription');
  expect(status).toBe(201);
  return String(body['checkout_url']);
}

async function downloaded(program: Program, id: string): Promise<number> {
  const { body } = await program.call('GET', `/annotations/${id}/result`);
  const answer = await fetch(String(body['url']));
  expect(answer.status).toBe(200);
  const text = gunzipSync(Buffer.from(await answer.arrayBuffer())).toString('utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

it('a refused download, a card that is declined, one that is good, and everything is back', async () => {
  const ids = await archivedJobs(free, 3);
  const [first = ''] = ids;
  const refused = await free.call('GET', `/annotations/${first}/result`);
  expect(refused).toMatchObject({ status: 403, body: { error: { type: 'result_archived' } } });

  const url = await checkout(free);
  expect(await checkout(free)).toBe(url);
  expect(await payOnPage(url, '4000000000000002')).toMatchObject({ status: 402 });
  await expect.poll(() => subscriptionOf(free), POLL).toMatchObject({ state: 'awaiting_payment' });
  await expect.poll(async () => (await subscriptionOf(free)).payment_refusal, POLL).toMatch(/declined/i);
  expect((await free.job(first)).result_state).toBe('archived');

  expect(await payOnPage(url, '4242424242424242')).toMatchObject({ status: 303 });
  await states(free, ids, 'live');
  expect(await downloaded(free, first)).toBe(variants.length);
  await expect
    .poll(() => subscriptionOf(free), POLL)
    .toMatchObject({ plan: 'premium', state: 'active', restore: { total: 3, restored: 3, failed: 0 } });
  expect(await free.call('POST', '/subscription')).toMatchObject({
    status: 409,
    body: { error: { type: 'already_premium' } },
  });
  const { body } = await free.call('GET', '/subscription/invoices');
  expect(body['invoices']).toMatchObject([{ state: 'paid', amount_refunded: 0 }]);

  // As long as Premium is paid, nothing expires.
  const inputFile = await free.upload('kept.vcf', vcf);
  const kept = await free.annotate(inputFile);
  expect(await free.ended(kept)).toMatchObject({ job_status: 'COMPLETED', result_state: 'live' });

  expect(await free.call('DELETE', '/subscription?now=true')).toMatchObject({ status: 202 });
  await expect.poll(() => subscriptionOf(free), POLL).toMatchObject({ plan: 'free', state: 'none', restore: null });
  await states(free, [...ids, kept], 'archived');
}, 240_000);

it('the store killed in the middle of a restore: the saga finishes', async () => {
  const ids = await archivedJobs(free2, 4);
  expect(await payOnPage(await checkout(free2), '4242424242424242')).toMatchObject({ status: 303 });
  await expect
    .poll(
      async () => (await Promise.all(ids.map((id) => free2.job(id)))).some((job) => job.result_state === 'restoring'),
      POLL,
    )
    .toBe(true);
  const { processes } = await stack.readFile();
  process.kill(processes.find(({ name }) => name === 'store')?.pid ?? 0, 'SIGKILL');
  await states(free2, ids, 'live');
  for (const id of ids) expect(await downloaded(free2, id)).toBe(variants.length);
  await expect.poll(() => subscriptionOf(free2), POLL).toMatchObject({ restore: { total: 4, restored: 4, failed: 0 } });
}, 240_000);
