// The rules of the review, over every combination: nothing illegal is let through, nothing legal refused.

import { describe, expect, it } from 'vitest';
import {
  afterDecision,
  FOLLOW_UPS,
  FRESH_REVIEW,
  meaningOf,
  refusalOf,
  REVIEW_LEVELS,
  SAMPLE_STATES,
  type DecisionRequest,
  type ReviewLevel,
  type ReviewState,
} from './review.ts';

const people = ['ann', 'bob', 'cy'];
const accept = (level: ReviewLevel, userId: string): DecisionRequest => ({ level, decision: 'accept', userId });
const reject = (level: ReviewLevel, userId: string, followUp?: (typeof FOLLOW_UPS)[number]): DecisionRequest => ({
  level,
  decision: 'reject',
  userId,
  reasonCode: 'low_quality',
  followUp,
});

/** A review, and who has decided at which level on the way there: written down here, whatever the state keeps of it. */
interface Reached {
  review: ReviewState;
  made: ReadonlySet<`${ReviewLevel} ${string}`>;
}

/** Every state that can be reached by letting through only what is not refused, by whatever ways. */
function reachable(): Reached[] {
  const seen = new Map<string, Reached>();
  const open: Reached[] = [{ review: FRESH_REVIEW, made: new Set() }];
  for (let reached = open.pop(); reached; reached = open.pop()) {
    const { review, made } = reached;
    const key = [review.state, review.level, ...[...made].toSorted()].join('/');
    if (seen.has(key)) continue;
    seen.set(key, reached);
    for (const request of requests()) {
      if (refusalOf(review, request)) continue;
      const after = new Set(made).add(`${request.level} ${request.userId}`);
      open.push({ review: afterDecision(review, request), made: after });
    }
  }
  return [...seen.values()];
}

function* requests(): Iterable<DecisionRequest> {
  for (const level of REVIEW_LEVELS) {
    for (const userId of people) {
      yield accept(level, userId);
      for (const followUp of FOLLOW_UPS) yield reject(level, userId, followUp);
    }
  }
}

describe('every state that can be reached', () => {
  const states = reachable();

  it('has three different people where it is accepted, and all of them', () => {
    const accepted = states.filter(({ review }) => review.state === 'accepted');
    expect(accepted.length).toBeGreaterThan(0);
    for (const { made } of accepted) {
      expect(new Set([...made].map((one) => one.split(' ')[0]))).toEqual(new Set(REVIEW_LEVELS));
      // Nobody is among them at two levels.
      expect(new Set([...made].map((one) => one.split(' ')[1])).size).toBe(made.size);
    }
  });

  it('is left by every legal decision and by no other', () => {
    for (const { review, made } of states) {
      for (const request of requests()) {
        const isLegal =
          review.state === 'in_review' &&
          request.level === review.level &&
          !REVIEW_LEVELS.some((level) => level !== request.level && made.has(`${level} ${request.userId}`)) &&
          !(request.followUp === 'return' && request.level === 'technical');
        expect([review, request, refusalOf(review, request) === undefined]).toEqual([review, request, isLegal]);
      }
    }
  });

  it('covers every state of a sample', () => {
    expect(new Set(states.map(({ review }) => review.state))).toEqual(new Set(SAMPLE_STATES));
  });
});

it('who has decided at one level decides at no other, though somebody else has decided there since', () => {
  const returned = [accept('technical', 'ann'), reject('licensed', 'bob', 'return'), accept('technical', 'cy')];
  const review = returned.reduce(afterDecision, FRESH_REVIEW);
  expect(review).toMatchObject({ level: 'licensed', decidedBy: { technical: ['ann', 'cy'], licensed: ['bob'] } });
  expect(refusalOf(review, accept('licensed', 'ann'))).toBe('same_person');
  expect(refusalOf(review, accept('licensed', 'cy'))).toBe('same_person');
  // What was theirs, when it comes back.
  expect(refusalOf(review, accept('licensed', 'bob'))).toBeUndefined();
  expect(refusalOf({ ...review, level: 'technical' }, accept('technical', 'ann'))).toBeUndefined();
});

it('reads what was written when a review kept the last of each level', () => {
  const review: ReviewState = { state: 'in_review', level: 'licensed', decidedBy: { technical: 'ann' } };
  expect(refusalOf(review, accept('technical', 'bob'))).toBe('already_decided');
  expect(refusalOf(review, accept('licensed', 'ann'))).toBe('same_person');
  expect(refusalOf(review, accept('licensed', 'an'))).toBeUndefined();
  const returned = afterDecision(review, reject('licensed', 'bob', 'return'));
  expect(afterDecision(returned, accept('technical', 'cy')).decidedBy).toEqual({
    technical: ['ann', 'cy'],
    licensed: ['bob'],
  });
});

it('says why', () => {
  const atLicensed = afterDecision(FRESH_REVIEW, accept('technical', 'ann'));
  expect(refusalOf(FRESH_REVIEW, accept('licensed', 'bob'))).toBe('wrong_level');
  expect(refusalOf(atLicensed, accept('technical', 'ann'))).toBe('already_decided');
  expect(refusalOf(atLicensed, accept('technical', 'bob'))).toBe('already_decided');
  expect(refusalOf(atLicensed, accept('licensed', 'ann'))).toBe('same_person');
  expect(refusalOf(FRESH_REVIEW, reject('technical', 'ann', 'return'))).toBe('no_level_below');
  expect(refusalOf(FRESH_REVIEW, reject('technical', 'ann'))).toBe('then_required');
  const { reasonCode: _, ...withoutReason } = reject('technical', 'ann', 'withdraw');
  expect(refusalOf(FRESH_REVIEW, withoutReason)).toBe('reason_required');
  const other = { ...reject('technical', 'ann', 'withdraw'), reasonCode: 'other' } as const;
  expect(refusalOf(FRESH_REVIEW, { ...other, comment: '  ' })).toBe('reason_required');
  expect(refusalOf(FRESH_REVIEW, { ...other, comment: 'the tube was empty' })).toBeUndefined();
  const withdrawn = afterDecision(FRESH_REVIEW, reject('technical', 'ann', 'withdraw'));
  expect(refusalOf(withdrawn, accept('technical', 'bob'))).toBe('sample_closed');
});

it('who rejects has reviewed, at whatever level, and approves nothing', () => {
  expect(REVIEW_LEVELS.map((level) => meaningOf(level))).toEqual(['reviewed', 'approved', 'responsible']);
  expect(REVIEW_LEVELS.map((level) => meaningOf(level, 'reject'))).toEqual(['reviewed', 'reviewed', 'reviewed']);
});
