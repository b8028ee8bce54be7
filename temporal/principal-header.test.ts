// The principal on its way through Temporal: whoever acts arrives as who they are, and nobody is made up.

import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, it } from 'vitest';
import { organizationId, userId } from '../domain/ids.ts';
import { actorOf, system, type Principal } from '../domain/principal.ts';
import { principalFromHeaders, withPrincipalHeader } from './principal-header.ts';

const organization = organizationId(randomUUID());
const user = userId(randomUUID());
const principals: [string, Principal][] = [
  [`user:${user}`, { kind: 'user', userId: user, organizationId: organization }],
  ['partner:p', { kind: 'service', name: 'partner:p', organizationId: organization }],
  ['system:test', system('test')],
];

it.for(principals)('%s arrives', ([actor, principal]) => {
  expect(actorOf(principal)).toBe(actor);
  expect(principalFromHeaders(withPrincipalHeader({}, principal))).toEqual(principal);
});

it('no headers name nobody', () => expect(principalFromHeaders({})).toBeUndefined());

it.for<unknown>([
  'system',
  { kind: 'service', name: 'partner:p' },
  { kind: 'service', organizationId: organization },
  { kind: 'user', userId: user },
  { kind: 'root', name: 'x' },
])('%j is nobody', (value) => {
  const headers = { 'varloom-principal': defaultPayloadConverter.toPayload(value) };
  expect(principalFromHeaders(headers)).toBeUndefined();
});
