// How a delivery's stand reads.

import { expect, test } from 'vitest';
import { PARTNER_REACHES } from '../../../domain/partners.ts';
import { DELIVERY_STATES } from '../../../domain/review.ts';
import { countsInWords, releaseWarning, stageInWords } from './stage.ts';

const counts = { in_review: 0, accepted: 0, reannotating: 0, withdrawn: 0 };

test('only the states that samples have are counted', () => {
  expect(countsInWords({ ...counts, accepted: 1200, withdrawn: 1 })).toBe('1,200 accepted, 1 withdrawn.');
  expect(countsInWords(counts)).toBe('No samples.');
});

test('what is recalled is in review no longer', () => {
  expect(countsInWords({ ...counts, accepted: 1, in_review: 2 }, 'in_review')).toBe('1 accepted, 2 in review.');
  expect(countsInWords({ ...counts, accepted: 1, in_review: 2 }, 'recalled')).toBe('1 accepted, 2 not decided.');
});

test('what is annotated again is not decided yet', () => {
  expect(stageInWords({ state: 'in_review', sample_counts: { ...counts, in_review: 1, reannotating: 2 } })).toMatch(
    /^3 samples are/,
  );
  expect(stageInWords({ state: 'in_review', sample_counts: { ...counts, reannotating: 1 } })).toMatch(/^1 sample is/);
});

test('nobody is told to release a delivery of nothing', () => {
  expect(stageInWords({ state: 'ready', sample_counts: { ...counts, withdrawn: 2 } })).not.toContain('releases');
  expect(stageInWords({ state: 'ready', sample_counts: { ...counts, accepted: 1 } })).toContain('director releases');
});

test('every state has words of its own', () => {
  const words = DELIVERY_STATES.map((state) => stageInWords({ state, sample_counts: { ...counts, accepted: 1 } }));
  expect(new Set(words).size).toBe(DELIVERY_STATES.length);
});

test('who releases to a partner that is not told hears of it first, and of a way out', () => {
  const told = (partner_reach: (typeof PARTNER_REACHES)[number]) =>
    releaseWarning({ partner_name: 'P', partner_reach });
  expect(PARTNER_REACHES.filter((reach) => told(reach) === undefined)).toEqual(['told']);
  expect(told('asks')).toContain('Tell them yourself');
  expect(told('unreachable')).toContain('enable a webhook');
  expect(told('disabled')).toContain('Recall the delivery');
});
