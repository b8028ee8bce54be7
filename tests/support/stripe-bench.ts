// The billing adapter on a Stripe sandbox of its own, in this process: what the contract and the fault tests stand on.

import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type Stripe from 'stripe';
import { createBillingActivities, type BillingDependencies } from '../../activities/billing/activities.ts';
import type { BenchCard, BillingBench } from '../../activities/billing/contract-bench.ts';
import type { BillingActivities } from '../../activities/billing/contract.ts';
import { createStripe } from '../../activities/billing/stripe.ts';
import { userId } from '../../domain/ids.ts';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
import { startStripeSandbox, type StripeSandbox, type StripeSandboxOptions } from '../../infra/local/stripe/start.ts';

const CARDS: Record<BenchCard, string> = {
  good: '4242424242424242',
  declined: '4000000000000002',
  fails_later: '4000000000000341',
  disputed: '4000000000000259',
};
const DAY_SECONDS = 24 * 3600;
const EXPIRY_SECONDS = 3600;
export const PUBLIC_URL = 'https://varloom.test';

export interface SandboxBench extends BillingBench {
  sandbox: StripeSandbox;
  stripe: Stripe;
}

/** Each activity in an environment of its own, as a worker gives it one. `environment` tells of it before it runs. */
export function inActivity(
  activities: BillingActivities,
  environment: () => MockActivityEnvironment = () =>
    new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }),
): BillingActivities {
  const run = <Name extends keyof BillingActivities>(name: Name): BillingActivities[Name] => {
    const act: (input: never) => Promise<unknown> = activities[name];
    // Input and output are those of the activity that it passes on.
    return ((input: never) => environment().run(act, input)) as unknown as BillingActivities[Name];
  };
  return {
    'billing.customer.ensure': run('billing.customer.ensure'),
    'billing.account.read': run('billing.account.read'),
    'billing.checkout.open': run('billing.checkout.open'),
    'billing.checkout.expire': run('billing.checkout.expire'),
    'billing.subscription.cancel': run('billing.subscription.cancel'),
    'billing.subscription.undo': run('billing.subscription.undo'),
    'billing.portal.open': run('billing.portal.open'),
    'billing.accounts.list': run('billing.accounts.list'),
  };
}

export async function startSandboxBench(
  changes: Partial<BillingDependencies> = {},
  rules: StripeSandboxOptions['rules'] = {},
): Promise<SandboxBench> {
  const apiKey = `sk_test_${randomUUID().replaceAll('-', '')}`;
  const sandbox = await startStripeSandbox({ port: 0, apiKey, webhookSecret: 'whsec_bench', rules });
  const { clock, endpoint } = sandbox;
  const stripe = createStripe({ apiKey, endpoint });
  const activities = createBillingActivities({
    stripe,
    publicUrl: PUBLIC_URL,
    checkoutExpirySeconds: EXPIRY_SECONDS,
    contact: async (id) => ({ email: `${id}@varloom.test`, name: 'Ada' }),
    now: () => new Date(clock.now() * 1000),
    ...changes,
  });
  const advanceTo = (at: number) => clock.advance(Math.max(0, at - clock.now()));
  return {
    sandbox,
    stripe,
    activities: inActivity(activities),
    register: () => userId(randomUUID()),
    async pay(sessionId, card) {
      const { redirectTo, status } = await payOnPage(`${endpoint}/c/${sessionId}`, CARDS[card]);
      if (status === 410) return 'closed';
      return redirectTo === null ? 'declined' : 'paid';
    },
    async endPeriod(id) {
      const { items } = await stripe.subscriptions.retrieve(id);
      advanceTo((items.data[0]?.current_period_end ?? 0) + 60);
    },
    giveUpCollecting: async () => clock.advance(8 * DAY_SECONDS),
    letDisputesCome: async () => clock.advance(60),
    letPagesExpire: async () => clock.advance(EXPIRY_SECONDS + 60),
    async money(customer) {
      const charges = await stripe.charges.list({ customer, limit: 100 }).autoPagingToArray({ limit: 1000 });
      const sum = (amountOf: (charge: Stripe.Charge) => number) =>
        charges.filter(({ paid }) => paid).reduce((total, charge) => total + amountOf(charge), 0);
      return { charged: sum(({ amount }) => amount), refunded: sum((charge) => charge.amount_refunded) };
    },
    close: () => sandbox.close(),
  };
}
