// The local issuer as its clients meet it: sign-in with code and PKCE, refresh, sign-out, and tokens for programs.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localToken, startIssuer } from './services/issuer.ts';
import { localUsers } from './users.ts';

const publicUrl = 'http://127.0.0.1:8080';
let directory: string;
let issuer: Awaited<ReturnType<typeof startIssuer>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-issuer-'));
  issuer = await startIssuer({ directory, publicUrl });
}, 60_000);

afterAll(async () => {
  await issuer?.stop();
  await rm(directory, { recursive: true, force: true });
});

const discover = (secret = issuer.clientSecret, clientId = issuer.clientId) =>
  oidc.discovery(new URL(issuer.issuer), clientId, secret, undefined, { execute: [oidc.allowInsecureRequests] });

const verify = (token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${issuer.issuer}/jwks`)), {
    issuer: issuer.issuer,
    audience: publicUrl,
    typ: 'at+jwt',
  });

/** A browser in miniature: keeps cookies, follows redirects within the issuer. */
function openBrowser() {
  const cookies = new Map<string, string>();
  const visit = async (
    address: URL,
    init: { method?: string; body?: URLSearchParams } = {},
  ): Promise<{ response: Response; address: URL }> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (!location) return { response, address };
    const next = new URL(location, address);
    return next.origin === address.origin ? visit(next) : { response, address: next };
  };
  return visit;
}

async function signIn(email: string, parameters: Record<string, string> = {}) {
  const client = await discover();
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const start = oidc.buildAuthorizationUrl(client, {
    redirect_uri: `${publicUrl}/auth/callback`,
    scope: 'openid profile email',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...parameters,
  });
  const visit = openBrowser();
  const choice = await visit(start);
  const page = await choice.response.text();
  const back = await visit(choice.address, { method: 'POST', body: new URLSearchParams({ email }) });
  const tokens = await oidc.authorizationCodeGrant(
    client,
    back.address,
    { pkceCodeVerifier: verifier, expectedState: state },
    'resource' in parameters ? { resource: parameters['resource'] } : undefined,
  );
  return { client, page, tokens, visit };
}

describe('sign-in', () => {
  test('shows every seeded user and says that it is local only', async () => {
    const { page } = await signIn('free@varloom.test');
    for (const { email } of localUsers) expect(page).toContain(`value="${email}"`);
    expect(page).toContain('Local development only');
  });

  test('ends with an ID token of the chosen user, and userinfo agrees', async () => {
    const { client, tokens } = await signIn('director@varloom.test');
    const claims = tokens.claims();
    const director = localUsers.find((user) => user.email === 'director@varloom.test');
    expect(claims).toMatchObject({ sub: director?.subject, email: 'director@varloom.test', email_verified: true });
    expect(Math.abs(Number(claims?.['auth_time']) - Date.now() / 1000)).toBeLessThan(60);
    const info = await oidc.fetchUserInfo(client, tokens.access_token, String(claims?.sub));
    expect(info).toMatchObject({ email: 'director@varloom.test', name: 'Lab director' });
  });

  test('gives a JWT for the gateway when asked for that resource, and refreshes it', async () => {
    const { client, tokens } = await signIn('tech@varloom.test', { resource: publicUrl });
    const { payload } = await verify(tokens.access_token);
    expect(payload).toMatchObject({ email: 'tech@varloom.test', email_verified: true, auth_time: expect.any(Number) });
    const again = await oidc.refreshTokenGrant(client, tokens.refresh_token ?? '', { resource: publicUrl });
    const refreshed = await verify(again.access_token);
    expect(refreshed.payload).toMatchObject({ sub: payload.sub, auth_time: payload['auth_time'] });
    expect(refreshed.payload.jti).not.toBe(payload.jti);
  });

  test('without PKCE is refused', async () => {
    const client = await discover();
    const start = oidc.buildAuthorizationUrl(client, { redirect_uri: `${publicUrl}/auth/callback`, scope: 'openid' });
    const { address } = await openBrowser()(start);
    expect(address.searchParams.get('error')).toBe('invalid_request');
  });

  test('ends by a sign-out that needs no further click and returns to the application', async () => {
    const { client, tokens, visit } = await signIn('free@varloom.test');
    const parameters = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: `${publicUrl}/` };
    const asked = await visit(oidc.buildEndSessionUrl(client, parameters));
    const page = await asked.response.text();
    expect(page).toContain('document.forms[0].submit()');
    const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    const { address } = await visit(new URL(action, asked.address), { method: 'POST', body });
    expect(address.href).toBe(`${publicUrl}/`);
  });
});

describe('tokens for programs', () => {
  test('a service has one of its own by client_credentials', async () => {
    const client = await discover(issuer.serviceSecret, 'varloom-service');
    const { payload } = await verify((await oidc.clientCredentialsGrant(client)).access_token);
    expect(payload.sub).toBe('varloom-service');
  });

  test('the local grant gives any seeded user’s token to who knows the secret of the home', async () => {
    const { payload } = await verify(await localToken(issuer, 'admin@varloom.test'));
    const admin = localUsers.find((user) => user.role === 'admin');
    expect(payload).toMatchObject({ sub: admin?.subject, email: 'admin@varloom.test', email_verified: true });
    expect(Number(payload['auth_time'])).toBeGreaterThan(Date.now() / 1000 - 60);
  });

  test('the local grant refuses a wrong secret and an unknown user', async () => {
    await expect(localToken({ ...issuer, localSecret: 'x'.repeat(43) }, 'admin@varloom.test')).rejects.toThrow(
      /client/,
    );
    await expect(localToken(issuer, 'nobody@varloom.test')).rejects.toThrow(/no local user/);
  });

  test('keys stay the same over a restart, and so a token stays good', async () => {
    const token = await localToken(issuer, 'free@varloom.test');
    await issuer.stop();
    issuer = await startIssuer({ directory, publicUrl, port: Number(new URL(issuer.issuer).port) });
    expect((await verify(token)).payload['email']).toBe('free@varloom.test');
  });
});
