// What must hold when every saga has ended, whatever went wrong on the way.

import { planOf, standingOf, type StripeSubscription } from '../../../domain/billing.ts';
import type { JobId, UserId } from '../../../domain/ids.ts';
import { archivesResults } from '../../../domain/plans.ts';
import { resultFileKey } from '../../../domain/result-files.ts';
import { PRICE } from './memory-billing.ts';
import type { World } from './world.ts';

/** Of one job. Returns what does not hold. */
export function illegalities(world: World, id: JobId): string[] {
  const job = world.records.job(id);
  const keys = world.store.keys('results');
  const live = keys.filter((key) => key.startsWith(`${id}/`));
  const archived = keys.filter((key) => key.startsWith(`archive/${id}/`));
  const result = job.result;
  const liveKey = result === null ? null : (job.resultKey ?? resultFileKey(result.prefix, 'vcf'));
  const hasLiveVcf = liveKey !== null && keys.includes(liveKey);
  const restored = live.filter((key) => key.startsWith(`${id}/restored-`));
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${job.status}/${job.resultState}: ${what}`);
  };
  const mailed = (kind: string) => world.mails.filter((line) => line === `${kind} ${id}`).length;

  must(['COMPLETED', 'FAILED', 'CANCELLED'].includes(job.status), 'the job has ended');
  must(mailed('annotation.completed') <= 1 && mailed('annotation.failed') <= 1, 'no mail is sent twice');
  if (job.status !== 'COMPLETED' || job.resultState === 'deleted') {
    must(live.length === 0 && archived.length === 0, 'nothing is left in the store');
    must((job.error !== null) === (job.status === 'FAILED'), 'a failed job, and no other, says why');
  } else {
    must(
      live.some((key) => key.endsWith('/annotation.log')),
      'the log is never archived',
    );
    must(job.resultState === 'live' || job.resultState === 'archived', 'the result rests');
    must(hasLiveVcf === (job.resultState === 'live'), 'the live copy is there when the result is live, and only then');
    must((archived.length === 1) === (job.resultState === 'archived'), 'one archived copy, when it is archived');
    must((job.archiveKey !== null) === (job.resultState === 'archived'), 'the archive id is recorded with the state');
    if (job.archiveKey) must(archived.includes(job.archiveKey), 'the recorded archive copy is there');
    must(
      restored.every((key) => job.resultState === 'live' && key === job.resultKey),
      'no restored copy is there but the one that is recorded',
    );
  }
  if (job.status === 'FAILED') must(mailed('annotation.completed') === 0, 'a failed job is not called complete');
  return found;
}

/** Of a user, with all their jobs. `payments`: how often the user may rightly have paid in all, duplicates not counted. */
export async function illegalitiesOf(world: World, id: UserId, payments = { most: 1 }): Promise<string[]> {
  const { tables } = world.records;
  const { plan } = tables.user(id);
  const subscription = tables.subscriptions.get(id);
  const found = tables.jobsOf(id).flatMap((job) => illegalities(world, job.jobId));
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${plan}: ${what}`);
  };

  for (const job of tables.jobsOf(id)) {
    const restore = tables.restores.get(job.jobId);
    must(restore?.state !== 'waiting', 'no restore is open');
    if (job.status !== 'COMPLETED' || job.resultState === 'deleted' || archivesResults(plan)) continue;
    must(
      job.resultState === 'live' || restore?.state === 'failed',
      "a Premium owner's result is live, or its restore failed",
    );
  }

  const held = await subscriptionsOf(world, id);
  const running = held.filter(({ status }) => status === 'active' || status === 'past_due');
  const isGranted = plan === 'premium' && !subscription?.upgradeId;
  if (!isGranted) {
    const paid = planOf(standingOf({ subscriptions: held, checkout: null }));
    must(plan === paid, `the plan is what the payment service says: ${paid}`);
    must(
      running.length === (plan === 'premium' ? 1 : 0),
      `one subscription runs for Premium, none for Free: ${running.length}`,
    );
  }
  must(world.billing.openPagesOf(id).length === 0, 'no payment page is open');

  const { charged, refunded, disputed } = world.billing.moneyOf(id);
  const kept = (charged - refunded - disputed) / PRICE.amount;
  must(kept >= running.length || disputed > 0, `who has Premium has paid for it: ${kept}`);
  must(kept <= payments.most, `nothing is charged twice: ${kept} payments kept, ${payments.most} are right`);

  const count = (lines: string[], start: string) => lines.filter((line) => line.startsWith(start)).length;
  const mailed = (kind: string) => count(world.mails, `subscription.${kind} ${id}`);
  const audited = (action: string) => count(tables.audit, `${action} ${id}`);
  must(mailed('restored') <= audited('user.upgraded'), 'one welcome for each upgrade');
  must(mailed('ended') <= audited('user.downgraded'), 'one farewell for each downgrade');
  must(mailed('undone') <= audited('subscription.undone'), 'one apology for each upgrade that was undone');
  return found;
}

async function subscriptionsOf(world: World, id: UserId): Promise<StripeSubscription[]> {
  const customerId = world.billing.customerOf(id);
  if (customerId === undefined) return [];
  const read = world.billing.activities['billing.account.read'];
  return (await read({ customerId, checkoutSessionId: null })).subscriptions;
}
