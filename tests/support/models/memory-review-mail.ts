// Mail about reviews and deliveries, in memory: once for each occasion, as `activities/mail` does it.

import type { DeliveryMail, ReviewMail, ReviewMailActivities } from '../../../activities/mail/review-mail.ts';
import type { DeliveryId, SampleId } from '../../../domain/ids.ts';
import type { MemoryReview } from './memory-review.ts';

type Sent =
  | (ReviewMail & { delivery: DeliveryId; sample: SampleId; occasion: string; atMs: number })
  | (DeliveryMail & { delivery: DeliveryId; sample?: undefined; occasion: string; atMs: number });

export interface MemoryReviewMail {
  activities: ReviewMailActivities;
  /** In the order in which they were sent, those about a delivery and those about its samples. */
  sent: Sent[];
}

export function createMemoryReviewMail(review: MemoryReview, now: () => number): MemoryReviewMail {
  const sent: Sent[] = [];
  const send = (message: Sent) => {
    const isRepeat = sent.some(
      ({ kind, occasion, delivery, sample }) =>
        kind === message.kind &&
        occasion === message.occasion &&
        delivery === message.delivery &&
        sample === message.sample,
    );
    if (!isRepeat) sent.push(message);
  };
  return {
    sent,
    activities: {
      'mail.review.send': async (input) => send({ ...input, atMs: now() }),
      'mail.delivery.send': async (input) => {
        const { hasAddress, isPartnerDisabled } = review.delivery(input.delivery);
        if (input.kind === 'delivery.released' && (!hasAddress || isPartnerDisabled)) return { sent: 0 };
        send({ ...input, atMs: now() });
        return { sent: 1 };
      },
    },
  };
}
