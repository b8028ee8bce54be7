// Who may read histories: the people that OPERATORS names, signed in at the gateway or with an access token of the issuer,
// and programs with a service token for the audience `codec`. Roles in laboratories count for nothing here.

import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { API_KEY_PREFIX, cookieName, hashOf, registerUnlessRevoked } from '../api/auth/authenticate.ts';
import type { Identities } from '../api/auth/identities.ts';
import { SERVICE_TOKEN_PREFIX } from '../api/auth/service.ts';
import type { Database } from '../db/client.ts';
import { findSession, principalOf } from '../db/identity.ts';
import { useServiceToken } from '../db/service-tokens.ts';
import { VarloomError } from '../domain/errors.ts';
import { system, type Principal } from '../domain/principal.ts';
import type { CodecSettings } from './settings.ts';

export interface OperatorParts {
  settings: Pick<CodecSettings, 'OPERATORS' | 'PUBLIC_URL' | 'CODEC_CORS_ORIGIN'>;
  database: Database;
  identities: Pick<Identities, 'verifyAccessToken'>;
}

/** @throws VarloomError `unauthenticated`, `csrf_refused`, `forbidden`, `wrong_audience`, `wrong_scope`, `unavailable` */
export type FindOperator = (c: Context) => Promise<Principal>;

export function createFindOperator({ settings, database, identities }: OperatorParts): FindOperator {
  const [addresses, subjects] = [new Set<string>(), new Set<string>()];
  for (const name of settings.OPERATORS) {
    if (name.includes('@')) addresses.add(name.toLowerCase());
    else subjects.add(name);
  }
  // An address that the issuer has not verified is what its user typed: anybody could type an operator's.
  const refuseOthers = (subject: string, verifiedEmail: string | null) => {
    if (subjects.has(subject) || (verifiedEmail !== null && addresses.has(verifiedEmail.toLowerCase()))) return;
    throw new VarloomError('forbidden', 'Histories are read by the operators of this installation only.');
  };

  const byToken = async (token: string): Promise<Principal> => {
    if (token.startsWith(SERVICE_TOKEN_PREFIX)) return byServiceToken(database, token);
    if (token.startsWith(API_KEY_PREFIX)) throw new VarloomError('unauthenticated', 'API keys are not taken here.');
    const { identity, issuedAt } = await identities.verifyAccessToken(token);
    refuseOthers(identity.subject, identity.isEmailVerified ? identity.email : null);
    return principalOf(await registerUnlessRevoked(database, identity, issuedAt));
  };

  const bySession = async (c: Context, session: string): Promise<Principal> => {
    // A cookie goes along with requests that other sites cause.
    if (c.req.header('Origin') !== settings.CODEC_CORS_ORIGIN) {
      throw new VarloomError('csrf_refused', 'The request did not come from the Temporal UI.');
    }
    const found = await findSession(database, hashOf(session));
    if (!found) throw new VarloomError('unauthenticated', 'The session has ended.');
    refuseOthers(found.user.subject, found.verifiedEmail);
    return principalOf(found.user);
  };

  return async (c) => {
    const authorization = c.req.header('Authorization');
    if (authorization !== undefined) {
      const token = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
      if (token) return byToken(token);
      throw new VarloomError('unauthenticated', 'The Authorization header is not of the form "Bearer TOKEN".');
    }
    const session = getCookie(c, cookieName(settings.PUBLIC_URL, 'session'));
    if (session) return bySession(c, session);
    throw new VarloomError('unauthenticated', `Nobody is signed in: sign in at ${settings.PUBLIC_URL} as an operator.`);
  };
}

/** What the caller shows, whichever it is. Undefined when they show nothing. */
export const createCredentialsOf =
  (publicUrl: string) =>
  (c: Context): string | undefined =>
    c.req.header('Authorization') ?? getCookie(c, cookieName(publicUrl, 'session'));

async function byServiceToken(database: Database, secret: string): Promise<Principal> {
  const presented = await useServiceToken(database, hashOf(secret));
  if (!presented) throw new VarloomError('unauthenticated', 'The service token is unknown, revoked or expired.');
  const { audience, scopes, caller } = presented.token;
  if (audience !== 'codec') throw new VarloomError('wrong_audience', `This token is for the audience ${audience}.`);
  if (!scopes.includes('payloads:decode')) {
    throw new VarloomError('wrong_scope', 'This token does not have the scope payloads:decode.');
  }
  return system(caller);
}
