// Who signs at which level, with the roles as they are now: locked until the decision is written, and before the sample is.
// Whoever changes a member's role locks the member first and the samples that they had claimed then (`db/organizations.ts`):
// in another order, the two could wait for each other.

import { and, asc, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { Role } from '../domain/principal.ts';
import { levelOfRole, type ReviewLevel } from '../domain/review.ts';
import type { Transaction } from './client.ts';
import type { User, UserPrincipal } from './identity.ts';
import { refuseRevoked } from './revoked-sessions.ts';
import { delegations, users } from './schema/index.ts';

export interface Signers {
  /** Undefined when they are not in this organization any more. */
  own: User | undefined;
  /** In whose stead they decide now. */
  away: { userId: string; role: Role }[];
}

/** The caller, and those in whose stead they decide. To be called before anything else of the review is locked. */
export async function lockSigners(
  tx: Transaction,
  { userId, organizationId }: Pick<UserPrincipal, 'userId' | 'organizationId'>,
): Promise<Signers> {
  const [own] = await tx
    .select()
    .from(users)
    .where(and(eq(users.userId, userId), eq(users.organizationId, organizationId)))
    .for('share');
  if (!own) return { own, away: [] };
  const given = and(
    eq(delegations.delegateId, userId),
    isNull(delegations.revokedAt),
    lte(delegations.startsAt, sql`now()`),
    gt(delegations.endsAt, sql`now()`),
  );
  const away = await tx
    .select({ userId: users.userId, role: users.role })
    .from(users)
    .where(
      and(
        eq(users.organizationId, organizationId),
        inArray(users.userId, tx.select({ userId: delegations.userId }).from(delegations).where(given)),
      ),
    )
    .orderBy(asc(users.userId))
    .for('share');
  if (away.length === 0) return { own, away };
  // Members before their delegations, as removing a member does it; what was revoked meanwhile is none.
  const locked = await tx.select({ userId: delegations.userId }).from(delegations).where(given).for('share');
  const givers = new Set(locked.map((delegation) => delegation.userId));
  return { own, away: away.filter((one) => givers.has(one.userId)) };
}

/**
 * Who signs at this level: with one's own role, or with that of somebody who is away. `since` is when they proved who they
 * are: their sessions may have been ended after that.
 * @throws VarloomError `wrong_role`, `sign_in_again`
 */
export function signerAt({ own, away }: Signers, level: ReviewLevel, since: Date | undefined) {
  if (own) {
    refuseRevoked(own, since);
    const name = own.name ?? own.email;
    if (levelOfRole(own.role) === level) return { name, role: own.role, onBehalfOf: null };
    const giver = away.find(({ role }) => role === level);
    if (giver) return { name, role: giver.role, onBehalfOf: giver.userId };
  }
  throw new VarloomError('wrong_role', `Only a ${level} reviewer decides at this level.`, { level });
}
