// The table of permissions, spelled out once more: a change of it is a change of who may see patients.

import { expect, it } from 'vitest';
import { isAllowed, needsLaboratory, OPERATIONS } from './permissions.ts';
import { ROLES } from './principal.ts';

it('allows each role what it needs, and nothing else', () => {
  const table = Object.fromEntries(
    OPERATIONS.map((operation) => [operation, ROLES.filter((role) => isAllowed(role, operation)).join(' ')]),
  );
  const everyone = 'member technical licensed director admin';
  expect(table).toEqual({
    'sample.create': everyone,
    'sample.read': everyone,
    'patient.read': 'technical licensed director admin',
    'patient.erase': 'director admin',
    'partner.manage': 'admin',
    'delivery.create': everyone,
    'delivery.read': everyone,
    'delivery.release': 'director',
    'delivery.recall': 'director',
    'decision.write': 'technical licensed director',
    'review.claim': 'technical licensed director',
    'claim.overrule': 'director',
    'audit.read': 'admin',
    'organization.manage': 'admin',
    'token.manage': 'admin',
    'webhook.manage': 'admin',
  });
});

it('keeps the making of samples, deliveries and partners to laboratories', () => {
  expect(OPERATIONS.filter(needsLaboratory)).toEqual([
    'sample.create',
    'partner.manage',
    'delivery.create',
    'organization.manage',
    'token.manage',
    'webhook.manage',
  ]);
});
