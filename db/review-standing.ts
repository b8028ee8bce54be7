// Where the review of a sample stands, as its saga begins with it and as every act on it locks it.

import { and, asc, eq } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { jobId, type DeliveryId, type JobId, type SampleId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { decidedByIn, OPEN_DELIVERY_STATES, type DeliveryState, type ReviewState } from '../domain/review.ts';
import type { Database, Transaction } from './client.ts';
import { countSamples } from './deliveries.ts';
import { decisions, deliveries, deliverySamples, jobs, samples } from './schema/index.ts';

export interface ReviewStanding {
  review: ReviewState;
  round: number;
  /** ISO 8601: since when the sample waits at this level. */
  since: string;
  /** The annotation that is to replace the present one. */
  pendingJob: { jobId: JobId; userId: string } | null;
  /** True when no sample of the delivery is open any more. */
  isLast: boolean;
  deliveryState: DeliveryState;
  /** What operators find the review by; missing in what old histories hold. */
  organizationId?: string;
}

export interface ReviewRef {
  delivery: DeliveryId;
  sample: SampleId;
}

/** Where a sample's review stands, for its saga to begin with. */
export async function findReview(database: Database, principal: Principal, ref: ReviewRef): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => standingOf(tx, await lockReview(tx, ref)));
}

export const isReview = ({ delivery, sample }: ReviewRef) =>
  and(eq(deliverySamples.deliveryId, delivery), eq(deliverySamples.sampleId, sample));

export type ReviewRow = typeof deliverySamples.$inferSelect & {
  job: typeof jobs.$inferSelect;
  deliveryState: DeliveryState;
};

export async function lockReview(tx: Transaction, ref: ReviewRef): Promise<ReviewRow> {
  const [row] = await tx
    .select({ review: deliverySamples, job: jobs, deliveryState: deliveries.state })
    .from(deliverySamples)
    .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
    .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
    .innerJoin(deliveries, eq(deliveries.deliveryId, deliverySamples.deliveryId))
    .where(isReview(ref))
    .for('update', { of: deliverySamples });
  if (!row) throw new VarloomError('not_found', `There is no sample ${ref.sample} in delivery ${ref.delivery}.`);
  return { ...row.review, job: row.job, deliveryState: row.deliveryState };
}

export async function standingOf(tx: Transaction, row: ReviewRow): Promise<ReviewStanding> {
  const made = await tx
    .select({ level: decisions.level, userId: decisions.userId })
    .from(decisions)
    .where(
      and(
        eq(decisions.deliveryId, row.deliveryId),
        eq(decisions.sampleId, row.sampleId),
        eq(decisions.round, row.round),
      ),
    )
    .orderBy(asc(decisions.sequence));
  const isClosed = row.state === 'accepted' || row.state === 'withdrawn';
  const [pending] = row.pendingJobId
    ? await tx.select({ userId: jobs.userId }).from(jobs).where(eq(jobs.jobId, row.pendingJobId))
    : [];
  return {
    review: {
      state: row.state,
      level: row.level,
      decidedBy: decidedByIn(made),
    },
    round: row.round,
    since: row.since.toISOString(),
    pendingJob: row.pendingJobId && pending ? { jobId: jobId(row.pendingJobId), userId: pending.userId } : null,
    isLast: isClosed && (await countSamples(tx, row.deliveryId)).open === 0,
    deliveryState: row.isOpen ? row.deliveryState : notOpen(row.deliveryState),
    organizationId: row.organizationId,
  };
}

const notOpen = (state: DeliveryState): DeliveryState =>
  (OPEN_DELIVERY_STATES as readonly DeliveryState[]).includes(state) ? 'closed' : state;

/** A claim is over after a time: who has claimed a sample may be away. */
export interface Claim {
  by: string;
  until: Date;
}

/** Undefined when nobody has claimed the sample, or the claim is over. */
export function claimOf(
  { claimedBy, claimedAt }: Pick<ReviewRow, 'claimedBy' | 'claimedAt'>,
  claimSeconds: number,
): Claim | undefined {
  if (claimedBy === null || claimedAt === null) return undefined;
  const until = new Date(claimedAt.getTime() + claimSeconds * 1000);
  return until.getTime() > Date.now() ? { by: claimedBy, until } : undefined;
}

/** @throws VarloomError `claimed`, when somebody else has claimed the sample */
export function refuseClaimed(row: ReviewRow, { userId }: { userId: string }, claimSeconds: number): void {
  const claim = claimOf(row, claimSeconds);
  if (!claim || claim.by === userId) return;
  throw new VarloomError('claimed', 'Somebody else has claimed this sample.', {
    claimed_by: claim.by,
    claimed_until: claim.until.toISOString(),
  });
}
