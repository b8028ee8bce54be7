// Programs that call with a service token: each token is for one callee and named scopes, and is refused elsewhere.

import { randomBytes, randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { useServiceToken, type NewToken } from '../../db/service-tokens.ts';
import { VarloomError } from '../../domain/errors.ts';
import { organizationId, partnerId } from '../../domain/ids.ts';
import { TOKEN_LIFE_SECONDS, type TokenAudience, type TokenScope } from '../../domain/partners.ts';
import { actorOf, system } from '../../domain/principal.ts';
import { addToLogContext } from '../../process/log.ts';
import type { ApiContext, Dependencies, Env, ServiceCaller } from '../context.ts';
import { createCredentialCheck } from './credential-check.ts';
import { hashOf } from './hash.ts';

export const SERVICE_TOKEN_PREFIX = 'vlst_';
const SHOWN_PREFIX_LENGTH = 10;

/** A fresh token of 256 bits: the secret to be shown once, and what is kept of it. */
export function newServiceToken(scopes: readonly TokenScope[], expiresAt?: Date): { secret: string; kept: NewToken } {
  const secret = SERVICE_TOKEN_PREFIX + randomBytes(32).toString('base64url');
  return {
    secret,
    kept: {
      tokenId: randomUUID(),
      scopes: [...new Set(scopes)],
      prefix: secret.slice(0, SHOWN_PREFIX_LENGTH),
      tokenHash: hashOf(secret),
      expiresAt: expiresAt ?? new Date(Date.now() + TOKEN_LIFE_SECONDS * 1000),
    },
  };
}

export type AuthenticateService = (
  audience: TokenAudience,
  scope: TokenScope,
) => ReturnType<typeof createMiddleware<Env>>;

/** Sets `service`. @throws VarloomError `unauthenticated`, `wrong_audience`, `wrong_scope`, `partner_disabled` */
export function createAuthenticateService(
  deps: Pick<Dependencies, 'database' | 'rateLimits' | 'clientNetwork'>,
): AuthenticateService {
  const check = createCredentialCheck(deps);
  return (audience, scope) =>
    createMiddleware<Env>(async (c, next) => {
      const service = await check(c, c.req.header('Authorization'), () => serviceOf(c, deps, audience, scope));
      await deps.rateLimits.count(c, 'principal', service.tokenId);
      c.set('service', service);
      addToLogContext({ principalId: actorOf(service.principal) });
      await next();
    });
}

async function serviceOf(
  c: ApiContext,
  { database }: Pick<Dependencies, 'database'>,
  audience: TokenAudience,
  scope: TokenScope,
): Promise<ServiceCaller & { tokenId: string }> {
  const secret = /^Bearer +(vlst_[\w-]{20,100})$/i.exec(c.req.header('Authorization') ?? '')?.[1];
  if (!secret) throw new VarloomError('unauthenticated', 'A service token is needed here.');
  const presented = await useServiceToken(database, hashOf(secret));
  if (!presented) throw new VarloomError('unauthenticated', 'The service token is unknown, revoked or expired.');
  const { token, isPartnerDisabled } = presented;
  if (token.audience !== audience) {
    throw new VarloomError('wrong_audience', `This token is for the audience ${token.audience}.`, { audience });
  }
  if (!token.scopes.includes(scope)) {
    throw new VarloomError('wrong_scope', 'This token does not have the scope that is needed.', { scope });
  }
  const tokenId = `token:${token.tokenId}`;
  if (isPartnerDisabled) throw new VarloomError('partner_disabled', 'The partner is disabled.');
  if (token.partnerId === null || token.organizationId === null) {
    return { tokenId, principal: system(token.caller), partner: undefined };
  }
  const principal = {
    kind: 'service',
    name: token.caller,
    organizationId: organizationId(token.organizationId),
  } as const;
  return { tokenId, principal, partner: { principal, partnerId: partnerId(token.partnerId) } };
}
