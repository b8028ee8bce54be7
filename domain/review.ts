// Data delivery review: three levels, three people, and what each decision leads to. Pure rules; the saga
// `review/<sampleId>` holds the state, Postgres records every decision.

import type { Role } from './principal.ts';

/** In this order; each is decided by another person, who has the role of the same name. */
export const REVIEW_LEVELS = ['technical', 'licensed', 'director'] as const;
export type ReviewLevel = (typeof REVIEW_LEVELS)[number];

export const SAMPLE_STATES = ['in_review', 'accepted', 'reannotating', 'withdrawn'] as const;
export type SampleState = (typeof SAMPLE_STATES)[number];

export const DELIVERY_STATES = [
  'in_review',
  'ready',
  'releasing',
  'released',
  'acknowledged',
  'recalled',
  'closed',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** While a delivery is in one of these, nothing archives, erases or replaces the results in it. */
export const OPEN_DELIVERY_STATES = ['in_review', 'ready', 'releasing', 'released'] as const satisfies DeliveryState[];

/** States in which the partner knows of a delivery, or is being told of it. */
export const ANNOUNCED_STATES = ['releasing', 'released', 'acknowledged', 'closed'] as const satisfies DeliveryState[];

export const DECISIONS = ['accept', 'reject'] as const;
export type Decision = (typeof DECISIONS)[number];

/** What follows a reject. */
export const FOLLOW_UPS = ['return', 'reannotate', 'withdraw'] as const;
export type FollowUp = (typeof FOLLOW_UPS)[number];

/** Why a sample is rejected; `other` needs a comment. */
export const REASON_CODES = [
  'low_quality',
  'wrong_reference',
  'wrong_settings',
  'identity_mismatch',
  'incomplete',
  'clinical_concern',
  'consent_withdrawn',
  'other',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** What the signature under a decision means (21 CFR 11.50). */
export const SIGNATURE_MEANINGS = ['reviewed', 'approved', 'responsible'] as const;
export type SignatureMeaning = (typeof SIGNATURE_MEANINGS)[number];

/** What a signature means unless its person says otherwise. Who rejects has reviewed, and approves nothing. */
export function meaningOf(level: ReviewLevel, decision: 'accept' | 'reject' = 'accept'): SignatureMeaning {
  if (decision === 'reject') return 'reviewed';
  switch (level) {
    case 'technical':
      return 'reviewed';
    case 'licensed':
      return 'approved';
    case 'director':
      return 'responsible';
  }
}

export function levelOfRole(role: Role): ReviewLevel | undefined {
  return REVIEW_LEVELS.find((level) => level === role);
}

export function levelAbove(level: ReviewLevel): ReviewLevel | undefined {
  return REVIEW_LEVELS[REVIEW_LEVELS.indexOf(level) + 1];
}

export function levelBelow(level: ReviewLevel): ReviewLevel | undefined {
  return REVIEW_LEVELS[REVIEW_LEVELS.indexOf(level) - 1];
}

/** Where one sample stands in the present round of its review. */
export interface ReviewState {
  state: SampleState;
  level: ReviewLevel;
  /**
   * Everybody who has decided at each level of this round: a level that a sample was returned to has several. A new
   * annotation begins a new round. What histories of version 0.1.0 hold names the last one alone, as a string.
   */
  decidedBy: Partial<Record<ReviewLevel, readonly string[] | string>>;
}

function decidersAt({ decidedBy }: ReviewState, level: ReviewLevel): readonly string[] {
  const deciders = decidedBy[level] ?? [];
  return typeof deciders === 'string' ? [deciders] : deciders;
}

/** Of the decisions of one round. */
export function decidedByIn(made: Iterable<{ level: ReviewLevel; userId: string }>): ReviewState['decidedBy'] {
  const decidedBy: Partial<Record<ReviewLevel, string[]>> = {};
  for (const { level, userId } of made) {
    const deciders = (decidedBy[level] ??= []);
    if (!deciders.includes(userId)) deciders.push(userId);
  }
  return decidedBy;
}

export interface DecisionRequest {
  level: ReviewLevel;
  decision: Decision;
  /** Who decides. */
  userId: string;
  reasonCode?: ReasonCode | undefined;
  comment?: string | undefined;
  followUp?: FollowUp | undefined;
}

/** By where the review stands: whoever refuses so without need knows less than others do. */
export const STANDING_REFUSALS = ['sample_closed', 'already_decided', 'wrong_level', 'same_person'] as const;

export type DecisionRefusal =
  (typeof STANDING_REFUSALS)[number] | 'reason_required' | 'then_required' | 'no_level_below';

export const isStandingRefusal = (type: string): boolean => (STANDING_REFUSALS as readonly string[]).includes(type);

/** Why this decision is not taken, by what the review itself knows; undefined when nothing is against it. */
export function refusalOf(review: ReviewState, request: DecisionRequest): DecisionRefusal | undefined {
  if (request.decision === 'reject') {
    if (!request.reasonCode || (request.reasonCode === 'other' && !request.comment?.trim())) return 'reason_required';
    if (!request.followUp) return 'then_required';
    if (request.followUp === 'return' && !levelBelow(request.level)) return 'no_level_below';
  }
  if (review.state !== 'in_review') return 'sample_closed';
  if (request.level !== review.level) {
    // Decided a moment ago by somebody else, or by oneself in another window.
    return decidersAt(review, request.level).length === 0 ? 'wrong_level' : 'already_decided';
  }
  // Whatever others have decided there since: who has judged a sample at one level does not judge their own judgement.
  const others = REVIEW_LEVELS.filter((level) => level !== request.level);
  if (others.some((level) => decidersAt(review, level).includes(request.userId))) return 'same_person';
  return undefined;
}

/** The state after a decision that nothing was against. */
export function afterDecision(
  review: ReviewState,
  { level, decision, userId, followUp }: DecisionRequest,
): ReviewState {
  const decidedBy = { ...review.decidedBy, [level]: [...new Set([...decidersAt(review, level), userId])] };
  if (decision === 'accept') {
    const above = levelAbove(level);
    return above ? { state: 'in_review', level: above, decidedBy } : { state: 'accepted', level, decidedBy };
  }
  switch (followUp) {
    case 'return':
      return { state: 'in_review', level: levelBelow(level) ?? level, decidedBy };
    case 'reannotate':
      return { state: 'reannotating', level, decidedBy };
    case 'withdraw':
    case undefined:
      return { state: 'withdrawn', level, decidedBy };
  }
}

/** A recalled delivery leaves samples where they were: nobody decides about them any more. */
export const isLeftUndecided = (state: SampleState, delivery: DeliveryState | undefined): boolean =>
  delivery === 'recalled' && !isSampleClosed(state);

/** As a sample enters review, and again after a new annotation. */
export const FRESH_REVIEW: ReviewState = { state: 'in_review', level: 'technical', decidedBy: {} };

export function isSampleClosed(state: SampleState): boolean {
  switch (state) {
    case 'accepted':
    case 'withdrawn':
      return true;
    case 'in_review':
    case 'reannotating':
      return false;
  }
}
