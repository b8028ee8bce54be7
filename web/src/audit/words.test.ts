import { expect, it } from 'vitest';
import { AUDIT_ACTIONS } from '../../../domain/audit.ts';
import { ACTION_WORDS, actionInWords, ENTITY_WORDS, entityInWords } from './words.ts';

it('says each action and each kind of entity in words, and none in those of another', () => {
  expect(Object.keys(ACTION_WORDS).toSorted()).toEqual(AUDIT_ACTIONS.toSorted());
  for (const words of [Object.values<string>(ACTION_WORDS), Object.values<string>(ENTITY_WORDS)]) {
    expect(new Set(words).size).toBe(words.length);
    for (const text of words) expect(text).toMatch(/^[A-Z][^._]*[^._ ]$/);
  }
  expect([actionInWords('sample.created'), entityInWords('webhook_endpoint')]).toEqual(['Sample added', 'Webhook']);
});

it('leaves what a later version writes as it is', () => {
  expect([actionInWords('sample.frozen'), entityInWords('freezer')]).toEqual([undefined, 'freezer']);
  // No property of every object is a code.
  expect([actionInWords('constructor'), entityInWords('toString')]).toEqual([undefined, 'toString']);
});
