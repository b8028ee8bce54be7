// The news of a delivery for its partner's endpoints, in the transaction of what it tells.

import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { messageId, organizationId, partnerId, type MessageId } from '../domain/ids.ts';
import type { PartnerEvent } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import type { Transaction } from './client.ts';
import { webhookMessages, type deliveries } from './schema/index.ts';
import { enqueueWebhook } from './webhooks.ts';

export type DeliveryNews = Extract<PartnerEvent, `delivery.${string}`>;
type NewsOf = Pick<typeof deliveries.$inferSelect, 'deliveryId' | 'organizationId' | 'partnerId' | 'releaseNumber'>;

/** Of one release of a delivery: the same whenever, and by whichever run of its saga, it is announced. */
export function announcementIdOf({ deliveryId, releaseNumber }: NewsOf, event: DeliveryNews): string {
  return idOf(`${deliveryId}/${releaseNumber}/${event}`);
}

/** The messages of an announcement: none when it was not made, or there was no endpoint. */
export async function announced(tx: Transaction, delivery: NewsOf, event: DeliveryNews): Promise<MessageId[]> {
  const rows = await tx
    .select({ messageId: webhookMessages.messageId })
    .from(webhookMessages)
    .where(
      and(
        eq(webhookMessages.organizationId, delivery.organizationId),
        sql`${webhookMessages.payload} #>> '{data,announcement_id}' = ${announcementIdOf(delivery, event)}`,
      ),
    );
  return rows.map((row) => messageId(row.messageId));
}

/** A message for each endpoint that is enabled, once for each release. */
export async function announce(
  tx: Transaction,
  principal: Principal,
  delivery: NewsOf,
  event: DeliveryNews,
): Promise<MessageId[]> {
  const earlier = await announced(tx, delivery, event);
  if (earlier.length > 0) return earlier;
  return enqueueWebhook(tx, principal, {
    partnerId: partnerId(delivery.partnerId),
    organizationId: organizationId(delivery.organizationId),
    eventType: event,
    payload: { delivery_id: delivery.deliveryId, announcement_id: announcementIdOf(delivery, event) },
  });
}

/** The same id for the same text, in the form of a UUID (version 8: of a hash). */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
