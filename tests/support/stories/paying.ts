// A Free user's archived results, and how that user pays on the sandbox's page and gives Premium up again.

import type Stripe from 'stripe';
import { z } from 'zod';
import { createStripe } from '../../../activities/billing/stripe.ts';
import { checkout, subscription, type Subscription } from '../../../domain/http-billing.ts';
import { payOnPage } from '../../../infra/local/stripe/pay-on-page.ts';
import { settingsOf } from '../installation.ts';
import type { Program, RunningStack } from '../program.ts';
import { annotated, awaited, inState } from './story.ts';

export const GOOD_CARD = '4242424242424242';

/** Jobs whose results have been archived. `begun` is told of each as soon as there is it. */
export async function archivedResults(
  program: Program,
  count: number,
  begun: (job: string) => void = () => {},
): Promise<string[]> {
  const jobs = await Promise.all(Array.from({ length: count }, () => annotated(program, begun)));
  await inState(program, jobs, 'archived');
  return jobs;
}

/** The address of the payment page. */
export const openCheckout = async (program: Program): Promise<string> =>
  (await program.ask('POST', '/subscription', { status: 201, shape: checkout })).checkout_url;

export async function pay(program: Program): Promise<void> {
  const url = await openCheckout(program).catch((error: unknown) => {
    // A saga whose worker has just been replaced may take longer than a request is waited for. Who is told so asks once more,
    // and is given the same page.
    if (!String(error).includes('has not answered yet')) throw error;
    return openCheckout(program);
  });
  const { status, alert } = await payOnPage(url, GOOD_CARD);
  if (status !== 303) throw new Error(`POST ${new URL(url).pathname}: ${status} ${alert ?? ''}`);
}

export const subscriptionOf = (program: Program): Promise<Subscription> =>
  program.ask('GET', '/subscription', { shape: subscription });

/** Premium, and every result back. */
export async function expectRestored(program: Program, jobs: readonly string[]): Promise<void> {
  await inState(program, jobs, 'live');
  const isWhole = ({ plan, state, restore }: Subscription) =>
    plan === 'premium' &&
    state === 'active' &&
    restore?.total === jobs.length &&
    restore.restored === jobs.length &&
    restore.failed === 0;
  await awaited('the subscription to be whole', () => subscriptionOf(program), isWhole);
}

/** Gives Premium up at once, and waits until the results are archived again. */
export async function giveUpPremium(program: Program, jobs: readonly string[]): Promise<void> {
  await program.ask('DELETE', '/subscription?now=true', { status: 202, shape: subscription });
  const isFree = ({ plan, state }: Subscription) => plan === 'free' && state === 'none';
  await awaited('the plan to be Free', () => subscriptionOf(program), isFree);
  await inState(program, jobs, 'archived');
}

/** What the payment service has taken from whoever has this address, and for what. */
export async function paymentsOf(
  { home }: RunningStack,
  email: string,
): Promise<{ customers: number; charges: Stripe.Charge[]; subscriptions: Stripe.Subscription[] }> {
  const settings = settingsOf(home);
  const stripe = createStripe({
    apiKey: z.string().parse(settings['STRIPE_API_KEY']),
    endpoint: settings['STRIPE_ENDPOINT'],
  });
  const { data: customers } = await stripe.customers.list({ email });
  const of = customers.map(({ id: customer }) =>
    Promise.all([stripe.charges.list({ customer }), stripe.subscriptions.list({ customer, status: 'all' })]),
  );
  const found = await Promise.all(of);
  return {
    customers: customers.length,
    charges: found.flatMap(([{ data }]) => data),
    subscriptions: found.flatMap(([, { data }]) => data),
  };
}
