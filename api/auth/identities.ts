// The OpenID Connect issuer: sign-in for pages (authorization code with PKCE), and access tokens of programs.
// Nothing about the issuer is assumed but its discovery document (OpenID Connect Discovery 1.0).

import { createHash } from 'node:crypto';
import { createRemoteJWKSet, errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import * as oidc from 'openid-client';
import { VarloomError } from '../../domain/errors.ts';
import type { Identity } from '../../db/identity.ts';
import type { ApiSettings } from '../settings.ts';
import type { SignInFailure } from './sign-in-failure.ts';

export interface SignInRequest {
  url: URL;
  state: string;
  nonce: string;
  codeVerifier: string;
}

export interface SignedIn {
  identity: Identity;
  idToken: string;
  /** When the person proved who they are; the epoch when the issuer does not say it: too old for any signature. */
  authenticatedAt: Date;
}

export interface VerifiedToken {
  identity: Identity;
  /** When the person proved who they are; undefined when the token does not say it, as one that was refreshed may not. */
  authenticatedAt: Date | undefined;
  /** By `iat`, else `auth_time`; undefined when the token says neither. */
  issuedAt: Date | undefined;
}

export interface Identities {
  /**
   * `again`: the issuer is to ask even who is signed in there, as a signature needs a recent sign-in. Otherwise it asks who
   * signed in there longer than `maxAgeSeconds` ago.
   */
  beginSignIn(redirectUri: string, options: { again: boolean; maxAgeSeconds: number }): Promise<SignInRequest>;
  /** @throws VarloomError `unauthenticated` when the issuer's answer does not prove who signed in */
  finishSignIn(callback: URL, begun: Omit<SignInRequest, 'url'>): Promise<SignedIn>;
  /** Where to send the browser to sign out at the issuer too; undefined when the issuer has no such place. */
  signOutUrl(idToken: string, returnTo: string): Promise<URL | undefined>;
  /** Who an access token speaks for, and since when it is known. @throws VarloomError `unauthenticated` */
  verifyAccessToken(token: string): Promise<VerifiedToken>;
}

const INTROSPECTION_CACHE_MS = 60_000;
const INTROSPECTION_CACHE_SIZE = 1_000;

type IssuerSettings = Partial<Pick<ApiSettings, 'SIGNATURE_ACCEPT_ISSUED_AT'>> &
  Pick<
    ApiSettings,
    'OIDC_ISSUER' | 'OIDC_CLIENT_ID' | 'OIDC_CLIENT_SECRET' | 'OIDC_SCOPES' | 'OIDC_AUDIENCE' | 'NODE_ENV'
  >;

export function createIdentities(settings: IssuerSettings): Identities {
  let discovered: Promise<{ config: oidc.Configuration; keys: JWTVerifyGetKey }> | undefined;
  const introspected = new Map<string, { verified: VerifiedToken; untilMs: number }>();

  /** Asked for when first needed, and again after a failure: the gateway may start before the issuer. */
  const issuer = () => {
    discovered ??= discover(settings).catch((error: unknown) => {
      discovered = undefined;
      throw new VarloomError('unavailable', 'The sign-in service does not answer.', undefined, { cause: error });
    });
    return discovered;
  };

  return {
    async beginSignIn(redirectUri, { again, maxAgeSeconds }) {
      const { config } = await issuer();
      const codeVerifier = oidc.randomPKCECodeVerifier();
      const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.OIDC_SCOPES,
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        // An issuer that is asked for it must say in the ID token when it was (OpenID Connect Core 1.0, section 2).
        max_age: String(maxAgeSeconds),
        ...(again ? { prompt: 'login' } : {}),
      });
      return { url, state, nonce, codeVerifier };
    },

    async finishSignIn(callback, begun) {
      const { config } = await issuer();
      try {
        const tokens = await oidc.authorizationCodeGrant(config, callback, {
          pkceCodeVerifier: begun.codeVerifier,
          expectedState: begun.state,
          expectedNonce: begun.nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (!claims || !tokens.id_token) throw new Error('the issuer gave no ID token');
        const email = textOf(claims['email']);
        // Many issuers keep the e-mail address for the userinfo endpoint.
        const person = email ? claims : await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
        return {
          identity: identityOf(claims.iss, claims.sub, person),
          idToken: tokens.id_token,
          authenticatedAt: signedInAt(claims) ?? new Date(0),
        };
      } catch (error) {
        if (error instanceof VarloomError) throw error;
        const isCancelled = error instanceof oidc.AuthorizationResponseError && error.error === 'access_denied';
        throw new VarloomError(
          'unauthenticated',
          isCancelled ? 'The sign-in was cancelled.' : 'The sign-in was not completed.',
          { reason: isCancelled ? 'cancelled' : 'refused' } satisfies { reason: SignInFailure },
          { cause: error },
        );
      }
    },

    async signOutUrl(idToken, returnTo) {
      const { config } = await issuer();
      if (!config.serverMetadata().end_session_endpoint) return undefined;
      return oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri: returnTo });
    },

    async verifyAccessToken(token) {
      const { config, keys } = await issuer();
      return token.split('.').length === 3 ? verifyJwt(token, config, keys) : introspect(token, config);
    },
  };

  /**
   * By `auth_time`. When a token was issued says nothing of the person, who may have signed in at the issuer long before,
   * unless the operator says that it may be taken.
   */
  function signedInAt(claims: Record<string, unknown>): Date | undefined {
    return timeOf(claims['auth_time']) ?? (settings.SIGNATURE_ACCEPT_ISSUED_AT ? timeOf(claims['iat']) : undefined);
  }

  async function verifyJwt(token: string, config: oidc.Configuration, keys: JWTVerifyGetKey): Promise<VerifiedToken> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: config.serverMetadata().issuer,
        audience: settings.OIDC_AUDIENCE,
        requiredClaims: ['sub', 'exp'],
        algorithms: [
          'RS256',
          'RS384',
          'RS512',
          'PS256',
          'PS384',
          'PS512',
          'ES256',
          'ES384',
          'ES512',
          'EdDSA',
          'Ed25519',
        ],
      });
      return {
        identity: identityOf(config.serverMetadata().issuer, payload.sub ?? '', payload),
        authenticatedAt: signedInAt(payload),
        issuedAt: issuedAt(payload),
      };
    } catch (error) {
      if (error instanceof VarloomError) throw error;
      if (error instanceof joseErrors.JWTExpired)
        throw new VarloomError('unauthenticated', 'The access token has expired.');
      if (!isAboutToken(error))
        throw new VarloomError('unavailable', 'The sign-in service does not answer.', undefined, { cause: error });
      throw new VarloomError('unauthenticated', 'The access token is not valid here.', undefined, { cause: error });
    }
  }

  /** Opaque tokens (Globus Auth gives such) are asked about at the issuer: RFC 7662. */
  async function introspect(token: string, config: oidc.Configuration): Promise<VerifiedToken> {
    if (!config.serverMetadata().introspection_endpoint) {
      throw new VarloomError('unauthenticated', 'The access token is not a JWT, and the issuer has no introspection.');
    }
    const key = createHash('sha256').update(token).digest('hex');
    const cached = introspected.get(key);
    if (cached && cached.untilMs > Date.now()) return cached.verified;
    const answer = await oidc.tokenIntrospection(config, token);
    const audiences = [answer.aud ?? [], answer.client_id ?? []].flat();
    const isForUs = audiences.includes(settings.OIDC_AUDIENCE) || audiences.includes(settings.OIDC_CLIENT_ID);
    if (!answer.active || !answer.sub || !isForUs) {
      throw new VarloomError('unauthenticated', 'The access token is not valid here.');
    }
    const identity = identityOf(config.serverMetadata().issuer, answer.sub, answer);
    const verified = { identity, authenticatedAt: signedInAt(answer), issuedAt: issuedAt(answer) };
    if (introspected.size >= INTROSPECTION_CACHE_SIZE) introspected.clear();
    const expiryMs = answer.exp ? answer.exp * 1000 : Number.POSITIVE_INFINITY;
    introspected.set(key, { verified, untilMs: Math.min(Date.now() + INTROSPECTION_CACHE_MS, expiryMs) });
    return verified;
  }
}

async function discover(settings: IssuerSettings) {
  const isPlain = settings.OIDC_ISSUER.startsWith('http:');
  if (isPlain && settings.NODE_ENV === 'production')
    throw new Error('OIDC_ISSUER must be an https address in production');
  const config = await oidc.discovery(
    new URL(settings.OIDC_ISSUER),
    settings.OIDC_CLIENT_ID,
    settings.OIDC_CLIENT_SECRET,
    undefined,
    { timeout: 10, ...(isPlain ? { execute: [oidc.allowInsecureRequests] } : {}) },
  );
  const jwksUri = config.serverMetadata().jwks_uri;
  if (!jwksUri) throw new Error('the issuer publishes no keys');
  return { config, keys: createRemoteJWKSet(new URL(jwksUri), { timeoutDuration: 10_000 }) };
}

function identityOf(issuer: string, subject: string, claims: Record<string, unknown>): Identity {
  const email = textOf(claims['email']);
  const verified = claims['email_verified'];
  // Some issuers write it as text.
  if (verified === false || verified === 'false') {
    throw new VarloomError('unauthenticated', 'The sign-in service has not verified your e-mail address yet.', {
      reason: 'email_unverified' satisfies SignInFailure,
    });
  }
  if (!email) {
    throw new VarloomError(
      'unauthenticated',
      'The sign-in service did not say your e-mail address, which results are sent to.',
      { reason: 'email_missing' satisfies SignInFailure },
    );
  }
  return { issuer, subject, email, name: textOf(claims['name']), isEmailVerified: verified === true };
}

const issuedAt = (claims: Record<string, unknown>): Date | undefined =>
  timeOf(claims['iat']) ?? timeOf(claims['auth_time']);

const timeOf = (claim: unknown): Date | undefined => (typeof claim === 'number' ? new Date(claim * 1000) : undefined);

/** False when the keys could not be had: that says nothing of the token. */
function isAboutToken(error: unknown): boolean {
  if (error instanceof joseErrors.JWKSTimeout || error instanceof joseErrors.JWKSInvalid) return false;
  // The generic code is what jose gives an answer of the key endpoint that is no key set.
  return error instanceof joseErrors.JOSEError && error.code !== joseErrors.JOSEError.code;
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
