// How a partner learns of a delivery, as its endpoints and its address stand at this moment.

import { and, eq, sql } from 'drizzle-orm';
import type { PartnerReach } from '../domain/partners.ts';
import type { Transaction } from './client.ts';
import { partners, webhookEndpoints } from './schema/index.ts';

/** Endpoints that were removed are not the partner's any more. `lock` keeps the partner from being disabled meanwhile. */
export async function partnerReach(tx: Transaction, partnerId: string, lock?: 'share'): Promise<PartnerReach> {
  const query = tx.select().from(partners).where(eq(partners.partnerId, partnerId));
  const [partner] = await (lock ? query.for(lock) : query);
  if (!partner) throw new Error(`there is no partner ${partnerId}`);
  if (partner.disabledAt !== null) return 'disabled';
  if (partner.email !== null) return 'told';
  const endpoints = await tx
    .select({ disabledAt: webhookEndpoints.disabledAt })
    .from(webhookEndpoints)
    .where(
      and(
        eq(webhookEndpoints.partnerId, partnerId),
        sql`${webhookEndpoints.disabledReason} is distinct from 'removed'`,
      ),
    );
  if (endpoints.length === 0) return 'asks';
  return endpoints.some(({ disabledAt }) => disabledAt === null) ? 'told' : 'unreachable';
}
