// Who calls: a session cookie of a page, an access token, or an API key. And whether they may do this at all.

import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Database } from '../../db/client.ts';
import { findSession, principalOf, registerUser, useApiKey, type Identity, type User } from '../../db/identity.ts';
import { isRevoked, refuseRevoked, type ActingUser } from '../../db/revoked-sessions.ts';
import { VarloomError } from '../../domain/errors.ts';
import { actorOf } from '../../domain/principal.ts';
import { addToLogContext } from '../../process/log.ts';
import type { ApiContext, Caller, Dependencies, Env, Scope } from '../context.ts';
import { createCredentialCheck } from './credential-check.ts';
import { hashOf } from './hash.ts';
import { SERVICE_TOKEN_PREFIX } from './service.ts';

export const API_KEY_PREFIX = 'vlk_';

export { hashOf } from './hash.ts';

/** `__Host-` makes the browser refuse the cookie over http and from subdomains; it needs https. */
export const cookieName = (publicUrl: string, name: 'session' | 'sign_in'): string =>
  publicUrl.startsWith('https:') ? `__Host-varloom_${name}` : `varloom_${name}`;

export type Authenticate = (scope: Scope | 'account' | 'signature') => ReturnType<typeof createMiddleware<Env>>;

/**
 * `account` is what only the person themself may do: API keys, sign-out, paying. `signature` is what they sign: they must
 * have proved who they are a short time ago, and a key proves nothing of the kind.
 */
export function createAuthenticate(deps: Needed): Authenticate {
  const check = createCredentialCheck(deps);
  return (scope) =>
    createMiddleware<Env>(async (c, next) => {
      const caller = await check(c, credentialsOf(c, deps.settings.PUBLIC_URL), () => callerOf(c, deps));
      const who = `user:${caller.principal.userId}`;
      await deps.rateLimits.count(c, 'principal', who);
      if (scope === 'annotations:write' && c.req.method !== 'GET') await deps.rateLimits.count(c, 'uploads', who);
      if (scope === 'signature') refuseUnlessSignedInSince(caller, deps.settings.SIGNATURE_MAX_AGE_SECONDS);
      else if (caller.scopes && (scope === 'account' || !caller.scopes.has(scope))) {
        throw new VarloomError('forbidden', 'This API key does not have the scope that is needed.', { scope });
      }
      c.set('caller', caller);
      addToLogContext({ principalId: actorOf(caller.principal) });
      await next();
    });
}

type Needed = Pick<Dependencies, 'settings' | 'database' | 'identities' | 'rateLimits' | 'clientNetwork'>;

const credentialsOf = (c: ApiContext, publicUrl: string): string | undefined =>
  c.req.header('Authorization') ?? getCookie(c, cookieName(publicUrl, 'session'));

async function callerOf(c: ApiContext, { settings, database, identities }: Needed): Promise<Caller> {
  const authorization = c.req.header('Authorization');
  if (authorization !== undefined) {
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
    if (!token)
      throw new VarloomError('unauthenticated', 'The Authorization header is not of the form "Bearer TOKEN".');
    if (token.startsWith(API_KEY_PREFIX)) {
      const used = await useApiKey(database, hashOf(token));
      if (!used) throw new VarloomError('unauthenticated', 'The API key is unknown, revoked or expired.');
      return { ...callerAs(used.user, 'api_key'), scopes: new Set(used.scopes) };
    }
    // Not a word of it to the issuer, which is asked about tokens that are no JWT.
    if (token.startsWith(SERVICE_TOKEN_PREFIX)) {
      throw new VarloomError('unauthenticated', 'A service token is not for this address, which is for people.');
    }
    const { identity, authenticatedAt, issuedAt } = await identities.verifyAccessToken(token);
    const user = await registerUnlessRevoked(database, identity, issuedAt);
    return callerAs(user, 'access_token', { authenticatedAt, actingSince: issuedAt });
  }

  const sessionToken = getCookie(c, cookieName(settings.PUBLIC_URL, 'session'));
  if (!sessionToken) throw new VarloomError('unauthenticated', 'Nobody is signed in.');
  refuseForgery(c, settings.PUBLIC_URL);
  const session = await findSession(database, hashOf(sessionToken));
  if (!session) throw new VarloomError('unauthenticated', 'The session has ended.');
  return callerAs(session.user, 'session', {
    authenticatedAt: session.authenticatedAt,
    actingSince: session.openedAt,
  });
}

/**
 * Whom an access token names. Sessions that end close with their rows; an access token is good until the issuer's word for it runs out.
 * @throws VarloomError `unauthenticated` if all their sessions were ended after it was issued
 */
export async function registerUnlessRevoked(
  database: Database,
  identity: Identity,
  issuedAt: Date | undefined,
): Promise<User> {
  const user = await registerUser(database, identity);
  if (isRevoked(user, issuedAt)) {
    throw new VarloomError('unauthenticated', 'Your sessions were ended after this access token was issued.');
  }
  return user;
}

const NEVER = { authenticatedAt: undefined, actingSince: undefined };

const callerAs = (
  user: User,
  via: Caller['via'],
  since: Pick<Caller, 'authenticatedAt' | 'actingSince'> = NEVER,
): Caller => ({ user, principal: principalOf(user), via, scopes: undefined, ...since });

/** Who acts, and since when they may: for acts that read it again when their turn has come. */
export const actingUser = ({ principal, actingSince }: Caller): ActingUser => ({
  ...principal,
  actingSince: actingSince?.toISOString(),
});

function refuseUnlessSignedInSince({ user, authenticatedAt }: Caller, maxAgeSeconds: number): void {
  // Who signed in at the issuer before has a new session without having been asked again.
  if (authenticatedAt && authenticatedAt.getTime() > 0) refuseRevoked(user, authenticatedAt);
  if (authenticatedAt && Date.now() - authenticatedAt.getTime() <= maxAgeSeconds * 1000) return;
  throw new VarloomError('sign_in_again', whyUnsigned(authenticatedAt), { max_age_seconds: maxAgeSeconds });
}

function whyUnsigned(authenticatedAt: Date | undefined): string {
  if (authenticatedAt === undefined) return 'Only a person who has signed in can sign.';
  if (authenticatedAt.getTime() > 0) return 'The sign-in is too old for a signature.';
  return 'The sign-in service did not say when you signed in, which a signature needs. If that stays so, tell your administrator.';
}

/** A cookie goes along with requests that other sites cause: what changes something must come from our own pages. */
function refuseForgery(c: ApiContext, publicUrl: string): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return;
  const origin = c.req.header('Origin');
  const isOurs =
    origin === undefined ? c.req.header('Sec-Fetch-Site') === 'same-origin' : origin === new URL(publicUrl).origin;
  if (!isOurs) throw new VarloomError('csrf_refused', 'The request did not come from a page of this service.');
}
