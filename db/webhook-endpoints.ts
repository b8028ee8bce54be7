// Where partners are told: their endpoints, and the secrets that sign what is sent there.

import { and, asc, eq, isNull, or, sql } from 'drizzle-orm';
import type { ActionOn } from '../domain/audit.ts';
import { VarloomError } from '../domain/errors.ts';
import type { EndpointId, OrganizationId, PartnerId } from '../domain/ids.ts';
import { SECRET_OVERLAP_SECONDS, type DisabledReason } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { webhookEndpoints, webhookMessages } from './schema/index.ts';
import { ownPartner } from './service-tokens.ts';

export type EndpointRow = typeof webhookEndpoints.$inferSelect;

export const ENDPOINT_LIMIT = 10;
/** A secret that is changed again before its overlap is over: no more than these sign. */
const SIGNING_SECRETS = 3;

export interface NewEndpoint {
  endpointId: EndpointId;
  url: string;
  sealedSecret: string;
}

/** In the caller's transaction. */
export async function insertEndpoint(
  tx: Transaction,
  principal: Principal,
  partner: { partnerId: PartnerId; organizationId: OrganizationId },
  endpoint: NewEndpoint,
): Promise<EndpointRow> {
  const [row] = await tx
    .insert(webhookEndpoints)
    .values({
      ...partner,
      endpointId: endpoint.endpointId,
      url: endpoint.url,
      secrets: [{ sealed: endpoint.sealedSecret, createdAt: new Date().toISOString(), expiresAt: null }],
    })
    .returning();
  if (!row) throw new Error('the new endpoint was not returned');
  await recordEndpoint(tx, principal, row, 'webhook_endpoint.created', { host: hostOf(endpoint.url) });
  return row;
}

/** @throws VarloomError `not_found`, `partner_disabled`, `endpoint_limit` */
export async function createEndpoint(
  database: Database,
  principal: UserPrincipal,
  partnerId: PartnerId,
  endpoint: NewEndpoint,
): Promise<EndpointRow> {
  return database.write(principal, async (tx) => {
    const partner = await ownPartner(tx, principal, partnerId, 'update');
    if (partner.disabledAt) throw new VarloomError('partner_disabled', 'The partner is disabled.');
    const present = await tx.$count(webhookEndpoints, and(eq(webhookEndpoints.partnerId, partnerId), isNotRemoved()));
    if (present >= ENDPOINT_LIMIT) {
      throw new VarloomError('endpoint_limit', `The partner has ${present} endpoints, and may have no more.`);
    }
    return insertEndpoint(tx, principal, { partnerId, organizationId: principal.organizationId }, endpoint);
  });
}

/** Oldest first; removed ones are left out. @throws VarloomError `not_found` */
export async function listEndpoints(
  database: Database,
  principal: UserPrincipal,
  partnerId: PartnerId,
): Promise<EndpointRow[]> {
  return database.write(principal, async (tx) => {
    await ownPartner(tx, principal, partnerId);
    return tx
      .select()
      .from(webhookEndpoints)
      .where(and(eq(webhookEndpoints.partnerId, partnerId), isNotRemoved()))
      .orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.endpointId));
  });
}

/** What names an endpoint in the API. */
export interface EndpointOfPartner {
  partnerId: PartnerId;
  endpointId: EndpointId;
}

/** @throws VarloomError `not_found` */
export async function findEndpoint(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
): Promise<EndpointRow> {
  return database.write(principal, (tx) => ownEndpoint(tx, principal, at));
}

/** From the next attempt on, messages go to the new address. @throws VarloomError `not_found` */
export async function changeEndpointUrl(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
  url: string,
): Promise<EndpointRow> {
  return database.write(principal, async (tx) => {
    const endpoint = await ownEndpoint(tx, principal, at, 'update');
    if (endpoint.url === url) return endpoint;
    const changed = await update(tx, endpoint, { url });
    await recordEndpoint(tx, principal, changed, 'webhook_endpoint.changed', { host: hostOf(url) });
    return changed;
  });
}

/** The new secret signs from now on, and the old one beside it for a day. @throws VarloomError `not_found` */
export async function rotateEndpointSecret(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
  sealedSecret: string,
): Promise<EndpointRow> {
  return database.write(principal, async (tx) => {
    const endpoint = await ownEndpoint(tx, principal, at, 'update');
    const now = Date.now();
    const overlapEndsAt = new Date(now + SECRET_OVERLAP_SECONDS * 1000).toISOString();
    const earlier = signingSecrets(endpoint.secrets, now).map((secret) => ({
      ...secret,
      expiresAt: secret.expiresAt ?? overlapEndsAt,
    }));
    const fresh = { sealed: sealedSecret, createdAt: new Date(now).toISOString(), expiresAt: null };
    const changed = await update(tx, endpoint, { secrets: [fresh, ...earlier].slice(0, SIGNING_SECRETS) });
    await recordEndpoint(tx, principal, changed, 'webhook_endpoint.secret_rotated', { overlap_ends_at: overlapEndsAt });
    return changed;
  });
}

/** Those that sign at this moment, the newest first. */
export function signingSecrets(secrets: EndpointRow['secrets'], nowMs: number): EndpointRow['secrets'] {
  return secrets.filter(({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > nowMs);
}

/** @throws VarloomError `not_found`, `partner_disabled` */
export async function enableEndpoint(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
): Promise<EndpointRow> {
  return database.write(principal, async (tx) => {
    const partner = await ownPartner(tx, principal, at.partnerId, 'update');
    if (partner.disabledAt) throw new VarloomError('partner_disabled', 'The partner is disabled.');
    const endpoint = await ownEndpoint(tx, principal, at, 'update');
    if (!endpoint.disabledAt) return endpoint;
    const enabled = await update(tx, endpoint, {
      disabledAt: null,
      disabledReason: null,
      failuresInARow: 0,
      failingSince: null,
    });
    await recordEndpoint(tx, principal, enabled, 'webhook_endpoint.enabled');
    return enabled;
  });
}

/** Its messages stay, for the delivery log's sake; nothing is sent to it any more. @throws VarloomError `not_found` */
export async function removeEndpoint(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const endpoint = await ownEndpoint(tx, principal, at, 'update');
    await disableEndpoint(tx, principal, endpoint, 'removed');
  });
}

/** In the caller's transaction: what waits to be sent there is cancelled. */
export async function disableEndpoint(
  tx: Transaction,
  principal: Principal,
  endpoint: Pick<EndpointRow, 'endpointId' | 'organizationId' | 'url' | 'disabledReason'>,
  reason: DisabledReason,
): Promise<void> {
  if (endpoint.disabledReason === reason) return;
  await update(tx, endpoint, { disabledAt: new Date(), disabledReason: reason });
  const cancelled = await tx
    .update(webhookMessages)
    .set({ state: 'cancelled', endedAt: sql`now()` })
    .where(and(eq(webhookMessages.endpointId, endpoint.endpointId), eq(webhookMessages.state, 'pending')))
    .returning({ messageId: webhookMessages.messageId });
  const isRemoved = reason === 'removed';
  await recordEndpoint(tx, principal, endpoint, isRemoved ? 'webhook_endpoint.removed' : 'webhook_endpoint.disabled', {
    reason,
    host: hostOf(endpoint.url),
    cancelled_messages: cancelled.length,
  });
}

const isNotRemoved = () =>
  or(isNull(webhookEndpoints.disabledReason), sql`${webhookEndpoints.disabledReason} <> 'removed'`);

/** @throws VarloomError `not_found` */
export async function ownEndpoint(
  tx: Transaction,
  principal: UserPrincipal,
  { partnerId, endpointId }: EndpointOfPartner,
  lock?: 'update',
): Promise<EndpointRow> {
  const query = tx
    .select()
    .from(webhookEndpoints)
    .where(
      and(
        eq(webhookEndpoints.endpointId, endpointId),
        eq(webhookEndpoints.partnerId, partnerId),
        eq(webhookEndpoints.organizationId, principal.organizationId),
        isNotRemoved(),
      ),
    );
  const [endpoint] = await (lock ? query.for(lock) : query);
  if (!endpoint) throw new VarloomError('not_found', `There is no webhook endpoint ${endpointId}.`);
  return endpoint;
}

async function update(
  tx: Transaction,
  { endpointId }: Pick<EndpointRow, 'endpointId'>,
  changes: Partial<typeof webhookEndpoints.$inferInsert>,
): Promise<EndpointRow> {
  const [row] = await tx
    .update(webhookEndpoints)
    .set(changes)
    .where(eq(webhookEndpoints.endpointId, endpointId))
    .returning();
  if (!row) throw new Error('the endpoint is gone');
  return row;
}

/** Of the address only the host is recorded: people put keys into the rest. */
const hostOf = (url: string): string | null => URL.parse(url)?.host ?? null;

function recordEndpoint(
  tx: Transaction,
  principal: Principal,
  { endpointId, organizationId }: Pick<EndpointRow, 'endpointId' | 'organizationId'>,
  action: ActionOn<'webhook_endpoint'>,
  details: Record<string, unknown> = {},
): Promise<void> {
  const change = { organizationId, entity: 'webhook_endpoint', entityId: endpointId, action, details } as const;
  const isNews = action === 'webhook_endpoint.disabled';
  return recordChange(tx, principal, isNews ? { ...change, event: 'webhook_endpoint.disabled' } : change);
}
