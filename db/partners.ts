// Partners of a laboratory: who receives deliveries.

import { and, eq, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { PartnerId } from '../domain/ids.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { partners, webhookEndpoints } from './schema/index.ts';
import { insertPartnerToken, ownPartner, type NewToken } from './service-tokens.ts';
import { disableEndpoint, insertEndpoint, type NewEndpoint } from './webhook-endpoints.ts';

export type PartnerRow = typeof partners.$inferSelect;

export interface NewPartner {
  partnerId: PartnerId;
  name: string;
  email: string | null;
  token: NewToken;
  endpoint: NewEndpoint | undefined;
}

/** A partner with its first token and, if it has an address, its first endpoint. @throws VarloomError `partner_exists` */
export async function createPartner(
  database: Database,
  principal: UserPrincipal,
  { partnerId, name, email, token, endpoint }: NewPartner,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const { organizationId } = principal;
    const made = await tx
      .insert(partners)
      .values({ partnerId, organizationId, name, email })
      .onConflictDoNothing({ target: [partners.organizationId, partners.name] })
      .returning({ partnerId: partners.partnerId });
    if (made.length === 0) throw new VarloomError('partner_exists', 'There is a partner of this name already.');
    await recordChange(tx, principal, {
      organizationId,
      entity: 'partner',
      entityId: partnerId,
      action: 'partner.created',
      event: 'partner.created',
    });
    await insertPartnerToken(tx, principal, { partnerId, organizationId }, token);
    if (endpoint) await insertEndpoint(tx, principal, { partnerId, organizationId }, endpoint);
  });
}

/** Newest first, disabled ones included. */
export async function listPartners(
  database: Database,
  principal: UserPrincipal,
  { limit, cursor }: PageRequest,
): Promise<Page<PartnerRow>> {
  const { rows, next } = await database.read(principal, async (tx) =>
    toPage(
      await tx
        .select({ partner: partners, cursorTime: cursorTime(partners.createdAt), cursorId: partners.partnerId })
        .from(partners)
        .where(
          and(
            eq(partners.organizationId, principal.organizationId),
            afterCursor(cursor, partners.createdAt, partners.partnerId),
          ),
        )
        .orderBy(...newestFirst(partners.createdAt, partners.partnerId))
        .limit(limit + 1),
      limit,
    ),
  );
  return { rows: rows.map(({ partner }) => partner), next };
}

/** @throws VarloomError `not_found` */
export async function findPartner(database: Database, principal: UserPrincipal, id: PartnerId): Promise<PartnerRow> {
  return database.write(principal, (tx) => ownPartner(tx, principal, id));
}

/**
 * Ends what goes to a partner: its tokens are refused from now on, its endpoints disabled, and what waits to be sent is
 * cancelled. Its deliveries and the log of what it was sent stay.
 * @throws VarloomError `not_found`
 */
export async function disablePartner(database: Database, principal: UserPrincipal, id: PartnerId): Promise<void> {
  await database.write(principal, async (tx) => {
    const partner = await ownPartner(tx, principal, id, 'update');
    if (partner.disabledAt) return;
    await tx
      .update(partners)
      .set({ disabledAt: sql`now()` })
      .where(eq(partners.partnerId, id));
    await recordChange(tx, principal, {
      organizationId: partner.organizationId,
      entity: 'partner',
      entityId: id,
      action: 'partner.disabled',
      event: 'partner.disabled',
    });
    const endpoints = await tx.select().from(webhookEndpoints).where(eq(webhookEndpoints.partnerId, id)).for('update');
    for (const endpoint of endpoints) {
      if (endpoint.disabledAt === null) await disableEndpoint(tx, principal, endpoint, 'partner_disabled');
    }
  });
}
