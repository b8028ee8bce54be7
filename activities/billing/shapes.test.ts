// What we send, as Stripe's own stripe-mock checks it: it knows every parameter of the pinned API version, and keeps nothing.
// Skipped where it is not installed: `npm test` builds it where there is go.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userId } from '../../domain/ids.ts';
import { reservePort } from '../../infra/local/ports.ts';
import { startProcess, type RunningProcess } from '../../infra/local/running-process.ts';
import { stripeMockPath } from '../../infra/local/tools.ts';
import { inActivity, PUBLIC_URL } from '../../tests/support/stripe-bench.ts';
import { createBillingActivities } from './activities.ts';
import type { BillingActivities } from './contract.ts';
import { createStripe } from './stripe.ts';

const program = stripeMockPath();
if (program === undefined) console.warn('stripe-mock is not installed (no go to build it with): skipped here');

describe.skipIf(program === undefined)('on stripe-mock', () => {
  const user = userId('00000000-0000-4000-8000-000000000001');
  let directory: string;
  let mock: RunningProcess;
  let acts: BillingActivities;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-stripe-mock-'));
    const [port, securePort] = [await reservePort(), await reservePort()];
    const plan = {
      name: 'stripe-mock',
      command: program ?? '',
      args: ['-http-addr', `127.0.0.1:${port}`, '-https-addr', `127.0.0.1:${securePort}`],
      isReady: (output: () => string) => output().includes('Listening for HTTP at'),
      readyWithinSeconds: 30,
      stopSignal: 'SIGTERM' as const,
      stopWithinSeconds: 5,
    };
    mock = await startProcess(plan, join(directory, 'stripe-mock.log'));
    const stripe = createStripe({ apiKey: 'sk_test_123', endpoint: `http://127.0.0.1:${port}` });
    const contact = async () => ({ email: 'ada@varloom.test', name: 'Ada' });
    acts = inActivity(createBillingActivities({ stripe, publicUrl: PUBLIC_URL, checkoutExpirySeconds: 3600, contact }));
  });
  afterAll(async () => {
    await mock?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('every act is sent as the API takes it, and its answer is read', async () => {
    const customerId = 'cus_123';
    expect(await acts['billing.customer.ensure']({ userId: user })).toEqual({
      customerId: expect.stringMatching(/^cus_/),
    });
    expect(await acts['billing.checkout.open']({ userId: user, customerId, act: '1' })).toEqual({
      sessionId: expect.stringMatching(/^cs_/),
      url: expect.stringMatching(/^https:/),
      expiresAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    const account = await acts['billing.account.read']({ customerId, checkoutSessionId: 'cs_123' });
    expect(account.checkout?.state).toBe('open');
    expect(account.subscriptions).toHaveLength(1);
    expect(account.invoices).toHaveLength(1);
    expect((await acts['billing.accounts.list']({ after: null })).accounts).toHaveLength(1);
    expect((await acts['billing.accounts.list']({ after: 'sub_123' })).next).toBeNull();
    expect(await acts['billing.checkout.expire']({ sessionId: 'cs_123' })).toEqual({ state: 'expired' });
    expect((await acts['billing.portal.open']({ customerId, act: '1' })).url).toMatch(/^https:/);
    for (const at of ['period_end', 'now'] as const) {
      await expect(acts['billing.subscription.cancel']({ subscriptionId: 'sub_123', at })).resolves.toBeUndefined();
    }
    await expect(acts['billing.subscription.undo']({ customerId, subscriptionIds: null })).resolves.toBeDefined();
  });
});
