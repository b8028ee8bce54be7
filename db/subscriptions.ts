// Subscriptions as last read from the payment service; the plan that follows is changed in `plan-changes.ts`. What the
// saga `subscription/<userId>` does here may be repeated, and answers the same.

import { eq, sql } from 'drizzle-orm';
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
import { invoices, subscriptions, users } from './schema/index.ts';

export type SubscriptionRow = typeof subscriptions.$inferSelect;

/** What is known here of who pays; `customerId` is null until the first checkout. */
export interface KnownAccount {
  plan: Plan;
  customerId: string | null;
  checkoutSessionId: string | null;
  upgradeId: string | null;
  /** After a downgrade: when results are to be archived. ISO 8601. */
  archiveDueAt: string | null;
  /** What operators find the saga by; missing in what old histories hold. */
  organizationId?: string;
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
    return knownOf(user, subscription);
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

/** Records what the payment service holds, and answers what follows. The plan is not changed here. */
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
      ...knownOf(user, subscription),
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

/** Locks the user, whose plan decides what is archived: see `db/results.ts`. */
export async function lockAccount(tx: Transaction, id: UserId) {
  const [user] = await tx
    .select({ plan: users.plan, organizationId: users.organizationId })
    .from(users)
    .where(eq(users.userId, id))
    .for('update');
  if (!user) throw new Error(`there is no user ${id}`);
  const [subscription] = await tx.select().from(subscriptions).where(eq(subscriptions.userId, id));
  return { user, subscription };
}

const knownOf = (
  { plan, organizationId }: { plan: Plan; organizationId: string },
  subscription: SubscriptionRow | undefined,
): KnownAccount => ({
  plan,
  organizationId,
  customerId: subscription?.customerId ?? null,
  checkoutSessionId: subscription?.checkoutSessionId ?? null,
  upgradeId: subscription?.upgradeId ?? null,
  archiveDueAt: subscription?.archiveDueAt?.toISOString() ?? null,
});
