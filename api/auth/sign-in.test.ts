// Sign-in and sign-out as a browser does them: over HTTP, through the real local issuer, following every redirect.

import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessions, signIns } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import { localUsers } from '../../infra/local/users.ts';
import { startTestGateway, type TestGateway } from '../../tests/support/gateway.ts';
import { finish, openBrowser, startSignInStack, type Browser, type SignInStack } from '../../tests/support/sign-in.ts';
import { hashOf } from './authenticate.ts';
import { createSignInCookies, type SignInCookies } from './sign-in-cookie.ts';

let signIn: SignInStack;
let gateway: TestGateway;
let publicUrl: string;
beforeAll(async () => {
  signIn = await startSignInStack();
  ({ gateway, publicUrl } = signIn);
});
afterAll(() => signIn?.stop());

type Begun = Parameters<SignInCookies['seal']>[0];

const upToCallback = (browser: Browser, email?: string, query?: string) => signIn.upToCallback(browser, email, query);
const me = async (browser: Browser) => (await browser.visit(`${publicUrl}/me`)).response;
const rows = async (table: typeof sessions | typeof signIns) => {
  const [row] = await gateway.database.write(system('test'), (tx) =>
    tx.select({ count: sql<number>`count(*)::int` }).from(table),
  );
  return row?.count;
};

describe('sign-in', () => {
  it('asks the issuer for a code with PKCE, state and nonce', async () => {
    const { address } = await openBrowser().visit(`${publicUrl}/auth/login`, { isEnd: () => true });
    expect(address.origin).toBe(signIn.issuer.issuer);
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: signIn.issuer.clientId,
      redirect_uri: `${publicUrl}/auth/callback`,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^.{20,}$/) as string,
      nonce: expect.stringMatching(/^.{20,}$/) as string,
    });
  });

  it('makes the user once, and gives a session that scripts cannot read', async () => {
    const ids = [];
    for (let i = 0; i < 2; i++) {
      const browser = openBrowser();
      const end = await finish(browser, await upToCallback(browser, 'tech@varloom.test', '?return_to=/jobs?a=b'));
      expect(end.response.status).toBe(303);
      expect(end.response.headers.get('location')).toBe('/jobs?a=b');
      const cookie = browser.setCookies.findLast((line) => line.startsWith('varloom_session=')) ?? '';
      const flags = cookie
        .split('; ')
        .slice(1)
        .map((flag) => flag.toLowerCase());
      expect(flags).toEqual(expect.arrayContaining(['httponly', 'samesite=lax', 'path=/', 'max-age=43200']));
      // Nothing of the issuer's tokens is in the cookie, and only its hash is stored.
      const token = browser.cookies.get('varloom_session') ?? '';
      expect(token).toMatch(/^[\w-]{43}$/);
      const stored = await gateway.database.write(system('test'), (tx) => tx.select().from(sessions));
      expect(stored.map(({ tokenHash }) => tokenHash)).toContain(hashOf(token));
      expect(JSON.stringify(stored)).not.toContain(token);
      const own = stored.find(({ tokenHash }) => tokenHash === hashOf(token));
      expect(own?.verifiedEmail).toBe('tech@varloom.test');
      const answer = (await (await me(browser)).json()) as Record<string, unknown>;
      const known = localUsers.find(({ email }) => email === 'tech@varloom.test');
      expect(answer).toMatchObject({ email: known?.email, name: known?.name, plan: 'free', role: 'member' });
      ids.push(answer['user_id']);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  it('over https gives cookies that the browser keeps from every other site', async () => {
    const secure = await startTestGateway({ settings: { PUBLIC_URL: 'https://varloom.test' } });
    try {
      const answer = await secure.anyone('GET', '/auth/login');
      const cookie = answer.headers.get('Set-Cookie') ?? '';
      expect(cookie).toMatch(/^__Host-varloom_sign_in=/);
      expect(cookie).toMatch(/; Secure/);
      expect(cookie).not.toMatch(/domain=/i);
      expect(answer.headers.get('Strict-Transport-Security')).toContain('max-age=');
    } finally {
      await secure.close();
    }
  });

  it('writes nothing for somebody who only begins one, and shows nothing of it to the browser', async () => {
    const before = await rows(signIns);
    const browser = openBrowser();
    const { address } = await browser.visit(`${publicUrl}/auth/login`, { isEnd: () => true });
    expect(await rows(signIns)).toBe(before);
    const sealed = browser.cookies.get('varloom_sign_in') ?? '';
    // What is encrypted is not even there as encoded text.
    const parts = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(parts.join()).not.toContain(address.searchParams.get('state'));
    expect(sealed.length).toBeLessThan(2_000);
    const flags = browser.setCookies.findLast((line) => line.startsWith('varloom_sign_in='))?.toLowerCase() ?? '';
    for (const flag of ['httponly', 'samesite=lax', 'path=/', 'max-age=600']) expect(flags).toContain(flag);
  });

  it('does not carry addresses that a cookie could not hold', async () => {
    const browser = openBrowser();
    const callback = await upToCallback(browser, 'free@varloom.test', `?return_to=/jobs?a=${'x'.repeat(5_000)}`);
    expect((await finish(browser, callback)).response.headers.get('location')).toBe('/');
  });

  it('refuses a callback of another browser, of nobody, and one that comes again', async () => {
    const browser = openBrowser();
    const callback = await upToCallback(browser);
    const before = await rows(sessions);
    // Another person is lured to the callback of this sign-in.
    const other = openBrowser();
    await upToCallback(other);
    for (const stranger of [openBrowser(), other]) {
      const refused = await finish(stranger, callback);
      expect(refused.response.status).toBe(401);
      expect(stranger.cookies.has('varloom_session')).toBe(false);
    }
    expect(await rows(sessions)).toBe(before);
    const signInCookie = browser.cookies.get('varloom_sign_in') ?? '';
    expect((await finish(browser, callback)).response.status).toBe(303);
    browser.cookies.set('varloom_sign_in', signInCookie);
    expect((await finish(browser, callback)).response.status).toBe(401);
    expect(await rows(sessions)).toBe(Number(before) + 1);
  });

  it('is finished once, even where the issuer takes its code twice', async () => {
    const { identities } = gateway.dependencies;
    const { finishSignIn } = identities;
    let answered: ReturnType<typeof finishSignIn> | undefined;
    identities.finishSignIn = (...given) => (answered ??= finishSignIn(...given));
    try {
      const browser = openBrowser();
      const callback = await upToCallback(browser);
      const cookie = browser.cookies.get('varloom_sign_in') ?? '';
      expect((await finish(browser, callback)).response.status).toBe(303);
      const before = await rows(sessions);
      browser.cookies.set('varloom_sign_in', cookie);
      const again = await finish(browser, callback);
      expect(await again.response.json()).toMatchObject({ error: { details: { reason: 'expired' } } });
      expect(await rows(sessions)).toBe(before);
    } finally {
      identities.finishSignIn = finishSignIn;
    }
  });

  it.for<[string, (callback: URL) => void]>([
    ['another state', (callback) => callback.searchParams.set('state', 'x'.repeat(43))],
    ['no state', (callback) => callback.searchParams.delete('state')],
    ['another code', (callback) => callback.searchParams.set('code', 'x'.repeat(43))],
    ['another issuer', (callback) => callback.searchParams.set('iss', 'http://elsewhere.test')],
    ['an error', (callback) => callback.searchParams.set('error', 'access_denied')],
  ])('refuses a callback with %s, and has the browser forget the sign-in', async ([, alter]) => {
    const browser = openBrowser();
    const callback = await upToCallback(browser);
    const before = await rows(sessions);
    const altered = new URL(callback);
    alter(altered);
    const refused = await finish(browser, altered);
    expect(refused.response.status).toBe(401);
    expect(await refused.response.json()).toMatchObject({ status: 'error', error: { type: 'unauthenticated' } });
    expect(browser.cookies.has('varloom_sign_in')).toBe(false);
    expect((await finish(browser, callback)).response.status).toBe(401);
    expect(await rows(sessions)).toBe(before);
  });

  it.for<[string, (begun: Begun) => Begun, number?]>([
    ['another nonce', (begun) => ({ ...begun, nonce: 'another' })],
    ['another code verifier', (begun) => ({ ...begun, codeVerifier: 'x'.repeat(43) })],
    ['an age that is too great', (begun) => begun, -1],
  ])('refuses a sign-in with %s', async ([, change, lifeSeconds = 600]) => {
    const browser = openBrowser();
    const callback = await upToCallback(browser);
    const cookies = createSignInCookies(gateway.settings);
    const begun = await cookies.open(browser.cookies.get('varloom_sign_in') ?? '');
    if (!begun) throw new Error('the cookie cannot be opened');
    browser.cookies.set('varloom_sign_in', await cookies.seal(change(begun), lifeSeconds));
    expect((await finish(browser, callback)).response.status).toBe(401);
  });

  it.for([
    'https://evil.test/',
    '//evil.test/',
    '/\\evil.test/',
    '/\t/evil.test/',
    '/.//evil.test/',
    '/a/..//evil.test/',
    '/%2e//evil.test/',
    'javascript:alert(1)',
    'jobs',
    '',
  ])('does not return people to strangers: %j', async (returnTo) => {
    const browser = openBrowser();
    const callback = await upToCallback(browser, 'free@varloom.test', `?return_to=${encodeURIComponent(returnTo)}`);
    const end = await finish(browser, callback);
    expect(end.response.status).toBe(303);
    expect(end.address.origin).toBe(publicUrl);
    expect(end.response.headers.get('location')).toMatch(/^\/(?![/\\])/);
  });
});

describe('sign-out', () => {
  it('ends the session at once, and leads to the issuer', async () => {
    const browser = openBrowser();
    await finish(browser, await upToCallback(browser, 'free2@varloom.test'));
    const cookie = browser.cookies.get('varloom_session') ?? '';
    const { response } = await browser.visit(`${publicUrl}/auth/logout`, { method: 'POST' });
    const answer = (await response.json()) as { sign_out_url: string };
    expect(response.status).toBe(200);
    const url = new URL(answer.sign_out_url);
    expect(url.origin).toBe(signIn.issuer.issuer);
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${publicUrl}/`);
    expect(browser.cookies.has('varloom_session')).toBe(false);
    browser.cookies.set('varloom_session', cookie);
    expect((await me(browser)).status).toBe(401);
  });

  it('is not done by another site', async () => {
    const browser = openBrowser();
    await finish(browser, await upToCallback(browser));
    const headers = {
      cookie: `varloom_session=${browser.cookies.get('varloom_session')}`,
      origin: 'http://elsewhere.test',
    };
    const response = await fetch(`${publicUrl}/auth/logout`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect((await me(browser)).status).toBe(200);
  });
});

it('knows the person of an access token of the issuer as the one who signs in by page', async () => {
  const browser = openBrowser();
  await finish(browser, await upToCallback(browser, 'premium@varloom.test'));
  const byPage = (await (await me(browser)).json()) as Record<string, unknown>;
  const Authorization = `Bearer ${await localToken(signIn.issuer, 'premium@varloom.test')}`;
  const byToken = await gateway.anyone('GET', '/me', { headers: { Authorization } });
  expect(byToken.body).toEqual(byPage);
});
