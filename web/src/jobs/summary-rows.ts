// The summary's counts as rows for tables, in the order in which they are read.

import type { Summary } from '../../../domain/http.ts';

export interface CountRow {
  name: string;
  count: number;
  /** The share of the table's total, 0 to 1. */
  share: number;
}

/** Most frequent first; equal counts by name, so that the order never jumps. */
export function byCount(counts: Record<string, number>): CountRow[] {
  return rowsOf(counts).sort((left, right) => right.count - left.count || left.name.localeCompare(right.name, 'en'));
}

/** As a genome is read: chr2 before chr10, X and Y after the numbers. */
export function byContig(counts: Record<string, number>): CountRow[] {
  const order = new Intl.Collator('en', { numeric: true });
  return rowsOf(counts).sort((left, right) => order.compare(left.name, right.name));
}

export function typeRows(types: Summary['types']): CountRow[] {
  return rowsOf({ SNV: types.snv, indel: types.indel, other: types.other });
}

function rowsOf(counts: Record<string, number>): CountRow[] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts).map(([name, count]) => ({ name, count, share: total === 0 ? 0 : count / total }));
}
