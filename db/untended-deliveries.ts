// Which deliveries, and which reviews of their samples, may have no saga.

import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { deliveryId, organizationId, sampleId, userId, type DeliveryId, type SampleId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { OPEN_DELIVERY_STATES } from '../domain/review.ts';
import type { Database } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { deliveries, deliverySamples } from './schema/index.ts';

export interface UntendedDelivery {
  delivery: DeliveryId;
  /** In whose name its saga acts. */
  creator: UserPrincipal;
  /** Every sample is closed, and the delivery has not heard of it. */
  isUnsettled: boolean;
}

/**
 * Open deliveries of before `before`: those of the last hour, whose saga may never have been started, and now and then one
 * of the others, whose saga may have been terminated. Starting a saga that runs changes nothing.
 */
export async function untendedDeliveries(
  database: Database,
  principal: Principal,
  { before, limit }: { before: Date; limit: number },
): Promise<UntendedDelivery[]> {
  return database.write(principal, async (tx) => {
    const isRecentOrDrawn = sql`(${deliveries.createdAt} > now() - interval '1 hour' or random() < 0.05)`;
    const rows = await tx
      .select({ delivery: deliveries, isUnsettled })
      .from(deliveries)
      .where(
        and(inArray(deliveries.state, [...OPEN_DELIVERY_STATES]), lt(deliveries.createdAt, before), isRecentOrDrawn),
      )
      // In any order: those that cannot be helped must not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map((row) => ({ ...inItsCreatorsName(row.delivery), isUnsettled: row.isUnsettled }));
  });
}

// Spelled out: of a single table, Drizzle writes column names alone, and here they would mean the inner table's.
const isUnsettled = sql<boolean>`(deliveries.state = 'in_review' and not exists (
  select from delivery_samples s
  where s.delivery_id = deliveries.delivery_id and s.state in ('in_review', 'reannotating')))`;

export interface UntendedReview extends Omit<UntendedDelivery, 'isUnsettled'> {
  sample: SampleId;
  /** It waits for a new annotation, which its saga starts. */
  isReannotating: boolean;
}

/**
 * Samples under review, at their level since before `before`: those of the last hour, and now and then one of the others,
 * whose saga may have been terminated or cancelled. Their delivery's saga has started them once, and does not look again.
 */
export async function untendedReviews(
  database: Database,
  principal: Principal,
  { before, limit }: { before: Date; limit: number },
): Promise<UntendedReview[]> {
  return database.write(principal, async (tx) => {
    const { since, state, isOpen } = deliverySamples;
    const rows = await tx
      .select({ delivery: deliveries, sampleId: deliverySamples.sampleId, state })
      .from(deliverySamples)
      .innerJoin(deliveries, eq(deliveries.deliveryId, deliverySamples.deliveryId))
      .where(
        and(
          isOpen,
          inArray(state, ['in_review', 'reannotating']),
          eq(deliveries.state, 'in_review'),
          lt(since, before),
          sql`(${since} > now() - interval '1 hour' or random() < 0.05)`,
        ),
      )
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map((row) => ({
      ...inItsCreatorsName(row.delivery),
      sample: sampleId(row.sampleId),
      isReannotating: row.state === 'reannotating',
    }));
  });
}

const inItsCreatorsName = (row: typeof deliveries.$inferSelect): Omit<UntendedDelivery, 'isUnsettled'> => ({
  delivery: deliveryId(row.deliveryId),
  creator: { kind: 'user', userId: userId(row.createdBy), organizationId: organizationId(row.organizationId) },
});
