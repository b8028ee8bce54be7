// What mail about a review says. No barcode, no name of a patient: it says that something waits, and where.

import type { DeliveryId, SampleId } from '../../domain/ids.ts';
import type { ReviewLevel } from '../../domain/review.ts';

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
