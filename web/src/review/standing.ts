// Whether somebody can decide on a sample now, and if not, why: told before they try. The gateway decides it anew.

import { isAllowed } from '../../../domain/permissions.ts';
import type { Role } from '../../../domain/principal.ts';
import { isSampleClosed, levelOfRole, type ReviewLevel } from '../../../domain/review.ts';
import type { Delegation, Member, ReviewedSample } from '../laboratory/api.ts';

export type Standing =
  | { kind: 'may'; inSteadOf: string | undefined }
  | { kind: 'no_reviewer' }
  | { kind: 'sample_closed' }
  | { kind: 'reannotating' }
  | { kind: 'delivery_over' }
  | { kind: 'other_level' }
  | { kind: 'same_person'; level: ReviewLevel }
  | { kind: 'claimed'; by: string };

export interface Reviewer {
  userId: string;
  role: Role;
  /** In whose stead they decide now, with the level of each. */
  inStead: readonly { userId: string; level: ReviewLevel }[];
}

type Reviewed = Pick<ReviewedSample, 'state' | 'level' | 'round' | 'claimed_by' | 'decisions' | 'delivery_state'>;

export function standingOf(sample: Reviewed, reviewer: Reviewer): Standing {
  if (isSampleClosed(sample.state)) return { kind: 'sample_closed' };
  if (sample.delivery_state !== 'in_review') return { kind: 'delivery_over' };
  if (sample.state === 'reannotating') return { kind: 'reannotating' };
  if (!isReviewer(reviewer)) return { kind: 'no_reviewer' };
  const decidedElsewhere = sample.decisions.find(
    ({ round, level, by }) => round === sample.round && level !== sample.level && by === reviewer.userId,
  );
  const isOwnLevel = levelOfRole(reviewer.role) === sample.level;
  const away = reviewer.inStead.find(({ level }) => level === sample.level);
  if (!isOwnLevel && away === undefined) return { kind: 'other_level' };
  if (decidedElsewhere !== undefined) return { kind: 'same_person', level: decidedElsewhere.level };
  if (sample.claimed_by !== undefined && sample.claimed_by !== reviewer.userId) {
    return { kind: 'claimed', by: sample.claimed_by };
  }
  return { kind: 'may', inSteadOf: isOwnLevel ? undefined : away?.userId };
}

/** A delegate is one for a time, whatever their role. */
export const isReviewer = ({ role, inStead }: Reviewer): boolean =>
  isAllowed(role, 'decision.write') || inStead.length > 0;

/** In whose stead this person decides at a moment. */
export function inSteadOf(
  userId: string,
  delegations: readonly Delegation[],
  members: readonly Pick<Member, 'user_id' | 'role'>[],
  nowMilliseconds: number,
): Reviewer['inStead'] {
  return delegations
    .filter(({ delegate_id: delegate }) => delegate === userId)
    .filter(
      ({ starts_at: from, ends_at: to }) => Date.parse(from) <= nowMilliseconds && nowMilliseconds < Date.parse(to),
    )
    .flatMap(({ user_id: away }) => {
      const role = members.find(({ user_id: id }) => id === away)?.role;
      const level = role === undefined ? undefined : levelOfRole(role);
      return level === undefined ? [] : [{ userId: away, level }];
    });
}
