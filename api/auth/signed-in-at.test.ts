// Since when a person is known by an access token: what a token that was refreshed must not say.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTokenIssuer, type TokenIssuer } from '../../tests/support/token-issuer.ts';
import { createIdentities } from './identities.ts';

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer?.stop());

const signedInAt = async (claims: Record<string, number>, acceptsIssuedAt: boolean) => {
  const identities = createIdentities({
    OIDC_ISSUER: issuer.issuer,
    OIDC_CLIENT_ID: 'id',
    OIDC_CLIENT_SECRET: 'secret',
    OIDC_SCOPES: 'openid',
    OIDC_AUDIENCE: 'us',
    NODE_ENV: 'test',
    SIGNATURE_ACCEPT_ISSUED_AT: acceptsIssuedAt,
  });
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
