// The news of a delivery for its partner: each release is announced once, by however many runs of its saga.

import type { DeliveryId, MessageId } from '../domain/ids.ts';
import { SAGAS, type Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { lockDelivery } from './deliveries.ts';
import { announce, announcementIdOf, type DeliveryNews } from './delivery-news.ts';
import { partnerReach } from './partner-reach.ts';

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
  { event }: { event: DeliveryNews },
): Promise<Announcement> {
  return database.write(principal, async (tx) => {
    const delivery = await lockDelivery(tx, id);
    return {
      announcementId: announcementIdOf(delivery, event),
      messageIds: await announce(tx, SAGAS.deliveryReview, delivery, event),
      asksByItself: (await partnerReach(tx, delivery.partnerId)) === 'asks',
    };
  });
}
