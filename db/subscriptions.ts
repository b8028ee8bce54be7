// Subscriptions as last read from the payment service, and the plan that follows from them. What the saga
// `subscription/<userId>` does here may be repeated, and answers the same.

import { and, eq, isNull, sql } from 'drizzle-orm';
import {
  duplicatesOf,
  planOf,
  standingOf,
  subscriptionStateOf,
  type Standing,
  type StripeAccount,
} from '../domain/billing.ts';
import type { UserId } from '../domain/ids.ts';
import type { Plan } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { invoices, jobs, restores, subscriptions, users } from './schema/index.ts';

export type SubscriptionRow = typeof subscriptions.$inferSelect;

/** What is known here of who pays; `customerId` is null until the first checkout. */
export interface KnownAccount {
  plan: Plan;
  customerId: string | null;
  checkoutSessionId: string | null;
  upgradeId: string | null;
  /** After a downgrade: when results are to be archived. ISO 8601. */
  archiveDueAt: string | null;
}

/** What the saga decides by. Times are ISO 8601. */
export interface AccountStanding extends KnownAccount {
  standing: Standing;
  /** Subscriptions to be cancelled and refunded: paid twice. */
  duplicates: string[];
  /** While a payment is overdue. */
  graceEndsAt: string | null;
}

export async function findAccount(database: Database, principal: Principal, id: UserId): Promise<KnownAccount> {
  return database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    return knownOf(user.plan, subscription);
  });
}

/** Notes the customer that was made for a user; the first one noted stays. */
export async function saveCustomer(
  database: Database,
  principal: Principal,
  id: UserId,
  customerId: string,
): Promise<string> {
  return database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    if (subscription?.customerId) return subscription.customerId;
    await tx
      .insert(subscriptions)
      .values({ userId: id, organizationId: user.organizationId, customerId })
      .onConflictDoUpdate({ target: subscriptions.userId, set: { customerId } });
    await recordChange(tx, principal, {
      organizationId: user.organizationId,
      entity: 'subscription',
      entityId: id,
      action: 'subscription.customer_made',
    });
    return customerId;
  });
}

export async function saveCheckout(
  database: Database,
  principal: Principal,
  id: UserId,
  checkout: { sessionId: string; url: string; expiresAt: string },
): Promise<void> {
  await database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    if (subscription?.checkoutSessionId === checkout.sessionId) return;
    await tx
      .update(subscriptions)
      .set({
        checkoutSessionId: checkout.sessionId,
        checkoutUrl: checkout.url,
        checkoutExpiresAt: new Date(checkout.expiresAt),
        paymentRefusal: null,
        state: subscription?.state === 'none' ? 'awaiting_payment' : (subscription?.state ?? 'awaiting_payment'),
      })
      .where(eq(subscriptions.userId, id));
    await recordChange(tx, principal, {
      organizationId: user.organizationId,
      entity: 'subscription',
      entityId: id,
      action: 'subscription.checkout_opened',
      details: { session: checkout.sessionId },
    });
  });
}

/** Records what the payment service holds, and answers what follows. The plan is changed by `changePlan`, not here. */
export async function saveAccount(
  database: Database,
  principal: Principal,
  id: UserId,
  account: StripeAccount,
  gracePeriodSeconds: number,
): Promise<AccountStanding> {
  return database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    if (!subscription) throw new Error(`user ${id} has no customer of the payment service`);
    const standing = standingOf(account);
    const state = subscriptionStateOf(standing);
    const paying = 'subscription' in standing ? standing.subscription : undefined;
    const checkout = account.checkout;
    const graceEndsAt =
      standing.kind !== 'past_due'
        ? null
        : (subscription.graceEndsAt ?? new Date(Date.now() + gracePeriodSeconds * 1000));
    await tx
      .update(subscriptions)
      .set({
        state,
        stripeSubscriptionId: paying?.subscriptionId ?? null,
        currentPeriodEnd: paying?.currentPeriodEnd ? new Date(paying.currentPeriodEnd) : null,
        cancelAtPeriodEnd: paying?.cancelAtPeriodEnd ?? false,
        graceEndsAt,
        checkoutUrl: checkout?.url ?? null,
        checkoutExpiresAt: checkout ? new Date(checkout.expiresAt) : null,
        paymentRefusal: planOf(standing) === 'premium' ? null : (checkout?.refusal ?? null),
        syncedAt: sql`now()`,
      })
      .where(eq(subscriptions.userId, id));
    await saveInvoices(tx, id, user.organizationId, account);
    const isChanged =
      state !== subscription.state || (paying?.cancelAtPeriodEnd ?? false) !== subscription.cancelAtPeriodEnd;
    if (isChanged) {
      await recordChange(tx, principal, {
        organizationId: user.organizationId,
        entity: 'subscription',
        entityId: id,
        action: 'subscription.changed',
        details: { state, cancel_at_period_end: paying?.cancelAtPeriodEnd ?? false },
        event: 'subscription.changed',
      });
    }
    return {
      ...knownOf(user.plan, subscription),
      standing,
      duplicates: duplicatesOf(account).map(({ subscriptionId }) => subscriptionId),
      graceEndsAt: graceEndsAt?.toISOString() ?? null,
    };
  });
}

async function saveInvoices(tx: Transaction, id: UserId, organizationId: string, account: StripeAccount) {
  if (account.invoices.length === 0) return;
  await tx
    .insert(invoices)
    .values(
      account.invoices.map(({ createdAt, ...invoice }) => ({
        ...invoice,
        organizationId,
        userId: id,
        createdAt: new Date(createdAt),
      })),
    )
    .onConflictDoUpdate({
      target: invoices.invoiceId,
      set: {
        number: sql`excluded.number`,
        state: sql`excluded.state`,
        amountDue: sql`excluded.amount_due`,
        amountPaid: sql`excluded.amount_paid`,
        amountRefunded: sql`excluded.amount_refunded`,
        hostedUrl: sql`excluded.hosted_url`,
        paymentIntentId: sql`coalesce(excluded.payment_intent_id, ${invoices.paymentIntentId})`,
      },
    });
}

/**
 * To Premium: results stop expiring, and each that is archived or on its way there is noted to be restored.
 * Repeated with the same upgrade it changes nothing.
 */
export async function upgrade(
  database: Database,
  principal: Principal,
  id: UserId,
  upgradeId: string,
): Promise<{ total: number }> {
  return database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    if (!subscription) throw new Error(`user ${id} has no customer of the payment service`);
    if (subscription.upgradeId !== upgradeId) {
      await tx.update(users).set({ plan: 'premium' }).where(eq(users.userId, id));
      await tx.update(subscriptions).set({ upgradeId, archiveDueAt: null }).where(eq(subscriptions.userId, id));
      await tx
        .update(jobs)
        .set({ resultExpiresAt: null })
        .where(and(eq(jobs.userId, id), eq(jobs.resultState, 'live')));
      // In one statement with the change of plan before it: what is archived after this sees the new plan.
      await tx.execute(sql`
        insert into ${restores} (job_id, organization_id, user_id, upgrade_id)
        select job_id, organization_id, user_id, ${upgradeId}::uuid from ${jobs}
        where user_id = ${id} and result_state in ('archived', 'archiving', 'restoring')
        on conflict (job_id) do update
          set upgrade_id = excluded.upgrade_id, state = 'waiting', error = null, ended_at = null, created_at = now()`);
      await recordChange(tx, principal, {
        organizationId: user.organizationId,
        entity: 'user',
        entityId: id,
        action: 'user.upgraded',
        details: { upgrade: upgradeId },
        event: 'user.upgraded',
      });
    }
    const [count] = await tx
      .select({ total: sql<number>`count(*)::int` })
      .from(restores)
      .where(eq(restores.upgradeId, upgradeId));
    return { total: count?.total ?? 0 };
  });
}

/**
 * To Free: results that are live expire after the retention window, which begins anew. Answers when, in ISO 8601.
 * Repeated it changes nothing, and answers the same.
 */
export async function downgrade(
  database: Database,
  principal: Principal,
  id: UserId,
  { reason, retentionSeconds }: { reason: 'ended' | 'undone' | 'disputed'; retentionSeconds: number },
): Promise<{ archiveDueAt: string | null }> {
  return database.write(principal, async (tx) => {
    const { user, subscription } = await lockAccount(tx, id);
    if (user.plan === 'free') return { archiveDueAt: subscription?.archiveDueAt?.toISOString() ?? null };
    const archiveDueAt = new Date(Date.now() + retentionSeconds * 1000);
    await tx.update(users).set({ plan: 'free' }).where(eq(users.userId, id));
    await tx
      .insert(subscriptions)
      .values({ userId: id, organizationId: user.organizationId, archiveDueAt })
      .onConflictDoUpdate({ target: subscriptions.userId, set: { upgradeId: null, archiveDueAt } });
    await tx
      .update(jobs)
      .set({ resultExpiresAt: archiveDueAt })
      .where(and(eq(jobs.userId, id), eq(jobs.resultState, 'live'), isNull(jobs.resultExpiresAt)));
    await tx
      .update(restores)
      .set({ state: 'given_up', endedAt: sql`now()` })
      .where(and(eq(restores.userId, id), eq(restores.state, 'waiting')));
    await recordChange(tx, principal, {
      organizationId: user.organizationId,
      entity: 'user',
      entityId: id,
      action: 'user.downgraded',
      details: { reason },
      event: 'user.downgraded',
    });
    return { archiveDueAt: archiveDueAt.toISOString() };
  });
}

/** The downgrade is done: what was due is archived. */
export async function finishDowngrade(database: Database, principal: Principal, id: UserId): Promise<void> {
  await database.write(principal, async (tx) => {
    await tx.update(subscriptions).set({ archiveDueAt: null }).where(eq(subscriptions.userId, id));
  });
}

/** Notes for the auditor that an upgrade was undone, with its reason. */
export async function recordUndone(
  database: Database,
  principal: Principal,
  id: UserId,
  details: { reason: string; refunded: { amount: number; currency: string } | null },
): Promise<void> {
  await database.write(principal, async (tx) => {
    const { user } = await lockAccount(tx, id);
    await recordChange(tx, principal, {
      organizationId: user.organizationId,
      entity: 'subscription',
      entityId: id,
      action: 'subscription.undone',
      details,
      event: 'subscription.undone',
    });
  });
}

/** Locks the user, whose plan decides what is archived: see `db/results.ts`. */
async function lockAccount(tx: Transaction, id: UserId) {
  const [user] = await tx
    .select({ plan: users.plan, organizationId: users.organizationId })
    .from(users)
    .where(eq(users.userId, id))
    .for('update');
  if (!user) throw new Error(`there is no user ${id}`);
  const [subscription] = await tx.select().from(subscriptions).where(eq(subscriptions.userId, id));
  return { user, subscription };
}

const knownOf = (plan: Plan, subscription: SubscriptionRow | undefined): KnownAccount => ({
  plan,
  customerId: subscription?.customerId ?? null,
  checkoutSessionId: subscription?.checkoutSessionId ?? null,
  upgradeId: subscription?.upgradeId ?? null,
  archiveDueAt: subscription?.archiveDueAt?.toISOString() ?? null,
});
