// The principal in Temporal's headers: from the API through workflows to activities. Ids only.

import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { organizationId, userId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';

const HEADER = 'varloom-principal';

export function withPrincipalHeader(headers: Headers, principal: Principal): Headers {
  return { ...headers, [HEADER]: defaultPayloadConverter.toPayload(principal) };
}

/** The principal of these headers, or undefined when they name none that we know. */
export function principalFromHeaders(headers: Headers): Principal | undefined {
  const payload = headers[HEADER];
  if (!payload) return undefined;
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  if (value.kind === 'system' && 'name' in value && typeof value.name === 'string') {
    return { kind: 'system', name: value.name };
  }
  if (
    value.kind === 'service' &&
    'name' in value &&
    typeof value.name === 'string' &&
    'organizationId' in value &&
    typeof value.organizationId === 'string'
  ) {
    return { kind: 'service', name: value.name, organizationId: organizationId(value.organizationId) };
  }
  if (
    value.kind === 'user' &&
    'userId' in value &&
    typeof value.userId === 'string' &&
    'organizationId' in value &&
    typeof value.organizationId === 'string'
  ) {
    return { kind: 'user', userId: userId(value.userId), organizationId: organizationId(value.organizationId) };
  }
  return undefined;
}
