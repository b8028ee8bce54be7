// Service tokens: how programs prove who they are, each for one callee (the audience) and for named scopes. Only a
// token's SHA-256 is kept. The table is the system's alone: a token is looked up before anyone is known.

import { and, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { OrganizationId, PartnerId } from '../domain/ids.ts';
import { callerOfPartner, type TokenAudience, type TokenScope } from '../domain/partners.ts';
import { system, type Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import { elevated, type Database, type Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { INSTALLATION } from './references.ts';
import { partners, serviceTokens } from './schema/index.ts';

export type ServiceToken = Omit<typeof serviceTokens.$inferSelect, 'tokenHash'>;

/** A token that is made: the secret itself is shown to its owner, and not kept. */
export interface NewToken {
  tokenId: string;
  scopes: TokenScope[];
  /** The first characters, to tell tokens apart. */
  prefix: string;
  tokenHash: string;
  expiresAt: Date;
}

/** How many tokens a partner may have that are neither revoked nor expired: a few programs, each with its next one. */
export const LIVE_TOKEN_LIMIT = 20;

/** All but the hash. */
const shownColumns = {
  tokenId: serviceTokens.tokenId,
  organizationId: serviceTokens.organizationId,
  caller: serviceTokens.caller,
  audience: serviceTokens.audience,
  partnerId: serviceTokens.partnerId,
  scopes: serviceTokens.scopes,
  prefix: serviceTokens.prefix,
  createdAt: serviceTokens.createdAt,
  expiresAt: serviceTokens.expiresAt,
  lastUsedAt: serviceTokens.lastUsedAt,
  revokedAt: serviceTokens.revokedAt,
};

const asSystem = system('identity');
/** The command that makes, lists and revokes the installation's own tokens. */
const asOperator = system('token-cli');
/** Who lists tokens sees for a while which have just expired. */
const isListed = () =>
  and(isNull(serviceTokens.revokedAt), gt(serviceTokens.expiresAt, sql`now() - interval '30 days'`));
const isLive = () => and(isNull(serviceTokens.revokedAt), gt(serviceTokens.expiresAt, sql`now()`));

/** In the caller's transaction. @throws VarloomError `token_limit` */
export async function insertPartnerToken(
  tx: Transaction,
  principal: Principal,
  partner: { partnerId: PartnerId; organizationId: OrganizationId },
  token: NewToken,
): Promise<void> {
  await elevated(tx, principal, async () => {
    const live = await tx.$count(serviceTokens, and(eq(serviceTokens.partnerId, partner.partnerId), isLive()));
    if (live >= LIVE_TOKEN_LIMIT) {
      throw new VarloomError('token_limit', `The partner has ${live} live tokens, and may have no more.`, { live });
    }
    await tx.insert(serviceTokens).values({
      ...token,
      ...partner,
      caller: callerOfPartner(partner.partnerId),
      audience: 'partner',
    });
  });
  await recordChange(tx, principal, {
    organizationId: partner.organizationId,
    entity: 'service_token',
    entityId: token.tokenId,
    action: 'service_token.created',
    details: {
      partner: partner.partnerId,
      audience: 'partner',
      scopes: token.scopes,
      expires_at: token.expiresAt.toISOString(),
    },
  });
}

/** A token of the installation's own, for a program of the operator. */
export async function createInstallationToken(
  database: Database,
  token: NewToken & { caller: string; audience: Exclude<TokenAudience, 'partner'> },
): Promise<void> {
  await database.write(asOperator, async (tx) => {
    await tx.insert(serviceTokens).values({ ...token, organizationId: null, partnerId: null });
    await recordChange(tx, asOperator, {
      organizationId: INSTALLATION,
      entity: 'service_token',
      entityId: token.tokenId,
      action: 'service_token.created',
      details: {
        caller: token.caller,
        audience: token.audience,
        scopes: token.scopes,
        expires_at: token.expiresAt.toISOString(),
      },
    });
  });
}

/** The installation's own, newest first; revoked and long expired ones are left out. */
export async function listInstallationTokens(database: Database): Promise<ServiceToken[]> {
  return database.write(asOperator, (tx) =>
    tx
      .select(shownColumns)
      .from(serviceTokens)
      .where(and(isNull(serviceTokens.organizationId), isListed()))
      .orderBy(desc(serviceTokens.createdAt), desc(serviceTokens.tokenId)),
  );
}

/** It is refused from now on. False when the installation has no such token that is not revoked. */
export async function revokeInstallationToken(database: Database, tokenId: string): Promise<boolean> {
  return database.write(asOperator, async (tx) => {
    const [revoked] = await tx
      .update(serviceTokens)
      .set({ revokedAt: sql`now()` })
      .where(
        and(eq(serviceTokens.tokenId, tokenId), isNull(serviceTokens.organizationId), isNull(serviceTokens.revokedAt)),
      )
      .returning({ caller: serviceTokens.caller, audience: serviceTokens.audience });
    if (!revoked) return false;
    await recordChange(tx, asOperator, {
      organizationId: INSTALLATION,
      entity: 'service_token',
      entityId: tokenId,
      action: 'service_token.revoked',
      details: revoked,
    });
    return true;
  });
}

/**
 * Another token beside those that there are, so that a program can change over without a gap.
 * @throws VarloomError `not_found`, `partner_disabled`, `token_limit`
 */
export async function createPartnerToken(
  database: Database,
  principal: UserPrincipal,
  partnerId: PartnerId,
  token: NewToken,
): Promise<void> {
  await database.write(principal, async (tx) => {
    // The lock counts two requests at once one after the other.
    const partner = await ownPartner(tx, principal, partnerId, 'update');
    if (partner.disabledAt) throw new VarloomError('partner_disabled', 'The partner is disabled.');
    await insertPartnerToken(tx, principal, { partnerId, organizationId: principal.organizationId }, token);
  });
}

/** Newest first; revoked and long expired ones are left out. @throws VarloomError `not_found` */
export async function listPartnerTokens(
  database: Database,
  principal: UserPrincipal,
  partnerId: PartnerId,
): Promise<ServiceToken[]> {
  return database.write(principal, async (tx) => {
    await ownPartner(tx, principal, partnerId);
    return elevated(tx, principal, () =>
      tx
        .select(shownColumns)
        .from(serviceTokens)
        .where(and(eq(serviceTokens.partnerId, partnerId), isListed()))
        .orderBy(desc(serviceTokens.createdAt), desc(serviceTokens.tokenId))
        .limit(200),
    );
  });
}

/** False when the partner has no such token that is not revoked. @throws VarloomError `not_found` */
export async function revokePartnerToken(
  database: Database,
  principal: UserPrincipal,
  partnerId: PartnerId,
  tokenId: string,
): Promise<boolean> {
  return database.write(principal, async (tx) => {
    await ownPartner(tx, principal, partnerId);
    const revoked = await elevated(tx, principal, () =>
      tx
        .update(serviceTokens)
        .set({ revokedAt: sql`now()` })
        .where(
          and(
            eq(serviceTokens.tokenId, tokenId),
            eq(serviceTokens.partnerId, partnerId),
            isNull(serviceTokens.revokedAt),
          ),
        )
        .returning({ tokenId: serviceTokens.tokenId }),
    );
    if (revoked.length === 0) return false;
    await recordChange(tx, principal, {
      organizationId: principal.organizationId,
      entity: 'service_token',
      entityId: tokenId,
      action: 'service_token.revoked',
      details: { partner: partnerId },
    });
    return true;
  });
}

/** What is known of a presented token. */
export interface PresentedToken {
  token: ServiceToken;
  isPartnerDisabled: boolean;
}

/** The token of this SHA-256, unless it is revoked or expired. Notes its use, at most once a minute. */
export async function useServiceToken(database: Database, tokenHash: string): Promise<PresentedToken | undefined> {
  return database.write(asSystem, async (tx) => {
    const [row] = await tx
      .select({ token: shownColumns, disabledAt: partners.disabledAt })
      .from(serviceTokens)
      .leftJoin(partners, eq(partners.partnerId, serviceTokens.partnerId))
      .where(and(eq(serviceTokens.tokenHash, tokenHash), isLive()));
    if (!row) return undefined;
    await tx
      .update(serviceTokens)
      .set({ lastUsedAt: sql`now()` })
      .where(
        and(
          eq(serviceTokens.tokenId, row.token.tokenId),
          or(isNull(serviceTokens.lastUsedAt), lt(serviceTokens.lastUsedAt, sql`now() - interval '1 minute'`)),
        ),
      );
    return { token: row.token, isPartnerDisabled: row.disabledAt !== null };
  });
}

/** The partner, if it is one of the caller's organization. @throws VarloomError `not_found` */
export async function ownPartner(
  tx: Transaction,
  principal: UserPrincipal,
  partnerId: PartnerId,
  lock?: 'update',
): Promise<typeof partners.$inferSelect> {
  const query = tx
    .select()
    .from(partners)
    .where(and(eq(partners.partnerId, partnerId), eq(partners.organizationId, principal.organizationId)));
  const [partner] = await (lock ? query.for(lock) : query);
  if (!partner) throw new VarloomError('not_found', `There is no partner ${partnerId}.`);
  return partner;
}
