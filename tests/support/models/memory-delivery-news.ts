// What the endpoints of a delivery's partner are told, in memory: as `db/delivery-news.ts` does it.

import type { DeliveryId, MessageId } from '../../../domain/ids.ts';
import type { AnnouncedMessage, MemoryDelivery, ReviewTables } from './memory-review-tables.ts';
import type { ReceiverModel } from './memory-webhooks.ts';

type News = AnnouncedMessage['event'];

export function createMemoryDeliveryNews(
  { messages }: Pick<ReviewTables, 'messages'>,
  delivery: (id: DeliveryId) => MemoryDelivery,
  queueMessage: (receiver: ReceiverModel) => MessageId,
) {
  const idOf = (id: DeliveryId, event: News) => `${id}/${delivery(id).releaseNumber}/${event}`;
  const announced = (id: DeliveryId, event: News) =>
    [...messages.values()].filter((message) => message.announcementId === idOf(id, event));
  return {
    idOf,
    announced,
    /** Once for each release. */
    announce(id: DeliveryId, event: News): AnnouncedMessage[] {
      const earlier = announced(id, event);
      if (earlier.length > 0) return earlier;
      const { isMute, isPartnerDisabled, endpoints } = delivery(id);
      const announcementId = idOf(id, event);
      const queued = (isMute || isPartnerDisabled ? [] : endpoints).map((receiver) => {
        return { messageId: queueMessage(receiver), delivery: id, announcementId, event };
      });
      for (const message of queued) messages.set(message.messageId, message);
      return queued;
    },
  };
}
