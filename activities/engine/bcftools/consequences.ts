// The consequences that bcftools csq names, from the most severe on, in the order of Ensembl's ranking.

export const CONSEQUENCES_BY_SEVERITY = [
  'splice_acceptor',
  'splice_donor',
  'stop_gained',
  'frameshift',
  'stop_lost',
  'start_lost',
  'feature_elongation',
  'inframe_insertion',
  'inframe_deletion',
  'inframe_altering',
  'missense',
  'splice_region',
  'start_retained',
  'stop_retained',
  'synonymous',
  'coding_sequence',
  '5_prime_utr',
  '3_prime_utr',
  'non_coding',
  'intron',
  'intergenic',
] as const;

/** Where a record has no consequence, and where it has one that this list does not know. */
export const NO_CONSEQUENCE = 'none';
export const OTHER_CONSEQUENCE = 'other';

export const OTHER_RANK: number = CONSEQUENCES_BY_SEVERITY.length;
export const NO_RANK: number = OTHER_RANK + 1;

const RANKS = new Map<string, number>(CONSEQUENCES_BY_SEVERITY.map((name, rank) => [name, rank]));

/** The rank (0 the most severe) of one entry's type, e.g. `*stop_gained&inframe_insertion`; `*` means after a stop. */
export function rankOf(type: string): number {
  let rank = OTHER_RANK;
  for (const name of type.replace(/^\*/, '').split('&')) rank = Math.min(rank, RANKS.get(name) ?? OTHER_RANK);
  return rank;
}

export function nameOfRank(rank: number): string {
  return rank === NO_RANK ? NO_CONSEQUENCE : (CONSEQUENCES_BY_SEVERITY[rank] ?? OTHER_CONSEQUENCE);
}
