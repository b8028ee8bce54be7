// Mail about a review and a delivery, as the sagas see it. No barcode, no name of a patient: it says that something waits,
// and where.

import {
  claimReviewMail,
  membersOf,
  partnerOf,
  recordReviewMailSent,
  reviewersOf,
  type Recipient,
} from '../../db/review-mail.ts';
import type { DeliveryId, SampleId } from '../../domain/ids.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import type { Content } from './layout.ts';
import { deliveryReleasedContent, reviewContentOf } from './review-messages.ts';
import { sendClaimed, type MailDependencies } from './sending.ts';

export type ReviewMail =
  /** To everyone who may decide at the level. */
  | { kind: 'review.reminder'; level: ReviewLevel }
  /** To the directors and administrators of the organization. */
  | { kind: 'review.escalation'; level: ReviewLevel };

export type DeliveryMail =
  /** To the directors: every sample is closed. */
  | { kind: 'delivery.ready' }
  /** To the directors and administrators: the partner could not be told, and the release was taken back. */
  | { kind: 'delivery.release_failed' }
  /** To the partner's address, where there is one. */
  | { kind: 'delivery.released' };

export interface ReviewMailActivities {
  /** Once for each recipient, sample, kind and occasion. */
  'mail.review.send'(input: ReviewMail & { delivery: DeliveryId; sample: SampleId; occasion: string }): Promise<void>;

  /** Once for each recipient, delivery, kind and occasion. Answers how many were reached. */
  'mail.delivery.send'(input: DeliveryMail & { delivery: DeliveryId; occasion: string }): Promise<{ sent: number }>;
}

export function createReviewMailActivities(deps: MailDependencies): ReviewMailActivities {
  const { database, principal, publicUrl } = deps;
  const messageIdDomain = new URL(publicUrl).hostname;
  type Occasion = Pick<ReviewMail | DeliveryMail, 'kind'> & {
    delivery: DeliveryId;
    sample?: SampleId;
    occasion: string;
  };

  return {
    'mail.review.send': async (input) => {
      const { kind, delivery } = input;
      const to =
        kind === 'review.reminder'
          ? await reviewersOf(database, principal(), input)
          : await membersOf(database, principal(), delivery, ['director', 'admin']);
      const occasion = { ...input, occasion: `${input.sample}/${input.occasion}` };
      await sendAll(to, occasion, ({ name }) => reviewContentOf(input, name, pageOf(delivery)));
    },

    'mail.delivery.send': async (input) => {
      const { kind, delivery } = input;
      const occasion = { ...input, occasion: `${delivery}/${input.occasion}` };
      switch (kind) {
        case 'delivery.released': {
          const partner = await partnerOf(database, principal(), delivery);
          if (!partner) return { sent: 0 };
          const manifest = `${publicUrl}/partner/v1/deliveries/${delivery}/manifest`;
          return sendAll([partner], occasion, () => deliveryReleasedContent(partner, manifest));
        }
        case 'delivery.ready':
        case 'delivery.release_failed': {
          const roles = kind === 'delivery.ready' ? (['director'] as const) : (['director', 'admin'] as const);
          const to = await membersOf(database, principal(), delivery, roles);
          return sendAll(to, occasion, ({ name }) => reviewContentOf(input, name, pageOf(delivery)));
        }
      }
    },
  };

  function pageOf(delivery: DeliveryId): string {
    return `${publicUrl}/deliveries/${delivery}`;
  }

  /** One that cannot be reached keeps none of the others waiting; in the end it fails, and those reached are left out. */
  async function sendAll(
    to: readonly Recipient[],
    occasion: Occasion,
    contentFor: (recipient: Recipient) => Content,
  ): Promise<{ sent: number }> {
    const failures: unknown[] = [];
    for (const recipient of to) {
      try {
        await sendOnce(recipient, occasion, contentFor(recipient));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return { sent: to.length };
  }

  async function sendOnce(recipient: Recipient, occasion: Occasion, content: Content): Promise<void> {
    const claimed = await claimReviewMail(database, principal(), recipient, occasion, messageIdDomain);
    await sendClaimed(
      deps,
      claimed,
      () => ({ to: recipient.to, ...content }),
      (...sent) => recordReviewMailSent(...sent, occasion),
    );
  }
}
