// The order and the shares of the summary's tables.

import { expect, test } from 'vitest';
import { byContig, byCount, typeRows } from './summary-rows.ts';

test('consequences come most frequent first, equal ones by name', () => {
  const rows = byCount({ missense: 2, intron: 6, synonymous: 2 });
  expect(rows).toEqual([
    { name: 'intron', count: 6, share: 0.6 },
    { name: 'missense', count: 2, share: 0.2 },
    { name: 'synonymous', count: 2, share: 0.2 },
  ]);
});

test('contigs come in the order of the genome', () => {
  const names = byContig({ chrX: 1, chr10: 1, chr2: 1, chr1: 1 }).map((row) => row.name);
  expect(names).toEqual(['chr1', 'chr2', 'chr10', 'chrX']);
});

test('shares of nothing are zero', () => {
  expect(typeRows({ snv: 0, indel: 0, other: 0 }).map((row) => row.share)).toEqual([0, 0, 0]);
});
