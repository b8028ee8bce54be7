// Organizations and their members. A user is in one organization: a personal one, or a laboratory where they have a role.
// Moving somebody crosses organizations, so it runs as the system; the caller's own right is read again in the transaction.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { OrganizationId, UserId } from '../domain/ids.ts';
import { isAllowed } from '../domain/permissions.ts';
import { system, type Role } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { User, UserPrincipal } from './identity.ts';
import {
  memberColumns,
  moveInto,
  ownsNothing,
  revokeApiKeys,
  revokeSessions,
  withAddress,
  type Member,
} from './membership.ts';
import { delegations, deliverySamples, invoices, organizations, subscriptions, users } from './schema/index.ts';

const asSystem = system('organizations');

export type Organization = typeof organizations.$inferSelect;

/** The caller's own. */
export async function findOrganization(
  database: Database,
  principal: UserPrincipal,
): Promise<{ organization: Organization; members: Member[] }> {
  const { organizationId } = principal;
  return database.write(principal, async (tx) => {
    const [organization] = await tx
      .select()
      .from(organizations)
      .where(eq(organizations.organizationId, organizationId));
    if (!organization) throw new Error(`there is no organization ${organizationId}`);
    const members = await tx
      .select(memberColumns)
      .from(users)
      .where(eq(users.organizationId, organizationId))
      .orderBy(asc(users.createdAt), asc(users.userId));
    return { organization, members };
  });
}

export async function isLaboratory(database: Database, principal: UserPrincipal): Promise<boolean> {
  return database.write(principal, async (tx) => {
    const [organization] = await tx
      .select({ kind: organizations.kind })
      .from(organizations)
      .where(eq(organizations.organizationId, principal.organizationId));
    return organization?.kind === 'laboratory';
  });
}

/** It counts from the member's next request on. @throws VarloomError `forbidden`, `not_found`, `last_admin` */
export async function setRole(
  database: Database,
  principal: UserPrincipal,
  memberId: UserId,
  role: Role,
): Promise<Member> {
  return database.write(asSystem, async (tx) => {
    const found = await lockMember(tx, principal, memberId);
    if (found.role === role) return found;
    if (found.role === 'admin') await refuseLastAdmin(tx, principal.organizationId);
    // Somebody without the role could not decide, and would keep others from it.
    await freeClaims(tx, principal, memberId);
    const [changed] = await tx.update(users).set({ role }).where(eq(users.userId, memberId)).returning(memberColumns);
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'user',
      entityId: memberId,
      action: 'user.role_changed',
      details: { from: found.role, to: role },
    });
    return changed ?? found;
  });
}

/**
 * Moves the user of this address, who has signed in before and owns nothing yet, into the caller's laboratory.
 * @throws VarloomError `forbidden`, `not_found`, `member_unverified`, `member_not_movable`
 */
export async function addMember(database: Database, principal: UserPrincipal, email: string): Promise<Member> {
  return database.write(asSystem, async (tx) => {
    await lockOrganization(tx, principal);
    const user = await withAddress(tx, email);
    if (user.organizationId === principal.organizationId) return user;
    if (!(await ownsNothing(tx, user))) {
      throw new VarloomError('member_not_movable', 'This user cannot become a member.');
    }
    return moveInto(tx, principal, user, { organizationId: principal.organizationId, role: 'member' });
  });
}

/**
 * Ends all sessions, access tokens and API keys of a member at once, when a computer or a key was lost. They sign in again:
 * what they were about to sign is refused too.
 * @throws VarloomError `forbidden`, `not_found`
 */
export async function endSessions(database: Database, principal: UserPrincipal, memberId: UserId): Promise<void> {
  await database.write(asSystem, async (tx) => {
    const found = await lockMember(tx, principal, memberId);
    const ended = await revokeSessions(tx, found);
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'session',
      entityId: memberId,
      action: 'session.revoked',
      details: { sessions: ended, api_keys_revoked: await revokeApiKeys(tx, found) },
    });
  });
}

/**
 * Takes a member out, into a new personal organization. Their sessions, tokens and API keys end at once; what they made
 * stays with the laboratory; what they pay is their own, and goes with them.
 * @throws VarloomError `forbidden`, `not_found`, `last_admin`
 */
export async function removeMember(database: Database, principal: UserPrincipal, memberId: UserId): Promise<void> {
  await database.write(asSystem, async (tx) => {
    const found = await lockMember(tx, principal, memberId);
    if (found.role === 'admin') await refuseLastAdmin(tx, principal.organizationId);
    const personal = randomUUID();
    await tx.insert(organizations).values({ organizationId: personal, name: 'Personal', kind: 'personal' });
    await revokeSessions(tx, found);
    await releaseReviews(tx, principal, memberId);
    for (const table of [subscriptions, invoices]) {
      await tx.update(table).set({ organizationId: personal }).where(eq(table.userId, memberId));
    }
    await moveInto(tx, principal, found, { organizationId: personal, role: 'member' });
  });
}

/** Locked, so that two administrators who remove each other come one after the other. @throws VarloomError `forbidden` */
async function lockOrganization(tx: Transaction, { organizationId, userId }: UserPrincipal): Promise<void> {
  await tx
    .select({ id: organizations.organizationId })
    .from(organizations)
    .where(eq(organizations.organizationId, organizationId))
    .for('update');
  const [caller] = await tx
    .select({ role: users.role })
    .from(users)
    .where(and(eq(users.userId, userId), eq(users.organizationId, organizationId)));
  if (!caller || !isAllowed(caller.role, 'organization.manage')) {
    throw new VarloomError('forbidden', 'You are no administrator of this organization any more.');
  }
}

async function lockMember(tx: Transaction, principal: UserPrincipal, memberId: UserId): Promise<User> {
  await lockOrganization(tx, principal);
  const [found] = await tx
    .select()
    .from(users)
    .where(and(eq(users.userId, memberId), eq(users.organizationId, principal.organizationId)))
    .for('update');
  if (!found) throw new VarloomError('not_found', `There is no member ${memberId}.`);
  return found;
}

async function refuseLastAdmin(tx: Transaction, organizationId: OrganizationId): Promise<void> {
  const admins = await tx.$count(users, and(eq(users.organizationId, organizationId), eq(users.role, 'admin')));
  if (admins <= 1) throw new VarloomError('last_admin', 'This is the only administrator of the organization.');
}

/** What they had claimed is free again, and nobody decides in their stead, nor they in anyone's. */
async function releaseReviews(tx: Transaction, principal: UserPrincipal, memberId: UserId): Promise<void> {
  await freeClaims(tx, principal, memberId);
  const revoked = await tx
    .update(delegations)
    .set({ revokedAt: sql`now()` })
    .where(
      and(or(eq(delegations.userId, memberId), eq(delegations.delegateId, memberId)), isNull(delegations.revokedAt)),
    )
    .returning();
  for (const { organizationId, delegationId, userId, delegateId } of revoked) {
    await recordChange(tx, principal, {
      organizationId,
      entity: 'delegation',
      entityId: delegationId,
      action: 'delegation.revoked',
      details: { delegate: delegateId, in_the_stead_of: userId },
    });
  }
}

async function freeClaims(tx: Transaction, principal: UserPrincipal, memberId: UserId): Promise<void> {
  const freed = await tx
    .update(deliverySamples)
    .set({ claimedBy: null, claimedAt: null })
    .where(eq(deliverySamples.claimedBy, memberId))
    .returning({
      organizationId: deliverySamples.organizationId,
      sampleId: deliverySamples.sampleId,
      delivery: deliverySamples.deliveryId,
      level: deliverySamples.level,
    });
  for (const { organizationId, sampleId, ...where } of freed) {
    await recordChange(tx, principal, {
      organizationId,
      entity: 'sample',
      entityId: sampleId,
      action: 'sample.unclaimed',
      details: { ...where, claimed_by: memberId },
    });
  }
}
