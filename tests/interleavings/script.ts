// What a seed makes of one user: results, and things that happen to them, at a time or in the midst of an activity.

import type { MemoryCard } from '../support/models/memory-billing.ts';
import type { Random } from './random.ts';

export type Happening =
  | { what: 'open page' }
  | { what: 'pay'; card: MemoryCard }
  /** A page of the same customer whose address was lost on its way to us. */
  | { what: 'pay lost page' }
  | { what: 'cancel'; at: 'now' | 'period_end' }
  | { what: 'period ends' | 'renewal fails' | 'overdue is paid' | 'collecting is given up' | 'dispute' }
  | { what: 'event' }
  /** Of the result with this index. */
  | { what: 'notice' | 'retrieval is forgotten' | 'owner restores' | 'annotate'; job: number }
  | { what: 'operator cancels the subscription saga' }
  | { what: 'operator terminates the subscription saga' }
  /** Whichever saga moves it. */
  | { what: 'operator cancels the move' | 'operator terminates the move'; job: number };

export type When = { atSeconds: number } | { atCall: number };

export interface Script {
  /** Every event comes and no operator interferes: then nothing is left to reconciliation. */
  isReliable: boolean;
  /** How each result begins; `new` is annotated at a time of its own. */
  results: ('live' | 'archived' | 'new')[];
  happenings: (When & { act: Happening })[];
  /** Which of the user's activity calls fail once, before or after their act. */
  faults: Map<number, 'before' | 'after'>;
  /** For each event of the payment service: after how many seconds it comes, each time that it comes; never, if empty. */
  deliveries: number[][];
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const within = (random: Random): number => {
  const scale = random.pick([1, 10, MINUTE, 6 * MINUTE, HOUR, 12 * HOUR, 3 * DAY]);
  return random.next() * scale;
};

export function writeScript(random: Random, isReliable: boolean): Script {
  const results = Array.from({ length: 1 + random.below(4) }, () =>
    random.pick(['archived', 'archived', 'archived', 'live', 'new'] as const),
  );
  const happenings: Script['happenings'] = [];
  const add = (when: When, act: Happening) => void happenings.push({ ...when, act });
  results.forEach((result, job) => {
    if (result === 'new') add({ atSeconds: within(random) }, { what: 'annotate', job });
  });

  // Most stories begin with a payment; what follows is anything.
  let seconds = within(random);
  if (random.isLucky(0.9)) {
    add({ atSeconds: seconds }, { what: 'open page' });
    seconds += 1 + within(random);
    add({ atSeconds: seconds }, { what: 'pay', card: random.isLucky(0.85) ? 'good' : 'declined' });
    if (random.isLucky(0.7)) add({ atSeconds: seconds + random.next() * 5 }, { what: 'event' });
  }
  const more = 2 + random.below(8);
  for (let count = 0; count < more; count++) {
    seconds += within(random);
    const isInTheMidst = random.isLucky(0.5);
    const act = anything(random, results.length, isReliable);
    add(isInTheMidst ? { atCall: 1 + random.below(70) } : { atSeconds: seconds }, act);
  }
  const faults = new Map<number, 'before' | 'after'>();
  const broken = random.isLucky(0.5) ? random.below(5) : 0;
  for (let count = 0; count < broken; count++) faults.set(random.below(60), random.pick(['before', 'after']));
  const deliveries = Array.from({ length: 80 }, () =>
    Array.from({ length: random.pick([isReliable ? 1 : 0, 1, 1, 1, 2]) }, () => within(random)),
  );
  return { isReliable, results, happenings, faults, deliveries };
}

function anything(random: Random, results: number, isReliable: boolean): Happening {
  const job = random.below(results);
  if (!isReliable && random.isLucky(0.25)) {
    return random.pick<Happening>([
      { what: 'operator cancels the subscription saga' },
      { what: 'operator terminates the subscription saga' },
      { what: 'operator cancels the move', job },
      { what: 'operator terminates the move', job },
    ]);
  }
  return random.pick<Happening>([
    { what: 'open page' },
    { what: 'open page' },
    { what: 'pay', card: 'good' },
    { what: 'pay', card: 'good' },
    { what: 'pay', card: 'declined' },
    { what: 'pay', card: 'fails_later' },
    { what: 'pay lost page' },
    { what: 'cancel', at: 'now' },
    { what: 'cancel', at: 'now' },
    { what: 'cancel', at: 'period_end' },
    { what: 'period ends' },
    { what: 'period ends' },
    { what: 'renewal fails' },
    { what: 'overdue is paid' },
    { what: 'collecting is given up' },
    { what: 'dispute' },
    { what: 'event' },
    { what: 'event' },
    { what: 'notice', job },
    { what: 'notice', job },
    { what: 'retrieval is forgotten', job },
    { what: 'owner restores', job },
  ]);
}
