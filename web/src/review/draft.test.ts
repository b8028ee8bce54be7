// What is missing in a decision, what is sent of it, and who gets it back after a sign-in.

import { describe, expect, test } from 'vitest';
import { bodyOf, EMPTY_DRAFT, keepDraft, missingIn, takeDraft, type Draft } from './draft.ts';

const CHECKSUM = 'b'.repeat(64);
const written = (more: Partial<Draft>): Draft => ({ ...EMPTY_DRAFT, ...more });
const rejected = (more: Partial<Draft> = {}) =>
  written({ decision: 'reject', reasonCode: 'low_quality', followUp: 'withdraw', ...more });

describe('missingIn', () => {
  test.each([
    ['nothing chosen', EMPTY_DRAFT, /accept or reject/],
    ['a reject without a reason', rejected({ reasonCode: null }), /reason/],
    ['another reason without words', rejected({ reasonCode: 'other', comment: '  ' }), /comment/],
    ['a reject that nothing follows', rejected({ followUp: null }), /follow/],
    ['a return from the first level', rejected({ followUp: 'return' }), /no level below/],
    ['the same annotation again', rejected({ followUp: 'reannotate' }), /another genome/],
  ])('%s', (_name, draft, told) => expect(missingIn(draft, 'technical')).toMatch(told));

  test.each([
    ['an accept', written({ decision: 'accept' })],
    ['a withdrawal', rejected()],
    ['another reason, said', rejected({ reasonCode: 'other', comment: 'mislabelled tube' })],
    ['a return', rejected({ followUp: 'return' })],
    ['another mode', rejected({ followUp: 'reannotate', mode: 'local' })],
  ])('nothing in %s', (_name, draft) => expect(missingIn(draft, 'licensed')).toBeUndefined());
});

describe('bodyOf', () => {
  test('an accept carries the meaning and the checksum, and nothing of a reject that was begun', () => {
    const draft = rejected({ decision: 'accept', comment: ' fine ' });
    expect(bodyOf(draft, 'licensed', CHECKSUM)).toEqual({
      level: 'licensed',
      decision: 'accept',
      result_checksum: CHECKSUM,
      meaning: 'approved',
      comment: 'fine',
    });
  });

  test('a reject says why and what follows', () => {
    expect(bodyOf(rejected({ followUp: 'reannotate', genome: 'demo' }), 'director', CHECKSUM)).toEqual({
      level: 'director',
      decision: 'reject',
      result_checksum: CHECKSUM,
      meaning: 'reviewed',
      reason_code: 'low_quality',
      then: 'reannotate',
      reannotate: { genome: 'demo' },
    });
  });
});

describe('a draft over a sign-in', () => {
  const ref = { deliveryId: 'd', sampleId: 's' };
  const storeOf = () => {
    const items = new Map<string, string>();
    return {
      items,
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    };
  };

  test('comes back once, to the same person and sample', () => {
    const store = storeOf();
    const draft = rejected({ comment: 'typed' });
    keepDraft(store, 'me', ref, draft);
    expect(takeDraft(store, 'me', ref)).toEqual(draft);
    expect(takeDraft(store, 'me', ref)).toBeUndefined();
  });

  test.each([
    ['another person', 'you', ref],
    ['another sample', 'me', { ...ref, sampleId: 'other' }],
    ['another delivery', 'me', { ...ref, deliveryId: 'other' }],
  ])('is not shown to %s, and not kept', (_name, user, where) => {
    const store = storeOf();
    keepDraft(store, 'me', ref, rejected());
    expect(takeDraft(store, user, where)).toBeUndefined();
    expect(store.items.size).toBe(0);
  });

  test.each(['not json', '{}', '{"userId":"me","deliveryId":"d","sampleId":"s","draft":{"decision":"maybe"}}'])(
    'what is no draft is none: %s',
    (text) => {
      const store = storeOf();
      store.setItem('varloom.decision', text);
      expect(takeDraft(store, 'me', ref)).toBeUndefined();
    },
  );
});
