// A user's plan as the saga `subscription/<userId>` changes it, with what becomes of their results. Each may be repeated, and
// answers the same.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { jobs, restores, subscriptions, users } from './schema/index.ts';
import { lockAccount } from './subscriptions.ts';

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
