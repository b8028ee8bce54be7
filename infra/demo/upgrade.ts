// What paying does, over the public API: the archived result of a tour is paid for on the payment sandbox's page and comes
// back; then Premium is given up again, so that the next demo begins as this one did.
import { z } from 'zod';
import { payOnPage } from '../local/stripe/pay-on-page.ts';
import { call, download, until, type Tour } from './tour.ts';

const GOOD_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';

const subscription = z.object({
  plan: z.string(),
  state: z.string(),
  restore: z.object({ total: z.number(), restored: z.number(), failed: z.number() }).nullable(),
  archive_at: z.string().optional(),
});
const job = z.object({ result_state: z.string().nullable() });

/** Gives up Premium, should an earlier demo have been stopped half-way. */
export async function beginFree(tour: Tour): Promise<void> {
  if ((await subscriptionOf(tour)).plan === 'free') return;
  await call(tour, 'DELETE', '/subscription?now=true', z.object({}));
  await until(async () => (await subscriptionOf(tour)).plan === 'free', { what: 'the plan to be Free' });
}

/** `jobId` is archived and has `records` records. */
export async function takeUpgradeTour(tour: Tour, jobId: string, records: number): Promise<void> {
  const { say } = tour;
  const { checkout_url: url } = await call(tour, 'POST', '/subscription', z.object({ checkout_url: z.string() }));
  say(`checkout    ${url}`);
  const declined = await payOnPage(url, DECLINED_CARD);
  say(`declined    card ${DECLINED_CARD}: ${declined.alert ?? `the page answered ${declined.status}`}`);
  const paid = await payOnPage(url, GOOD_CARD);
  if (paid.status !== 303) throw new Error(`the payment page answered ${paid.status}: ${paid.alert ?? ''}`);
  say(`paid        card ${GOOD_CARD} (a sandbox: no money moves)`);

  let shown = '';
  const isBack = async () => {
    const { plan, restore } = await subscriptionOf(tour);
    const line = `restoring   ${restore?.restored ?? 0} of ${restore?.total ?? 0} results restored, plan ${plan}`;
    if (line !== shown) say(line);
    shown = line;
    return (await call(tour, 'GET', `/annotations/${jobId}`, job)).result_state === 'live';
  };
  await until(isBack, { what: 'the result to be restored' });
  await download(tour, jobId, records);

  await call(tour, 'DELETE', '/subscription?now=true', z.object({}));
  await until(async () => (await subscriptionOf(tour)).plan === 'free', { what: 'the plan to be Free again' });
  const { archive_at: archiveAt } = await subscriptionOf(tour);
  say(
    `cancelled   the plan is Free again; results are archived ${archiveAt ? `at ${archiveAt}` : 'after the retention window'}`,
  );
}

const subscriptionOf = (tour: Tour) => call(tour, 'GET', '/subscription', subscription);
