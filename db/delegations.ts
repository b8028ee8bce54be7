// Delegations: while a reviewer is away, another member of the laboratory decides in their stead.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { UserId } from '../domain/ids.ts';
import { levelOfRole, type ReviewLevel } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { delegations, users } from './schema/index.ts';

export type DelegationRow = typeof delegations.$inferSelect;

/** @throws VarloomError `not_found` when the delegate is not of the caller's organization */
export async function createDelegation(
  database: Database,
  principal: UserPrincipal,
  { delegateId, startsAt, endsAt }: { delegateId: UserId; startsAt: Date; endsAt: Date },
): Promise<DelegationRow> {
  return database.write(principal, async (tx) => {
    const { organizationId, userId } = principal;
    const [delegate] = await tx
      .select({ userId: users.userId })
      .from(users)
      .where(and(eq(users.userId, delegateId), eq(users.organizationId, organizationId)))
      .for('share');
    if (!delegate) throw new VarloomError('not_found', `There is no member ${delegateId}.`);
    const [made] = await tx
      .insert(delegations)
      .values({ delegationId: randomUUID(), organizationId, userId, delegateId, startsAt, endsAt })
      .returning();
    if (!made) throw new Error('the new delegation was not returned');
    await recordChange(tx, principal, {
      organizationId,
      entity: 'delegation',
      entityId: made.delegationId,
      action: 'delegation.created',
      details: { delegate: delegateId, starts_at: startsAt.toISOString(), ends_at: endsAt.toISOString() },
    });
    return made;
  });
}

/** Given by the caller, or to the caller, that are not over. */
export async function listDelegations(database: Database, principal: UserPrincipal): Promise<DelegationRow[]> {
  return database.write(principal, (tx) =>
    tx
      .select()
      .from(delegations)
      .where(
        and(
          eq(delegations.organizationId, principal.organizationId),
          or(eq(delegations.userId, principal.userId), eq(delegations.delegateId, principal.userId)),
          isNull(delegations.revokedAt),
          gt(delegations.endsAt, sql`now()`),
        ),
      )
      .orderBy(asc(delegations.startsAt), asc(delegations.delegationId))
      .limit(200),
  );
}

/** False when the caller has given no such delegation. */
export async function revokeDelegation(database: Database, principal: UserPrincipal, id: string): Promise<boolean> {
  return database.write(principal, async (tx) => {
    const [revoked] = await tx
      .update(delegations)
      .set({ revokedAt: sql`now()` })
      .where(
        and(
          eq(delegations.delegationId, id),
          eq(delegations.userId, principal.userId),
          eq(delegations.organizationId, principal.organizationId),
          isNull(delegations.revokedAt),
        ),
      )
      .returning();
    if (!revoked) return false;
    await recordChange(tx, principal, {
      organizationId: revoked.organizationId,
      entity: 'delegation',
      entityId: id,
      action: 'delegation.revoked',
      details: { delegate: revoked.delegateId },
    });
    return true;
  });
}

/** The levels of those in whose stead the caller decides now. */
export async function delegatedLevels(database: Database, principal: UserPrincipal): Promise<ReviewLevel[]> {
  return database.write(principal, async (tx) => {
    const away = await tx
      .select({ role: users.role })
      .from(delegations)
      .innerJoin(users, eq(users.userId, delegations.userId))
      .where(
        and(
          isActive(),
          eq(delegations.delegateId, principal.userId),
          eq(users.organizationId, principal.organizationId),
        ),
      );
    const levels = away.flatMap(({ role }) => levelOfRole(role) ?? []);
    return [...new Set(levels)];
  });
}

/** Who decides in the stead of members with this role now. */
export async function delegatesOf(
  tx: Transaction,
  organizationId: string,
  role: ReviewLevel,
): Promise<{ userId: string }[]> {
  return tx
    .selectDistinct({ userId: delegations.delegateId })
    .from(delegations)
    .innerJoin(users, eq(users.userId, delegations.userId))
    .where(and(isActive(), eq(users.role, role), eq(users.organizationId, organizationId)));
}

const isActive = () =>
  and(isNull(delegations.revokedAt), lte(delegations.startsAt, sql`now()`), gt(delegations.endsAt, sql`now()`));
