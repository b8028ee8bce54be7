// Deliveries, their samples and what waits for a reviewer, as the laboratory sees them: what the gateway reads.

import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { isId, type DeliveryId, type SampleId } from '../domain/ids.ts';
import type { PartnerReach } from '../domain/partners.ts';
import type { DeliveryState, ReviewLevel, SampleState } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { DeliveryRow } from './deliveries.ts';
import type { UserPrincipal } from './identity.ts';
import {
  afterCursor,
  afterCursorAscending,
  cursorTime,
  newestFirst,
  toPage,
  type Page,
  type PageRequest,
} from './keyset.ts';
import { partnerReach } from './partner-reach.ts';
import { decisions, deliveries, deliverySamples, jobs, partners, samples } from './schema/index.ts';

export type DecisionRow = typeof decisions.$inferSelect;
type ReviewRow = typeof deliverySamples.$inferSelect;

export interface DeliverySummary {
  delivery: DeliveryRow;
  partnerName: string;
}

/** The organization's deliveries, newest first. */
export async function listDeliveries(
  database: Database,
  principal: UserPrincipal,
  { limit, cursor, state }: PageRequest & { state?: DeliveryState | undefined },
): Promise<Page<DeliverySummary>> {
  return database.read(principal, async (tx) =>
    toPage(
      await tx
        .select({
          delivery: deliveries,
          partnerName: partners.name,
          cursorTime: cursorTime(deliveries.createdAt),
          cursorId: deliveries.deliveryId,
        })
        .from(deliveries)
        .innerJoin(partners, eq(partners.partnerId, deliveries.partnerId))
        .where(
          and(
            eq(deliveries.organizationId, principal.organizationId),
            state === undefined ? undefined : eq(deliveries.state, state),
            afterCursor(cursor, deliveries.createdAt, deliveries.deliveryId),
          ),
        )
        .orderBy(...newestFirst(deliveries.createdAt, deliveries.deliveryId))
        .limit(limit + 1),
      limit,
    ),
  );
}

/** Another organization's delivery is not there. */
export async function findDelivery(
  database: Database,
  principal: UserPrincipal,
  id: DeliveryId,
): Promise<DeliverySummary | undefined> {
  return database.write(principal, (tx) => ownDelivery(tx, principal, id));
}

async function ownDelivery(
  tx: Transaction,
  principal: UserPrincipal,
  id: DeliveryId,
): Promise<DeliverySummary | undefined> {
  const [row] = await tx
    .select({ delivery: deliveries, partnerName: partners.name })
    .from(deliveries)
    .innerJoin(partners, eq(partners.partnerId, deliveries.partnerId))
    .where(and(eq(deliveries.deliveryId, id), eq(deliveries.organizationId, principal.organizationId)));
  return row;
}

/** A sample in a delivery, with every decision about it, oldest first. */
export interface SampleInDelivery {
  review: ReviewRow;
  barcode: string;
  jobId: string;
  resultSha256: string | null;
  decisions: DecisionRow[];
}

export interface DeliveryDetails extends DeliverySummary {
  counts: Record<SampleState, number>;
  partnerReach: PartnerReach;
  samples: SampleInDelivery[];
  /** The last sample's id, when there are more. */
  next: string | null;
}

/** A delivery with a page of its samples, in the order of their ids. Undefined when it is another organization's. */
export async function readDelivery(
  database: Database,
  principal: UserPrincipal,
  id: DeliveryId,
  { limit, cursor }: PageRequest,
): Promise<DeliveryDetails | undefined> {
  if (cursor !== undefined && !isId(cursor)) {
    const details = { sample_cursor: 'invalid' };
    throw new VarloomError('invalid_request', 'The cursor is not one that this list gave.', details);
  }
  return database.write(principal, async (tx) => {
    const found = await ownDelivery(tx, principal, id);
    if (!found) return undefined;
    const rows = await tx
      .select({
        review: deliverySamples,
        barcode: samples.barcode,
        jobId: samples.jobId,
        resultSha256: jobs.resultSha256,
      })
      .from(deliverySamples)
      .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
      .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
      .where(
        and(
          eq(deliverySamples.deliveryId, id),
          eq(deliverySamples.organizationId, principal.organizationId),
          cursor === undefined ? undefined : gt(deliverySamples.sampleId, cursor),
        ),
      )
      .orderBy(asc(deliverySamples.sampleId))
      .limit(limit + 1);
    const shown = rows.slice(0, limit);
    const made = await decisionsOf(
      tx,
      id,
      shown.map(({ review }) => review.sampleId),
    );
    return {
      ...found,
      counts: await countStates(tx, id),
      partnerReach: await partnerReach(tx, found.delivery.partnerId),
      samples: shown.map((row) => ({ ...row, decisions: made.get(row.review.sampleId) ?? [] })),
      next: rows.length > limit ? (shown.at(-1)?.review.sampleId ?? null) : null,
    };
  });
}

async function decisionsOf(tx: Transaction, id: DeliveryId, of: string[]): Promise<Map<string, DecisionRow[]>> {
  if (of.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(decisions)
    .where(and(eq(decisions.deliveryId, id), inArray(decisions.sampleId, of)))
    .orderBy(asc(decisions.sequence));
  return Map.groupBy(rows, (row) => row.sampleId);
}

async function countStates(tx: Transaction, id: DeliveryId): Promise<Record<SampleState, number>> {
  const rows = await tx
    .select({ state: deliverySamples.state, samples: sql<number>`count(*)::int` })
    .from(deliverySamples)
    .where(eq(deliverySamples.deliveryId, id))
    .groupBy(deliverySamples.state);
  const none = { in_review: 0, accepted: 0, reannotating: 0, withdrawn: 0 };
  return { ...none, ...Object.fromEntries(rows.map(({ state, samples: count }) => [state, count])) };
}

export interface ReviewedSample extends SampleInDelivery {
  deliveryState: DeliveryState;
  job: typeof jobs.$inferSelect;
}

/** One sample of a delivery. Undefined when it is not in it, or another organization's. */
export async function findReviewedSample(
  database: Database,
  principal: UserPrincipal,
  ref: { delivery: DeliveryId; sample: SampleId },
): Promise<ReviewedSample | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({ review: deliverySamples, deliveryState: deliveries.state, barcode: samples.barcode, job: jobs })
      .from(deliverySamples)
      .innerJoin(deliveries, eq(deliveries.deliveryId, deliverySamples.deliveryId))
      .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
      .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
      .where(
        and(
          eq(deliverySamples.deliveryId, ref.delivery),
          eq(deliverySamples.sampleId, ref.sample),
          eq(deliverySamples.organizationId, principal.organizationId),
        ),
      );
    if (!row) return undefined;
    const made = await decisionsOf(tx, ref.delivery, [ref.sample]);
    const { jobId, resultSha256 } = row.job;
    return { ...row, jobId, resultSha256, decisions: made.get(ref.sample) ?? [] };
  });
}

/** Who has looked at a result under review, and at which, is part of its history. */
export async function recordViewing(
  database: Database,
  principal: UserPrincipal,
  { review, resultSha256 }: SampleInDelivery,
): Promise<void> {
  await database.write(principal, (tx) =>
    recordChange(tx, principal, {
      organizationId: review.organizationId,
      entity: 'sample',
      entityId: review.sampleId,
      action: 'sample.viewed',
      details: { delivery: review.deliveryId, level: review.level, round: review.round, checksum: resultSha256 },
    }),
  );
}

export interface WaitingReview {
  deliveryId: string;
  sampleId: string;
  barcode: string;
  level: ReviewLevel;
  since: Date;
  claimedBy: string | null;
  claimedAt: Date | null;
  resultSha256: string | null;
}

/** What waits at these levels for the caller, the longest first: not what they have decided at another level. */
export async function listWaitingReviews(
  database: Database,
  principal: UserPrincipal,
  levels: readonly ReviewLevel[],
  { limit, cursor }: PageRequest,
): Promise<Page<WaitingReview>> {
  return database.read(principal, async (tx) => {
    // The index is of one level: walked level by level, only as many rows are read as are shown.
    const rows = [];
    for (const level of levels) rows.push(...(await waitingAt(tx, principal, level, { limit, cursor })));
    return toPage(rows.toSorted(byAge), limit);
  });
}

const waitingAt = (tx: Transaction, principal: UserPrincipal, level: ReviewLevel, { limit, cursor }: PageRequest) =>
  tx
    .select({
      deliveryId: deliverySamples.deliveryId,
      sampleId: deliverySamples.sampleId,
      barcode: samples.barcode,
      level: deliverySamples.level,
      since: deliverySamples.since,
      claimedBy: deliverySamples.claimedBy,
      claimedAt: deliverySamples.claimedAt,
      resultSha256: jobs.resultSha256,
      cursorTime: cursorTime(deliverySamples.since),
      cursorId: deliverySamples.sampleId,
    })
    .from(deliverySamples)
    .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
    .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
    .where(
      and(
        eq(deliverySamples.organizationId, principal.organizationId),
        eq(deliverySamples.level, level),
        sql`${deliverySamples.state} = 'in_review' and ${deliverySamples.isOpen}`,
        sql`not ${isDecidedElsewhereBy(principal.userId)}`,
        afterCursorAscending(cursor, deliverySamples.since, deliverySamples.sampleId),
      ),
    )
    .orderBy(asc(deliverySamples.since), asc(deliverySamples.sampleId))
    .limit(limit + 1);

/** On a row of `delivery_samples`: this person has decided another level of its round. */
export const isDecidedElsewhereBy = (userId: unknown) => sql`exists (
  select from ${decisions} mine
  where mine.delivery_id = ${deliverySamples.deliveryId} and mine.sample_id = ${deliverySamples.sampleId}
    and mine.round = ${deliverySamples.round} and mine.level <> ${deliverySamples.level} and mine.user_id = ${userId})`;

type Aged = { cursorTime: string; cursorId: string };
const byAge = (a: Aged, b: Aged): number =>
  a.cursorTime < b.cursorTime || (a.cursorTime === b.cursorTime && a.cursorId < b.cursorId) ? -1 : 1;
