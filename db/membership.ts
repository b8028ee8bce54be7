// How a user comes from one organization into another: the parts that organizations and laboratories share. They cross
// organizations, so that they need a transaction of the system.

import { and, eq, isNull, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { Principal, Role } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Transaction } from './client.ts';
import type { User } from './identity.ts';
import {
  apiKeys,
  invoices,
  jobs,
  organizations,
  partners,
  samples,
  sessions,
  subscriptions,
  uploads,
  users,
} from './schema/index.ts';

export type Member = Pick<User, 'userId' | 'email' | 'name' | 'role'>;

export const memberColumns = { userId: users.userId, email: users.email, name: users.name, role: users.role };

/**
 * The user of this address, locked. Anybody may call an address theirs, to an issuer that does not look: only whose
 * address the issuer has verified is the one who is meant.
 * @throws VarloomError `not_found`; `member_unverified`; `member_not_movable` when several have the address: which one is
 * meant, nobody can say
 */
export async function withAddress(tx: Transaction, email: string): Promise<User> {
  const hasAddress = sql`lower(${users.email}) = lower(${email})`;
  const found = await tx
    .select()
    .from(users)
    .where(and(hasAddress, sql`lower(${users.verifiedEmail}) = lower(${email})`))
    .limit(2)
    .for('update');
  const [user] = found;
  if (!user) {
    const [unverified] = await tx.select({ userId: users.userId }).from(users).where(hasAddress).limit(1);
    if (unverified === undefined) {
      throw new VarloomError('not_found', 'Nobody with this e-mail address has signed in here yet.');
    }
    throw new VarloomError(
      'member_unverified',
      'Somebody with this e-mail address has signed in, but the sign-in service has not said that it is theirs.',
    );
  }
  if (found.length > 1) throw new VarloomError('member_not_movable', 'Several users have this e-mail address.');
  return user;
}

/** A personal organization without anything that would have to change hands. */
export async function ownsNothing(tx: Transaction, { organizationId }: User): Promise<boolean> {
  const [organization] = await tx.select().from(organizations).where(eq(organizations.organizationId, organizationId));
  if (organization?.kind !== 'personal') return false;
  for (const table of [uploads, jobs, samples, partners, subscriptions, invoices]) {
    const [row] = await tx
      .select({ id: table.organizationId })
      .from(table)
      .where(eq(table.organizationId, organizationId))
      .limit(1);
    if (row) return false;
  }
  return true;
}

/** API keys were given for the data of the organization before; sessions go along, unless they were ended. */
export async function moveInto(
  tx: Transaction,
  principal: Principal,
  user: User,
  { organizationId, role }: { organizationId: string; role: Role },
): Promise<Member> {
  const revoked = await revokeApiKeys(tx, user);
  await tx.update(sessions).set({ organizationId }).where(eq(sessions.userId, user.userId));
  const [moved] = await tx
    .update(users)
    .set({ organizationId, role })
    .where(eq(users.userId, user.userId))
    .returning(memberColumns);
  if (!moved) throw new Error('the moved user was not returned');
  const about = { entity: 'user', entityId: user.userId } as const;
  await recordChange(tx, principal, {
    ...about,
    organizationId: user.organizationId,
    action: 'user.left',
    details: { role: user.role, api_keys_revoked: revoked },
  });
  await recordChange(tx, principal, { ...about, organizationId, action: 'user.joined', details: { role } });
  return moved;
}

/** Ends all that the user has, and whatever access tokens they had issued; answers how many sessions those were. */
export async function revokeSessions(tx: Transaction, { userId }: User): Promise<number> {
  const ended = await tx.delete(sessions).where(eq(sessions.userId, userId)).returning({ of: sessions.userId });
  // Not the time at which the transaction began: it may have waited for the locks.
  await tx
    .update(users)
    .set({ sessionsRevokedAt: sql`clock_timestamp()` })
    .where(eq(users.userId, userId));
  return ended.length;
}

/** All that the user has; answers how many those were. */
export async function revokeApiKeys(tx: Transaction, { userId }: User): Promise<number> {
  const revoked = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.userId, userId), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.apiKeyId });
  return revoked.length;
}
