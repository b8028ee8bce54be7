// Paying and restoring on the whole stack, as a program sees it: refused, paid, restored, cancelled, archived again; and
// what happens when the store is killed in the middle of a restore.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import {
  archivedResults,
  expectRestored,
  giveUpPremium,
  GOOD_CARD,
  openCheckout,
  pay,
  subscriptionOf,
} from '../support/stories/paying.ts';
import { completed, expectDownload, submitted } from '../support/stories/story.ts';

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

it('a refused download, a card that is declined, one that is good, and everything is back', async () => {
  const ids = await archivedResults(free, 3);
  const [first = ''] = ids;
  const refused = await free.call('GET', `/annotations/${first}/result`);
  expect(refused).toMatchObject({ status: 403, body: { error: { type: 'result_archived' } } });

  const url = await openCheckout(free);
  expect(await openCheckout(free)).toBe(url);
  expect(await payOnPage(url, '4000000000000002')).toMatchObject({ status: 402 });
  await expect.poll(() => subscriptionOf(free), POLL).toMatchObject({ state: 'awaiting_payment' });
  await expect.poll(async () => (await subscriptionOf(free)).payment_refusal, POLL).toMatch(/declined/i);
  expect((await free.job(first)).result_state).toBe('archived');

  expect(await payOnPage(url, GOOD_CARD)).toMatchObject({ status: 303 });
  await expectRestored(free, ids);
  await expectDownload(free, first);
  expect(await free.call('POST', '/subscription')).toMatchObject({
    status: 409,
    body: { error: { type: 'already_premium' } },
  });
  const { body } = await free.call('GET', '/subscription/invoices');
  expect(body['invoices']).toMatchObject([{ state: 'paid', amount_refunded: 0 }]);

  // As long as Premium is paid, nothing expires.
  const kept = await submitted(free);
  expect(await completed(free, kept)).toMatchObject({ result_state: 'live' });

  await giveUpPremium(free, [...ids, kept]);
  expect(await subscriptionOf(free)).toMatchObject({ restore: null });
}, 240_000);

it('the store killed in the middle of a restore: the saga finishes', async () => {
  const ids = await archivedResults(free2, 4);
  await pay(free2);
  const states = async () => Promise.all(ids.map(async (id) => (await free2.job(id)).result_state));
  await expect.poll(states, POLL).toContain('restoring');
  const { processes } = await stack.readFile();
  process.kill(processes.find(({ name }) => name === 'store')?.pid ?? 0, 'SIGKILL');
  // While it is away, a job may not be read.
  await expect.poll(states, POLL).toEqual(ids.map(() => 'live'));
  await expectRestored(free2, ids);
  for (const id of ids) await expectDownload(free2, id);
}, 240_000);
