// Who is told that they can decide, and what the others are told.

import { describe, expect, test } from 'vitest';
import type { ReviewLevel } from '../../../domain/review.ts';
import type { SignedDecision } from '../laboratory/api.ts';
import { inSteadOf, standingOf, type Reviewer } from './standing.ts';

const decided = (level: ReviewLevel, by: string, round = 1): SignedDecision => ({
  level,
  by,
  round,
  decision: 'accept',
  by_name: by,
  role: level,
  meaning: 'reviewed',
  at: '2026-03-01T10:00:00Z',
  checksum: 'a'.repeat(64),
});

const sample = (more: Partial<Parameters<typeof standingOf>[0]> = {}): Parameters<typeof standingOf>[0] => ({
  state: 'in_review',
  level: 'technical',
  round: 1,
  decisions: [],
  delivery_state: 'in_review',
  ...more,
});

const person = (role: Reviewer['role'], inStead: Reviewer['inStead'] = []): Reviewer => ({
  userId: `the ${role}`,
  role,
  inStead,
});

describe('standingOf', () => {
  test('the level’s own people may decide', () => {
    expect(standingOf(sample(), person('technical'))).toEqual({ kind: 'may', inSteadOf: undefined });
  });

  test.each(['licensed', 'director'] as const)('%s waits for the level below', (role) => {
    expect(standingOf(sample(), person(role))).toEqual({ kind: 'other_level' });
  });

  test.each(['member', 'admin'] as const)('%s is no reviewer', (role) => {
    expect(standingOf(sample(), person(role))).toEqual({ kind: 'no_reviewer' });
  });

  test('a delegate decides in the stead of who is away', () => {
    const delegate = person('licensed', [{ userId: 'away', level: 'technical' }]);
    expect(standingOf(sample(), delegate)).toEqual({ kind: 'may', inSteadOf: 'away' });
  });

  test('so does one who is no reviewer otherwise', () => {
    const delegate = person('member', [{ userId: 'away', level: 'technical' }]);
    expect(standingOf(sample(), delegate)).toEqual({ kind: 'may', inSteadOf: 'away' });
  });

  test('but not where they decided another level of the same round', () => {
    const licensed = person('licensed');
    const decisions = [decided('technical', licensed.userId)];
    const reached = sample({ level: 'licensed', decisions });
    expect(standingOf(reached, licensed)).toEqual({ kind: 'same_person', level: 'technical' });
    expect(standingOf({ ...reached, round: 2 }, licensed)).toEqual({ kind: 'may', inSteadOf: undefined });
  });

  test('nor where somebody else has decided that level after them', () => {
    const licensed = person('licensed');
    const decisions = [decided('technical', licensed.userId), decided('technical', 'somebody else')];
    const reached = sample({ level: 'licensed', decisions });
    expect(standingOf(reached, licensed)).toEqual({ kind: 'same_person', level: 'technical' });
  });

  test('what somebody else has claimed is theirs', () => {
    expect(standingOf(sample({ claimed_by: 'other' }), person('technical'))).toEqual({ kind: 'claimed', by: 'other' });
    expect(standingOf(sample({ claimed_by: 'the technical' }), person('technical')).kind).toBe('may');
  });

  test('nothing is decided where nothing is left to decide', () => {
    const reviewer = person('technical');
    expect(standingOf(sample({ state: 'accepted' }), reviewer).kind).toBe('sample_closed');
    expect(standingOf(sample({ state: 'reannotating' }), reviewer).kind).toBe('reannotating');
    expect(standingOf(sample({ delivery_state: 'recalled' }), reviewer).kind).toBe('delivery_over');
  });
});

test('a delegation counts from its start until its end, with the role that the absent one has', () => {
  const members = [
    { user_id: 'away', role: 'licensed' },
    { user_id: 'office', role: 'member' },
  ] as const;
  const from = { starts_at: '2026-03-01T00:00:00Z', ends_at: '2026-03-08T00:00:00Z' };
  const delegations = ['away', 'office', 'gone'].map((user_id) => ({
    delegation_id: user_id,
    user_id,
    delegate_id: 'me',
    ...from,
  }));
  const during = Date.parse('2026-03-02T00:00:00Z');
  expect(inSteadOf('me', delegations, members, during)).toEqual([{ userId: 'away', level: 'licensed' }]);
  expect(inSteadOf('somebody else', delegations, members, during)).toEqual([]);
  expect(inSteadOf('me', delegations, members, Date.parse(from.ends_at))).toEqual([]);
  expect(inSteadOf('me', delegations, members, Date.parse(from.starts_at) - 1)).toEqual([]);
});
