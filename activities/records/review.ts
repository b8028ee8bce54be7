// Postgres, as the sagas of the delivery review see it: short database steps, run as local activities. Decisions act for
// the reviewer who sent them, whom the update names; the gateway has authenticated them.

import { announceDelivery, type Announcement } from '../../db/announcements.ts';
import { claimReview } from '../../db/claims.ts';
import { writeDecision, type SignedDecision } from '../../db/decisions.ts';
import {
  directDelivery,
  moveDelivery,
  openSamples,
  settleDelivery,
  type DeliveryMove,
  type MoveOutcome,
} from '../../db/deliveries.ts';
import { endReannotation, jobStatus } from '../../db/reannotation.ts';
import { findReview, type ReviewStanding } from '../../db/review-standing.ts';
import type { ActingUser } from '../../db/revoked-sessions.ts';
import type { DeliveryId, JobId, SampleId } from '../../domain/ids.ts';
import type { JobStatus } from '../../domain/jobs.ts';
import type { DeliveryState } from '../../domain/review.ts';
import { toFailure } from '../../temporal/failures.ts';
import type { RecordsDependencies } from './activities.ts';

export type { DeliveryMove, MoveOutcome, ReviewStanding, SignedDecision };

/** A person who acts on a review, as the gateway knows them. */
export type Reviewer = ActingUser;

export interface ReviewRef {
  delivery: DeliveryId;
  sample: SampleId;
}

export interface ReviewRecordsDependencies extends Omit<RecordsDependencies, 'retentionSeconds'> {
  /** How old the sign-in under a signature may be. */
  signatureMaxAgeSeconds: number;
  /** After how long a waiting sample's reviewers are reminded, and their director told. */
  reminderSeconds: number;
  escalationSeconds: number;
  /** How long a claim keeps the other reviewers away. */
  claimSeconds: number;
}

export function createReviewRecordsActivities(deps: ReviewRecordsDependencies) {
  const { database, principal, reminderSeconds, escalationSeconds } = deps;
  return {
    'records.review.find': async (
      ref: ReviewRef,
    ): Promise<ReviewStanding & { reminderSeconds: number; escalationSeconds: number }> => ({
      ...(await findReview(database, principal(), ref)),
      reminderSeconds,
      escalationSeconds,
    }),

    'records.decision.write': ({
      reviewer,
      signed,
      ...ref
    }: ReviewRef & { reviewer: Reviewer; signed: SignedDecision }): Promise<ReviewStanding> =>
      refusals(() => writeDecision(database, reviewer, ref, signed, deps)),

    'records.review.claim': ({
      reviewer,
      act,
      ...ref
    }: ReviewRef & { reviewer: Reviewer; act: 'claim' | 'release' }): Promise<void> =>
      refusals(() => claimReview(database, reviewer, ref, act, deps)),

    'records.review.endReannotation': ({ job, ...ref }: ReviewRef & { job: JobId }): Promise<ReviewStanding> =>
      endReannotation(database, principal(), ref, job),

    'records.job.status': ({ jobId }: { jobId: JobId }): Promise<JobStatus | null> =>
      jobStatus(database, principal(), jobId),

    'records.delivery.listOpen': (page: {
      delivery: DeliveryId;
      after: SampleId | null;
      limit: number;
    }): Promise<SampleId[]> => openSamples(database, principal(), page),

    'records.delivery.settle': ({ delivery }: { delivery: DeliveryId }): Promise<DeliveryState> =>
      settleDelivery(database, principal(), delivery),

    'records.delivery.move': ({
      delivery,
      move,
      failure,
    }: {
      delivery: DeliveryId;
      move: DeliveryMove;
      failure?: string;
    }): Promise<MoveOutcome> => moveDelivery(database, principal(), delivery, move, failure ?? null),

    /** The messages of the partner's webhooks; none when it has no endpoint. */
    'records.delivery.announce': ({
      delivery,
      event,
    }: {
      delivery: DeliveryId;
      event: 'delivery.released' | 'delivery.revoked';
    }): Promise<Announcement> => announceDelivery(database, principal(), delivery, { event }),

    'records.delivery.direct': ({
      delivery,
      director,
      act,
    }: {
      delivery: DeliveryId;
      director: Reviewer;
      act: 'release' | 'recall';
    }): Promise<DeliveryState> => refusals(() => directDelivery(database, director, delivery, act)),
  };
}

/** What the state or the role forbids is no failure to be tried again. */
async function refusals<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw toFailure(error);
  }
}

export type ReviewRecordsActivities = ReturnType<typeof createReviewRecordsActivities>;
