// Laboratories as the installation makes them: by the seeds, and by the command that founds one.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { Principal, Role } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { memberColumns, moveInto, ownsNothing, withAddress, type Member } from './membership.ts';
import { organizations, users } from './schema/index.ts';

/** For seeds: the laboratory of this name, made when there is none. */
export async function ensureLaboratory(database: Database, principal: Principal, name: string): Promise<string> {
  return database.write(principal, (tx) => laboratoryOf(tx, principal, name));
}

async function laboratoryOf(tx: Transaction, principal: Principal, name: string): Promise<string> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`laboratory ${name}`}))`);
  const [known] = await tx
    .select()
    .from(organizations)
    .where(and(eq(organizations.kind, 'laboratory'), eq(organizations.name, name)))
    .orderBy(asc(organizations.createdAt))
    .limit(1);
  if (known) return known.organizationId;
  const organizationId = randomUUID();
  await tx.insert(organizations).values({ organizationId, name, kind: 'laboratory' });
  await recordChange(tx, principal, {
    organizationId,
    entity: 'organization',
    entityId: organizationId,
    action: 'organization.created',
  });
  return organizationId;
}

/** For seeds: true when the user is in the laboratory afterwards; false when they own something elsewhere. */
export async function joinLaboratory(
  database: Database,
  principal: Principal,
  memberId: string,
  to: { organizationId: string; role: Role },
): Promise<boolean> {
  return database.write(principal, async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.userId, memberId)).for('update');
    if (!user) return false;
    if (user.organizationId === to.organizationId) return true;
    if (!(await ownsNothing(tx, user))) return false;
    await moveInto(tx, principal, user, to);
    return true;
  });
}

/**
 * Makes the user of this address, who has signed in before, an administrator of the laboratory of this name, and makes the
 * laboratory when there is none.
 * @throws VarloomError `not_found`, `member_unverified`, `member_not_movable`
 */
export async function appointAdministrator(
  database: Database,
  principal: Principal,
  name: string,
  email: string,
): Promise<Member> {
  return database.write(principal, async (tx) => {
    const organizationId = await laboratoryOf(tx, principal, name);
    const user = await withAddress(tx, email);
    if (user.organizationId !== organizationId) {
      if (!(await ownsNothing(tx, user))) {
        throw new VarloomError('member_not_movable', 'This user cannot become a member.');
      }
      return moveInto(tx, principal, user, { organizationId, role: 'admin' });
    }
    if (user.role === 'admin') return user;
    const [changed] = await tx
      .update(users)
      .set({ role: 'admin' })
      .where(eq(users.userId, user.userId))
      .returning(memberColumns);
    await recordChange(tx, principal, {
      organizationId,
      entity: 'user',
      entityId: user.userId,
      action: 'user.role_changed',
      details: { from: user.role, to: 'admin' },
    });
    return changed ?? user;
  });
}
