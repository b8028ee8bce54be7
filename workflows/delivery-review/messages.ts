// What the saga `delivery/<deliveryId>` is started with, answers, and can be told.

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Reviewer } from '../../activities/records/review.ts';
import type { DeliveryId, SampleId } from '../../domain/ids.ts';
import type { DeliveryState } from '../../domain/review.ts';

export const DELIVERY_REVIEW = 'deliveryReview';

export interface DeliveryReviewInput {
  delivery: DeliveryId;
  /** Carried from run to run: the reviews up to this sample are started, or all of them. */
  reviewsStarted?: SampleId | 'all';
}

export type DeliveryReviewOutcome = Extract<DeliveryState, 'acknowledged' | 'recalled' | 'closed'>;

export const deliveryStateQuery = defineQuery<DeliveryState>('state');

/** Sent by a review that closed the last open sample. */
export const sampleClosedSignal = defineSignal('sampleClosed');

/** The partner has acknowledged: sent by the gateway. */
export const acknowledgedSignal = defineSignal('acknowledged');

/** A director's act. Fails with `wrong_role`, `wrong_state`. */
export const directUpdate = defineUpdate<DeliveryState, [{ director: Reviewer; act: 'release' | 'recall' }]>('direct');
