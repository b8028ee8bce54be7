// Where a delivery stands, in words.

import { isLeftUndecided, type DeliveryState, type SampleState } from '../../../domain/review.ts';
import type { Delivery } from '../laboratory/api.ts';
import { formatCount } from '../text/format.ts';

type Counts = Partial<Record<SampleState, number>>;

export function stageInWords({ state, sample_counts }: Pick<Delivery, 'state' | 'sample_counts'>): string {
  switch (state) {
    case 'in_review': {
      const left = (sample_counts.in_review ?? 0) + (sample_counts.reannotating ?? 0);
      return left === 0
        ? 'Every sample is decided.'
        : `${formatCount(left)} ${left === 1 ? 'sample is' : 'samples are'} not decided yet.`;
    }
    case 'ready':
      return (sample_counts.accepted ?? 0) === 0
        ? 'Every sample was withdrawn.'
        : 'Every sample is decided. A director releases the delivery to the partner; it never goes by itself.';
    case 'releasing':
      return 'The delivery is being released: the partner is being told. A webhook that does not answer is tried again for three days.';
    case 'released':
      return 'The partner has been told, and can fetch the results. The delivery is held until they acknowledge it.';
    case 'acknowledged':
      return 'The partner has confirmed that the delivery arrived.';
    case 'recalled':
      return 'A director recalled the delivery before it was released. Nothing of it is open to the partner.';
    case 'closed':
      return (sample_counts.accepted ?? 0) === 0
        ? 'Every sample was withdrawn: there is nothing to deliver, and the delivery is closed.'
        : 'The partner did not acknowledge the delivery in time. It is closed, and its results are held no longer.';
  }
}

/** What a director is told before a release, by how the partner would learn of it; undefined for a release as it should be. */
export function releaseWarning({ partner_name, partner_reach }: Pick<Delivery, 'partner_name' | 'partner_reach'>) {
  switch (partner_reach) {
    case 'asks':
      return `${partner_name} has neither a webhook nor an e-mail address: nobody is told of the release. Tell them yourself; the delivery is theirs to fetch as soon as it is released.`;
    case 'unreachable':
      return `Every webhook of ${partner_name} is disabled, and there is no e-mail address: a release would be taken back. Ask an administrator to enable a webhook first.`;
    case 'disabled':
      return `${partner_name} is disabled: nothing can be released to it. Recall the delivery; its samples can go to another partner.`;
    case 'told':
    case undefined:
      return undefined;
  }
}

/** `2 accepted, 1 in review`; states that no sample has are left out. Once recalled, nothing is in review any more. */
export function countsInWords(counts: Counts, state?: DeliveryState): string {
  const parts = WORDS.flatMap(({ state: of, word }) => {
    const count = counts[of] ?? 0;
    if (count === 0) return [];
    return [`${formatCount(count)} ${isLeftUndecided(of, state) ? 'not decided' : word}`];
  });
  return parts.length === 0 ? 'No samples.' : `${parts.join(', ')}.`;
}

const WORDS = [
  { state: 'accepted', word: 'accepted' },
  { state: 'in_review', word: 'in review' },
  { state: 'reannotating', word: 'being annotated again' },
  { state: 'withdrawn', word: 'withdrawn' },
] as const satisfies { state: SampleState; word: string }[];
