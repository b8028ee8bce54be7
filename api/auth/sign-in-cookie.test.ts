// The seal of a sign-in under way: it opens for the client and the installation that made it, unaltered, and for nobody else.

import { expect, it } from 'vitest';
import { createSignInCookies } from './sign-in-cookie.ts';

const settings = { OIDC_CLIENT_SECRET: 'a secret of the test', PUBLIC_URL: 'https://varloom.test' };
const own = createSignInCookies(settings);
const begun = { state: 's', nonce: 'n', codeVerifier: 'v', returnTo: '/jobs' };

it('opens as it was sealed, at every gateway', async () => {
  const opened = await createSignInCookies(settings).open(await own.seal(begun, 60));
  expect(opened).toMatchObject(begun);
  expect(opened?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 55_000);
  const another = await own.open(await own.seal(begun, 60));
  expect(another?.id).not.toBe(opened?.id);
});

it.for<[string, () => Promise<string>]>([
  ['another client', () => createSignInCookies({ ...settings, OIDC_CLIENT_SECRET: 'another' }).seal(begun, 60)],
  ['another installation', () => createSignInCookies({ ...settings, PUBLIC_URL: 'https://else.test' }).seal(begun, 60)],
  ['an earlier time', () => own.seal(begun, -1)],
  [
    'somebody who altered it',
    async () => (await own.seal(begun, 60)).replace(/\w(?=\w$)/, (c) => (c === 'A' ? 'B' : 'A')),
  ],
  ['nobody', async () => 'a.b.c'],
])('does not open what is of %s', async ([, sealed]) => {
  expect(await own.open(await sealed())).toBeUndefined();
});
