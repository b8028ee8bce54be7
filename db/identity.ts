// Users, sessions, finished sign-ins, and API keys. Lookups before anyone is known run as the system.

import { randomUUID } from 'node:crypto';
import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { organizationId, userId, type ApiKeyId, type UserId } from '../domain/ids.ts';
import type { Plan } from '../domain/plans.ts';
import { system, type Principal, type Role } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { isRevoked } from './revoked-sessions.ts';
import { apiKeys, organizations, sessions, signIns, users } from './schema/index.ts';

export type User = typeof users.$inferSelect;
export type UserPrincipal = Extract<Principal, { kind: 'user' }>;
export type ApiKey = typeof apiKeys.$inferSelect;

const asSystem = system('identity');

export const principalOf = (user: Pick<User, 'userId' | 'organizationId'>): UserPrincipal => ({
  kind: 'user',
  userId: userId(user.userId),
  organizationId: organizationId(user.organizationId),
});

export interface Identity {
  issuer: string;
  subject: string;
  email: string;
  name?: string | undefined;
  /** Whether the issuer says that the address is this person's. Not to say it takes nothing back of the same address. */
  isEmailVerified?: boolean | undefined;
}

/** What the log calls it when this, and nothing named before it, is new. */
const ACTION_OF_NEWS = {
  email: 'user.email_changed',
  name: 'user.name_changed',
  verifiedEmail: 'user.email_verified',
} as const;

/** The user of this identity; made at first sign-in, in a personal organization, on the Free plan. */
export async function registerUser(
  database: Database,
  identity: Identity,
  initial: { plan?: Plan; role?: Role } = {},
): Promise<User> {
  return database.write(asSystem, async (tx) => {
    const [known] = await tx
      .select()
      .from(users)
      .where(and(eq(users.issuer, identity.issuer), eq(users.subject, identity.subject)));
    if (known) {
      const verifiedEmail = identity.isEmailVerified ? identity.email : known.verifiedEmail;
      const news = { email: identity.email, name: identity.name ?? known.name, verifiedEmail };
      const changed = (['email', 'name', 'verifiedEmail'] as const).filter((field) => known[field] !== news[field]);
      if (changed.length === 0) return known;
      const [updated] = await tx
        .update(users)
        .set(news)
        // Two requests may bring the same news: the second changes nothing, and is not recorded.
        .where(
          and(
            eq(users.userId, known.userId),
            eq(users.email, known.email),
            sql`${users.name} is not distinct from ${known.name}`,
            sql`${users.verifiedEmail} is not distinct from ${known.verifiedEmail}`,
          ),
        )
        .returning();
      if (!updated) return { ...known, ...news };
      await recordChange(tx, principalOf(updated), {
        organizationId: updated.organizationId,
        entity: 'user',
        entityId: updated.userId,
        action: ACTION_OF_NEWS[changed[0] ?? 'name'],
        // Which, and never what it was: the log is kept for ever, and by whom it is read is not for us to say.
        details: { changed: changed.map((field) => (field === 'verifiedEmail' ? 'verified_email' : field)) },
      });
      return updated;
    }
    // Two first requests of one person may race: the unique identity decides, the loser's organization is not kept.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${identity.issuer + ' ' + identity.subject}))`);
    const [meanwhile] = await tx
      .select()
      .from(users)
      .where(and(eq(users.issuer, identity.issuer), eq(users.subject, identity.subject)));
    if (meanwhile) return meanwhile;

    const organization = randomUUID();
    await tx.insert(organizations).values({ organizationId: organization, name: 'Personal', kind: 'personal' });
    const [user] = await tx
      .insert(users)
      .values({
        userId: randomUUID(),
        organizationId: organization,
        issuer: identity.issuer,
        subject: identity.subject,
        email: identity.email,
        verifiedEmail: identity.isEmailVerified ? identity.email : null,
        name: identity.name ?? null,
        role: initial.role ?? 'member',
        plan: initial.plan ?? 'free',
      })
      .returning();
    if (!user) throw new Error('the new user was not returned');
    await recordChange(tx, principalOf(user), {
      organizationId: organization,
      entity: 'user',
      entityId: user.userId,
      action: 'user.registered',
      details: { plan: user.plan },
      event: 'user.registered',
    });
    return user;
  });
}

export async function findUser(database: Database, id: UserId): Promise<User | undefined> {
  return database.write(asSystem, async (tx) => (await tx.select().from(users).where(eq(users.userId, id)))[0]);
}

// ---- Sign-in and sessions

/**
 * Notes that a sign-in was finished; false when it was before. A sign-in under way is in its browser's cookie alone: only
 * one that the issuer has answered for has a row, and only until its cookie would have expired.
 */
export async function spendSignIn(database: Database, signIn: typeof signIns.$inferInsert): Promise<boolean> {
  return database.write(asSystem, async (tx) => {
    await tx.delete(signIns).where(lt(signIns.expiresAt, sql`now()`));
    const spent = await tx.insert(signIns).values(signIn).onConflictDoNothing().returning({ id: signIns.tokenHash });
    return spent.length === 1;
  });
}

export async function openSession(
  database: Database,
  user: User,
  session: {
    tokenHash: string;
    expiresAt: Date;
    authenticatedAt: Date;
    idToken: string;
    verifiedEmail?: string | null;
  },
): Promise<void> {
  await database.write(asSystem, async (tx) => {
    await tx.delete(sessions).where(lt(sessions.expiresAt, sql`now()`));
    await tx.insert(sessions).values({ ...session, userId: user.userId, organizationId: user.organizationId });
    await recordChange(tx, principalOf(user), {
      organizationId: user.organizationId,
      entity: 'session',
      entityId: user.userId,
      action: 'session.opened',
    });
  });
}

export async function findSession(
  database: Database,
  tokenHash: string,
): Promise<{ user: User; openedAt: Date; authenticatedAt: Date; verifiedEmail: string | null } | undefined> {
  return database.write(asSystem, async (tx) => {
    const [row] = await tx
      .select({
        user: users,
        openedAt: sessions.createdAt,
        authenticatedAt: sessions.authenticatedAt,
        verifiedEmail: sessions.verifiedEmail,
      })
      .from(sessions)
      .innerJoin(users, eq(users.userId, sessions.userId))
      .where(and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, sql`now()`)));
    // One that was just being opened when all were ended was not there to be ended.
    return row && !isRevoked(row.user, row.openedAt) ? row : undefined;
  });
}

/** Ends a session; returns the ID token that the issuer's logout wants as a hint. */
export async function closeSession(database: Database, tokenHash: string): Promise<string | undefined> {
  return database.write(asSystem, async (tx) => {
    const [session] = await tx.delete(sessions).where(eq(sessions.tokenHash, tokenHash)).returning();
    if (!session) return undefined;
    await recordChange(tx, principalOf(session), {
      organizationId: session.organizationId,
      entity: 'session',
      entityId: session.userId,
      action: 'session.closed',
    });
    return session.idToken;
  });
}

// ---- API keys

/** How many keys one person may have that are neither revoked nor expired. */
export const LIVE_API_KEY_LIMIT = 50;

/** @throws VarloomError `api_key_limit` when the caller has as many keys as one may have */
export async function createApiKey(
  database: Database,
  principal: UserPrincipal,
  key: { apiKeyId: string; name: string; scopes: string[]; prefix: string; keyHash: string; expiresAt: Date | null },
): Promise<void> {
  await database.write(principal, async (tx) => {
    // Two requests at once are counted one after the other.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`api keys of ${principal.userId}`}))`);
    const live = await tx.$count(
      apiKeys,
      and(
        eq(apiKeys.userId, principal.userId),
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
      ),
    );
    if (live >= LIVE_API_KEY_LIMIT) {
      throw new VarloomError('api_key_limit', `You have ${live} live API keys, and one person may have no more.`, {
        live,
      });
    }
    await tx.insert(apiKeys).values({ ...key, userId: principal.userId, organizationId: principal.organizationId });
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'api_key',
      entityId: key.apiKeyId,
      action: 'api_key.created',
      details: { scopes: key.scopes, expires_at: key.expiresAt?.toISOString() ?? null },
    });
  });
}

export async function listApiKeys(database: Database, principal: UserPrincipal): Promise<ApiKey[]> {
  return database.write(principal, (tx) =>
    tx
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.userId, principal.userId), isNull(apiKeys.revokedAt)))
      .orderBy(desc(apiKeys.createdAt))
      .limit(200),
  );
}

/** False when the caller has no such key. */
export async function revokeApiKey(database: Database, principal: UserPrincipal, id: ApiKeyId): Promise<boolean> {
  return database.write(principal, async (tx) => {
    const [revoked] = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeys.apiKeyId, id), eq(apiKeys.userId, principal.userId), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.apiKeyId });
    if (!revoked) return false;
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'api_key',
      entityId: id,
      action: 'api_key.revoked',
    });
    return true;
  });
}

/** The user and scopes of a valid key, by the key's SHA-256. Notes its use, at most once a minute. */
export async function useApiKey(
  database: Database,
  keyHash: string,
): Promise<{ user: User; scopes: string[] } | undefined> {
  return database.write(asSystem, async (tx) => {
    const [row] = await tx
      .select({ key: apiKeys, user: users })
      .from(apiKeys)
      .innerJoin(users, eq(users.userId, apiKeys.userId))
      .where(
        and(
          eq(apiKeys.keyHash, keyHash),
          isNull(apiKeys.revokedAt),
          or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
        ),
      );
    if (!row) return undefined;
    await tx
      .update(apiKeys)
      .set({ lastUsedAt: sql`now()` })
      .where(
        and(
          eq(apiKeys.apiKeyId, row.key.apiKeyId),
          or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`now() - interval '1 minute'`)),
        ),
      );
    return { user: row.user, scopes: row.key.scopes };
  });
}
