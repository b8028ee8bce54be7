// The news of a delivery for its partner: each release is announced once, by however many runs of its saga.

import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { messageId, organizationId, partnerId, type DeliveryId, type MessageId } from '../domain/ids.ts';
import type { PartnerEvent } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { lockDelivery } from './deliveries.ts';
import { partnerReach } from './partner-reach.ts';
import { webhookMessages } from './schema/index.ts';
import { enqueueWebhook } from './webhooks.ts';

export interface Announcement {
  messageIds: MessageId[];
  /** Of this release: the same whenever, and by whichever run of the saga, it is announced. */
  announcementId: string;
  /** The partner has given no way to be told: its program asks. Recorded histories of earlier versions do not say. */
  asksByItself?: boolean;
}

/** Queues the news of a delivery for the partner's endpoints: once for each release, however often it is asked to. */
export async function announceDelivery(
  database: Database,
  principal: Principal,
  id: DeliveryId,
  { event }: { event: Extract<PartnerEvent, `delivery.${string}`> },
): Promise<Announcement> {
  return database.write(principal, async (tx) => {
    const delivery = await lockDelivery(tx, id);
    const announcementId = idOf(`${id}/${delivery.releaseNumber}/${event}`);
    const asksByItself = (await partnerReach(tx, delivery.partnerId)) === 'asks';
    const earlier = await tx
      .select({ messageId: webhookMessages.messageId })
      .from(webhookMessages)
      .where(
        and(
          eq(webhookMessages.organizationId, delivery.organizationId),
          sql`${webhookMessages.payload} #>> '{data,announcement_id}' = ${announcementId}`,
        ),
      );
    if (earlier.length > 0) {
      return { announcementId, messageIds: earlier.map((row) => messageId(row.messageId)), asksByItself };
    }
    const messageIds = await enqueueWebhook(tx, principal, {
      partnerId: partnerId(delivery.partnerId),
      organizationId: organizationId(delivery.organizationId),
      eventType: event,
      payload: { delivery_id: id, announcement_id: announcementId },
    });
    return { announcementId, messageIds, asksByItself };
  });
}

/** The same id for the same text, in the form of a UUID (version 8: of a hash). */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
