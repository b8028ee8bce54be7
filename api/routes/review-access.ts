// Who may do what with a delivery: the object is found first, since someone else's is not there for anybody.

import { delegatedLevels } from '../../db/delegations.ts';
import { findDelivery, findReviewedSample, type DeliverySummary, type ReviewedSample } from '../../db/delivery-view.ts';
import { VarloomError } from '../../domain/errors.ts';
import { deliveryId, isId, sampleId, type DeliveryId, type SampleId } from '../../domain/ids.ts';
import { isAllowed, rolesOf, type Operation } from '../../domain/permissions.ts';
import {
  decidedByIn,
  levelOfRole,
  refusalOf,
  type DecisionRefusal,
  type DecisionRequest,
  type ReviewLevel,
  type ReviewState,
} from '../../domain/review.ts';
import type { Caller, Dependencies } from '../context.ts';

type Parts = Pick<Dependencies, 'database'>;

/** @throws VarloomError `not_found` */
export async function ownDelivery(
  { database }: Parts,
  { principal }: Caller,
  text: string,
): Promise<DeliverySummary & { id: DeliveryId }> {
  const id = isId(text) ? deliveryId(text) : undefined;
  const found = id && (await findDelivery(database, principal, id));
  if (!found) throw new VarloomError('not_found', `There is no delivery ${text}.`);
  return { ...found, id };
}

export interface OwnSample {
  ref: { delivery: DeliveryId; sample: SampleId };
  found: ReviewedSample;
  /** Looks again: what is against a claim, or this decision, as Postgres has it; undefined when nothing is. */
  refusal: (decision?: DecisionRequest) => Promise<DecisionRefusal | undefined>;
}

/** @throws VarloomError `not_found` */
export async function ownReviewedSample(
  { database }: Parts,
  { principal }: Caller,
  params: { delivery_id: string; sample_id: string },
): Promise<OwnSample> {
  const areIds = isId(params.delivery_id) && isId(params.sample_id);
  const ref = areIds ? { delivery: deliveryId(params.delivery_id), sample: sampleId(params.sample_id) } : undefined;
  const found = ref && (await findReviewedSample(database, principal, ref));
  if (!found) {
    throw new VarloomError('not_found', `There is no sample ${params.sample_id} in delivery ${params.delivery_id}.`);
  }
  return {
    ref,
    found,
    refusal: async (decision) => {
      const now = await findReviewedSample(database, principal, ref);
      if (!now?.review.isOpen || now.review.state !== 'in_review') return 'sample_closed';
      return decision && refusalOf(reviewStateOf(now), decision);
    },
  };
}

function reviewStateOf({ review, decisions }: ReviewedSample): ReviewState {
  const ofThisRound = decisions.filter(({ round }) => round === review.round);
  return { state: review.state, level: review.level, decidedBy: decidedByIn(ofThisRound) };
}

/** The levels that the caller decides at: their own, and those of people in whose stead they decide now. */
export async function levelsOf({ database }: Parts, { user, principal }: Caller): Promise<ReviewLevel[]> {
  const own = isAllowed(user.role, 'decision.write') ? levelOfRole(user.role) : undefined;
  const delegated = await delegatedLevels(database, principal);
  return [...new Set([...(own ? [own] : []), ...delegated])];
}

/** @throws VarloomError `wrong_role`; the transaction that writes the decision looks again */
export async function refuseUnlessAt(deps: Parts, caller: Caller, level: ReviewLevel): Promise<void> {
  if ((await levelsOf(deps, caller)).includes(level)) return;
  throw new VarloomError('wrong_role', `Only a ${level} reviewer decides at this level.`, { level });
}

/** For what reviewers of any level may do. @throws VarloomError `wrong_role` */
export async function refuseUnlessReviewer(deps: Parts, caller: Caller): Promise<void> {
  if ((await levelsOf(deps, caller)).length > 0) return;
  throw new VarloomError('wrong_role', 'This is for reviewers.', { roles: rolesOf('decision.write').join(', ') });
}

/** For what is recorded with the role that it needs. @throws VarloomError `wrong_role` */
export function refuseUnlessInRole({ user }: Caller, operation: Operation): void {
  if (isAllowed(user.role, operation)) return;
  const roles = rolesOf(operation).join(', ');
  throw new VarloomError('wrong_role', `Your role is ${user.role}; this is for: ${roles}.`, { roles });
}
