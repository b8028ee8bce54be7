// What becomes of a sign-in that fails: a page for a person, JSON for a program.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VarloomError } from '../../domain/errors.ts';
import { openBrowser, startSignInStack, type Browser, type SignInStack } from '../../tests/support/sign-in.ts';

let signIn: SignInStack;
beforeAll(async () => {
  signIn = await startSignInStack();
});
afterAll(() => signIn?.stop());

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const failure = async (browser: Browser, path: string, accept = BROWSER) => {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(signIn.publicUrl + path, { redirect: 'manual', headers: { cookie, accept } });
  const location = new URL(response.headers.get('location') ?? '/nowhere', signIn.publicUrl);
  return { response, path: location.pathname, ...Object.fromEntries(location.searchParams) };
};

describe.for<[string, (callback: URL) => void]>([
  ['expired', () => {}],
  ['refused', (callback) => callback.searchParams.set('code', 'x'.repeat(43))],
  ['cancelled', (callback) => callback.searchParams.set('error', 'access_denied')],
])('a sign-in that was %s', ([reason, alter]) => {
  const failed = async (accept: string) => {
    const browser = openBrowser();
    const callback = await signIn.upToCallback(browser, 'free@varloom.test', '?return_to=/jobs');
    alter(callback);
    if (reason === 'expired') browser.cookies.clear();
    return failure(browser, callback.pathname + callback.search, accept);
  };

  it('leads a person to a page that says so', async () => {
    const told = await failed(BROWSER);
    expect(told.response.status).toBe(303);
    const return_to = reason === 'expired' ? '/' : '/jobs';
    const request = told.response.headers.get('X-Request-Id');
    expect(told).toMatchObject({ path: '/sign-in-failed', reason, return_to, request });
  });

  it.for(['application/json', '*/*'])('is told to a program in JSON, when it accepts %s', async (accept) => {
    const { response } = await failed(accept);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ status: 'error', error: { details: { reason } } });
  });
});

it('tells a person on a page that the sign-in service does not answer', async () => {
  const { identities } = signIn.gateway.dependencies;
  const { beginSignIn } = identities;
  identities.beginSignIn = () => Promise.reject(new VarloomError('unavailable', 'It does not answer.'));
  try {
    const told = await failure(openBrowser(), '/auth/login?return_to=/files');
    expect(told).toMatchObject({ path: '/sign-in-failed', reason: 'unavailable', return_to: '/files' });
    expect((await failure(openBrowser(), '/auth/login', '*/*')).response.status).toBe(503);
  } finally {
    identities.beginSignIn = beginSignIn;
  }
});
