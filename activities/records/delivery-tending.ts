// Postgres, as the Schedule `tend-deliveries` sees it.

import {
  untendedDeliveries,
  untendedReviews,
  type UntendedDelivery,
  type UntendedReview,
} from '../../db/untended-deliveries.ts';
import type { RecordsDependencies } from './activities.ts';

export type { UntendedDelivery, UntendedReview };

/** Younger ones are just being started. */
const GRACE_MS = 30_000;
const UNTENDED_BATCH = 100;
/** Most of them have a saga, and each is asked for. */
const UNTENDED_REVIEWS = 20;

export interface DeliveryTendingActivities {
  /** Open deliveries that may have no saga. */
  'records.delivery.listUntended'(): Promise<UntendedDelivery[]>;
  /** Samples under review whose saga may be gone. */
  'records.review.listUntended'(): Promise<UntendedReview[]>;
}

export function createDeliveryTendingActivities({
  database,
  principal,
}: Pick<RecordsDependencies, 'database' | 'principal'>): DeliveryTendingActivities {
  return {
    'records.delivery.listUntended': () =>
      untendedDeliveries(database, principal(), { before: new Date(Date.now() - GRACE_MS), limit: UNTENDED_BATCH }),

    'records.review.listUntended': () =>
      untendedReviews(database, principal(), { before: new Date(Date.now() - GRACE_MS), limit: UNTENDED_REVIEWS }),
  };
}
