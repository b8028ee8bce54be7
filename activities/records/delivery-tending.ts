// Postgres, as the Schedule `tend-deliveries` sees it.

import { untendedDeliveries, type UntendedDelivery } from '../../db/untended-deliveries.ts';
import type { RecordsDependencies } from './activities.ts';

export type { UntendedDelivery };

/** Younger ones are just being started. */
const GRACE_MS = 30_000;
const UNTENDED_BATCH = 100;

export interface DeliveryTendingActivities {
  /** Open deliveries that may have no saga. */
  'records.delivery.listUntended'(): Promise<UntendedDelivery[]>;
}

export function createDeliveryTendingActivities({
  database,
  principal,
}: Pick<RecordsDependencies, 'database' | 'principal'>): DeliveryTendingActivities {
  return {
    'records.delivery.listUntended': () =>
      untendedDeliveries(database, principal(), { before: new Date(Date.now() - GRACE_MS), limit: UNTENDED_BATCH }),
  };
}
