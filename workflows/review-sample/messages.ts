// What the saga `review/<sampleId>` is started with, answers, and can be told.

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Reviewer, ReviewRef, SignedDecision } from '../../activities/records/review.ts';
import type { JobId } from '../../domain/ids.ts';
import type { ReviewLevel, ReviewState, SampleState } from '../../domain/review.ts';

export const REVIEW_SAMPLE = 'reviewSample';

export type ReviewSampleInput = ReviewRef;

export type ReviewSampleOutcome = 'accepted' | 'withdrawn' | 'ended: the delivery is no longer in review';

export interface DecideInput {
  reviewer: Reviewer;
  signed: Omit<SignedDecision, 'decisionId'>;
}

export interface DecideOutcome {
  state: SampleState;
  level: ReviewLevel;
}

export const reviewQuery = defineQuery<ReviewState>('review');

/** Fails with the refusals of `domain/review.ts`, `wrong_role`, `sign_in_again`, `result_changed`, `claimed`. */
export const decideUpdate = defineUpdate<DecideOutcome, [DecideInput]>('decide');

/** Fails with `claimed`, `wrong_role`, `sample_closed`. */
export const claimUpdate = defineUpdate<void, [{ reviewer: Reviewer; act: 'claim' | 'release' }]>('claim');

/** The delivery was recalled. */
export const recalledSignal = defineSignal('recalled');

/** Postgres may hold more than this saga knows, as after Temporal has lost what came last: it reads its standing again. */
export const lookAgainSignal = defineSignal('lookAgain');

/** Sent by the annotation that a review waits for, when it has ended. */
export const reannotationEndedSignal = defineSignal<[{ jobId: JobId }]>('reannotationEnded');
