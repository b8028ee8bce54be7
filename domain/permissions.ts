// Who may do what in an organization: the one table that every route asks. Which rows they may do it to is
// row-level security's to say.

import type { Role } from './principal.ts';

export const OPERATIONS = [
  'sample.create',
  'sample.read',
  'patient.read',
  'patient.erase',
  'partner.manage',
  'delivery.create',
  'delivery.read',
  'delivery.release',
  'delivery.recall',
  'decision.write',
  'review.claim',
  'claim.overrule',
  'audit.read',
  'organization.manage',
  'token.manage',
  'webhook.manage',
] as const;
export type Operation = (typeof OPERATIONS)[number];

const EVERYONE = ['member', 'technical', 'licensed', 'director', 'admin'] as const satisfies readonly Role[];
/** A decision also needs the role of its level, or a delegation from somebody who has it. */
const REVIEWERS = ['technical', 'licensed', 'director'] as const satisfies readonly Role[];

const ROLES_OF: Readonly<Record<Operation, readonly Role[]>> = {
  'sample.create': EVERYONE,
  'sample.read': EVERYONE,
  'patient.read': [...REVIEWERS, 'admin'],
  'patient.erase': ['director', 'admin'],
  'partner.manage': ['admin'],
  'delivery.create': EVERYONE,
  'delivery.read': EVERYONE,
  'delivery.release': ['director'],
  'delivery.recall': ['director'],
  'decision.write': REVIEWERS,
  'review.claim': REVIEWERS,
  'claim.overrule': ['director'],
  'audit.read': ['admin'],
  'organization.manage': ['admin'],
  'token.manage': ['admin'],
  'webhook.manage': ['admin'],
};

/**
 * Operations that only a laboratory has a use for: in a personal organization nobody may. Reading is not among them,
 * since there is nothing to be read there, and someone else's object is simply not found.
 */
const OF_LABORATORIES: ReadonlySet<Operation> = new Set([
  'sample.create',
  'partner.manage',
  'delivery.create',
  'organization.manage',
  'token.manage',
  'webhook.manage',
]);

export function rolesOf(operation: Operation): readonly Role[] {
  return ROLES_OF[operation];
}

export function isAllowed(role: Role, operation: Operation): boolean {
  return ROLES_OF[operation].includes(role);
}

export function needsLaboratory(operation: Operation): boolean {
  return OF_LABORATORIES.has(operation);
}
