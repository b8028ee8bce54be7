// Since when a person is known: what a token that was refreshed, or given to who signed in long ago, must not say.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTokenIssuer, type TokenIssuer } from '../../tests/support/token-issuer.ts';
import { createIdentities } from './identities.ts';

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer?.stop());

const identitiesOf = (acceptsIssuedAt: boolean) =>
  createIdentities({
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: 'id',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_SCOPES: 'openid',
    OIDC_AUDIENCE: 'us',
    NODE_ENV: 'test',
    SIGNATURE_ACCEPT_ISSUED_AT: acceptsIssuedAt,
  });

const signedInAt = async (claims: Record<string, number>, acceptsIssuedAt: boolean) => {
  const identities = identitiesOf(acceptsIssuedAt);
  const token = await issuer.sign({ sub: 's', email: 'x@varloom.test', aud: 'us', ...claims });
  return (await identities.verifyAccessToken(token)).authenticatedAt?.getTime();
};

it('is what the token says of it, whenever it was issued', async () => {
  for (const accepts of [false, true]) expect(await signedInAt({ auth_time: 1_700_000_000 }, accepts)).toBe(17e11);
});

it('is not known by when the token was issued', async () => {
  expect(await signedInAt({}, false)).toBeUndefined();
});

it('is when the token was issued, where the operator says that this may be taken', async () => {
  expect(Date.now() - ((await signedInAt({}, true)) ?? 0)).toBeLessThan(60_000);
});

const sessionSince = async (claims: Record<string, number>, acceptsIssuedAt: boolean) => {
  const identities = identitiesOf(acceptsIssuedAt);
  const { url, ...begun } = await identities.beginSignIn('http://127.0.0.1/callback', {
    again: true,
    maxAgeSeconds: 900,
  });
  expect(url.searchParams.get('max_age')).toBe('900');
  expect(url.searchParams.get('prompt')).toBe('login');
  issuer.giveIdToken(
    await issuer.sign({ sub: 's', email: 'x@varloom.test', aud: 'id', nonce: begun.nonce, ...claims }),
  );
  const callback = new URL(`http://127.0.0.1/callback?code=c&state=${begun.state}`);
  return (await identities.finishSignIn(callback, begun)).authenticatedAt.getTime();
};

it('is what the ID token says of it, however late the person came back to us', async () => {
  for (const accepts of [false, true]) expect(await sessionSince({ auth_time: 1_700_000_000 }, accepts)).toBe(17e11);
});

it('is too long ago for a signature, where the ID token says nothing of it', async () => {
  expect(await sessionSince({}, false)).toBe(0);
});

it('is when the ID token was issued, where the operator says that this may be taken', async () => {
  expect(Date.now() - (await sessionSince({}, true))).toBeLessThan(60_000);
});
