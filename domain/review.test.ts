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

/** Every state that can be reached by letting through only what is not refused. */
function reachable(): ReviewState[] {
  const seen = new Map<string, ReviewState>();
  const open = [FRESH_REVIEW];
  for (let review = open.pop(); review; review = open.pop()) {
    const key = JSON.stringify(review, ['state', 'level', 'decidedBy', ...REVIEW_LEVELS]);
    if (seen.has(key)) continue;
    seen.set(key, review);
    for (const request of requests()) if (!refusalOf(review, request)) open.push(afterDecision(review, request));
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
    const accepted = states.filter(({ state }) => state === 'accepted');
    expect(accepted.length).toBeGreaterThan(0);
    for (const { decidedBy } of accepted) {
      expect(Object.keys(decidedBy).toSorted()).toEqual([...REVIEW_LEVELS].toSorted());
      expect(new Set(Object.values(decidedBy)).size).toBe(3);
    }
  });

  it('is left by every legal decision and by no other', () => {
    for (const review of states) {
      for (const request of requests()) {
        const isLegal =
          review.state === 'in_review' &&
          request.level === review.level &&
          !REVIEW_LEVELS.some((level) => level !== request.level && review.decidedBy[level] === request.userId) &&
          !(request.followUp === 'return' && request.level === 'technical');
        expect([review, request, refusalOf(review, request) === undefined]).toEqual([review, request, isLegal]);
      }
    }
  });

  it('covers every state of a sample', () => {
    expect(new Set(states.map(({ state }) => state))).toEqual(new Set(SAMPLE_STATES));
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
