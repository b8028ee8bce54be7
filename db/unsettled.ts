// What reconciliation asks: accounts that differ from what was last read of them, and results that are not where their
// owner's plan wants them. It only finds; the sagas repair.

import { and, asc, eq, inArray, isNotNull, lt, not, notInArray, or, sql } from 'drizzle-orm';
import { planOf, standingOf, subscriptionStateOf, type StripeAccount } from '../domain/billing.ts';
import { jobId, userId, type JobId, type UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { isHeldJob } from './holds.ts';
import { jobs, restores, subscriptions, users } from './schema/index.ts';

/** As listed by the payment service: of each customer, what decides the plan. */
export interface ListedAccount {
  customerId: string;
  account: Pick<StripeAccount, 'subscriptions'>;
}

/** Whose record differs from what the payment service lists. Customers that are nobody's here are left out. */
export async function differingUsers(
  database: Database,
  principal: Principal,
  listed: readonly ListedAccount[],
): Promise<UserId[]> {
  if (listed.length === 0) return [];
  const rows = await database.write(principal, (tx) =>
    tx
      .select({ subscription: subscriptions, plan: users.plan })
      .from(subscriptions)
      .innerJoin(users, eq(users.userId, subscriptions.userId))
      .where(
        inArray(
          subscriptions.customerId,
          listed.map(({ customerId }) => customerId),
        ),
      ),
  );
  const byCustomer = new Map(rows.map((row) => [row.subscription.customerId, row]));
  return listed.flatMap(({ customerId, account }) => {
    const row = byCustomer.get(customerId);
    if (!row) return [];
    const standing = standingOf({ ...account, checkout: null });
    const state = subscriptionStateOf(standing);
    const isPaidHere = row.subscription.upgradeId !== null;
    const isSame =
      isPaidHere === (planOf(standing) === 'premium') &&
      (isPaidHere ? row.plan === 'premium' && row.subscription.state === state : true);
    return isSame ? [] : [userId(row.subscription.userId)];
  });
}

/** Users whose saga should have acted by now: it ended too early, or nobody has asked the payment service for a day. */
export async function overdueUsers(database: Database, principal: Principal, limit: number): Promise<UserId[]> {
  const rows = await database.write(principal, (tx) =>
    tx
      .select({ userId: subscriptions.userId })
      .from(subscriptions)
      .where(
        or(
          lt(subscriptions.archiveDueAt, sql`now() - interval '10 minutes'`),
          lt(subscriptions.graceEndsAt, sql`now() - interval '10 minutes'`),
          and(
            eq(subscriptions.state, 'awaiting_payment'),
            lt(subscriptions.checkoutExpiresAt, sql`now() - interval '10 minutes'`),
          ),
          and(isNotNull(subscriptions.upgradeId), lt(subscriptions.syncedAt, sql`now() - interval '1 day'`)),
          and(
            isNotNull(subscriptions.upgradeId),
            sql`exists (select from ${restores} where ${restores.upgradeId} = ${subscriptions.upgradeId}
              and ${restores.state} = 'waiting' and ${restores.createdAt} < now() - interval '10 minutes')`,
          ),
        ),
      )
      // In any order: those that cannot be helped must not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit),
  );
  return rows.map((row) => userId(row.userId));
}

/** A result that does not rest where it should, and what would bring it there. */
export interface UnsettledResult {
  jobId: JobId;
  generation: number;
  /** What operators find its saga by; missing in what old histories hold. */
  organizationId?: string;
  /** `resume`: a move to the archive that began long ago, and whose saga may be gone. */
  needs: 'restore' | 'archive' | 'resume';
}

/** Younger ones are in the hands of their sagas. */
const SETTLED_WITHIN = sql`interval '1 hour'`;
/** Longer than any act of a move may take. */
const MOVED_WITHIN = sql`interval '3 hours'`;

export async function unsettledResults(
  database: Database,
  principal: Principal,
  limit: number,
): Promise<UnsettledResult[]> {
  return database.write(principal, async (tx) => {
    // A restore that failed for good is its owner's and the operator's to try again.
    const failed = tx.select({ jobId: restores.jobId }).from(restores).where(eq(restores.state, 'failed'));
    const restedSince = sql`greatest(${jobs.completedAt}, ${jobs.resultMovedAt}) < now() - ${SETTLED_WITHIN}`;
    const isStuck = lt(jobs.resultMovedAt, sql`now() - ${MOVED_WITHIN}`);
    const rows = await tx
      .select({
        jobId: jobs.jobId,
        generation: jobs.generation,
        organizationId: jobs.organizationId,
        needs: sql<UnsettledResult['needs']>`case ${jobs.resultState}
          when 'live' then 'archive' when 'archiving' then 'resume' else 'restore' end`,
      })
      .from(jobs)
      .innerJoin(users, eq(users.userId, jobs.userId))
      .where(
        and(
          sql`${jobs.eraseRequestedAt} is null`,
          or(
            and(
              eq(jobs.resultState, 'archived'),
              eq(users.plan, 'premium'),
              restedSince,
              notInArray(jobs.jobId, failed),
            ),
            and(
              eq(jobs.resultState, 'live'),
              eq(users.plan, 'free'),
              restedSince,
              not(isHeldJob),
              sql`coalesce(${jobs.resultExpiresAt}, '-infinity') < now() - ${SETTLED_WITHIN}`,
            ),
            and(inArray(jobs.resultState, ['archiving', 'restoring']), isStuck),
          ),
        ),
      )
      .orderBy(asc(jobs.resultMovedAt))
      .limit(limit);
    return rows.map((row) => ({ ...row, jobId: jobId(row.jobId) }));
  });
}
