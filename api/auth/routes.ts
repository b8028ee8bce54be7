// Sign-in and sign-out of pages. The session stays with the gateway: the page holds a cookie that means nothing elsewhere.

import { randomBytes } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { closeSession, openSession, registerUser, spendSignIn } from '../../db/identity.ts';
import { VarloomError } from '../../domain/errors.ts';
import { createRoutes, type ApiContext, type Dependencies } from '../context.ts';
import { errorOf } from '../errors.ts';
import { answers, PUBLIC } from '../openapi.ts';
import { prefersPage } from '../prefers-page.ts';
import { cookieName, hashOf, type Authenticate } from './authenticate.ts';
import { createSignInCookies } from './sign-in-cookie.ts';
import { signInFailedPage, type SignInFailure } from './sign-in-failure.ts';

const SIGN_IN_SECONDS = 600;
const SESSION_SECONDS = 12 * 3600;

const loginRoute = createRoute({
  method: 'get',
  path: '/auth/login',
  security: PUBLIC,
  request: { query: z.object({ return_to: z.string().optional(), again: z.enum(['true', 'false']).optional() }) },
  responses: {
    ...answers({}, []),
    303: { description: 'To the sign-in service; for a browser, to a page that says why not' },
  },
  summary:
    'Begin to sign in with a browser; `return_to` is a path of this site; `again=true` asks who is signed in too',
});

const callbackRoute = createRoute({
  method: 'get',
  path: '/auth/callback',
  security: PUBLIC,
  responses: {
    ...answers({}, [401]),
    303: { description: 'To where the sign-in was begun, with a session; for a browser, to a page that says why not' },
  },
  summary: 'Where the sign-in service sends the browser back (OpenID Connect, authorization code)',
});

const logoutRoute = createRoute({
  method: 'post',
  path: '/auth/logout',
  responses: answers({ 200: { sign_out_url: z.url().nullable() } }, [401, 403]),
  summary: "End the session; `sign_out_url` is where the sign-in service's own session ends, if it has such a place",
});

export function authRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { settings, database, identities } = deps;
  const signIns = createSignInCookies(settings);
  const redirectUri = `${settings.PUBLIC_URL}/auth/callback`;
  const cookie = (name: 'session' | 'sign_in') => cookieName(settings.PUBLIC_URL, name);
  // Lax: who comes back from the sign-in service, or by a link in a mail, is signed in.
  const attributes = {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: settings.PUBLIC_URL.startsWith('https:'),
  } as const;
  const setSecret = (c: ApiContext, name: 'session' | 'sign_in', value: string, maxAge: number) =>
    setCookie(c, cookie(name), value, { ...attributes, maxAge });

  return createRoutes()
    .openapi(loginRoute, (c) => {
      const { return_to, again } = c.req.valid('query');
      const returnTo = pathOnly(return_to);
      return orPage(c, returnTo, async () => {
        const { url, ...begun } = await identities.beginSignIn(redirectUri, {
          again: again === 'true',
          maxAgeSeconds: SESSION_SECONDS,
        });
        setSecret(c, 'sign_in', await signIns.seal({ ...begun, returnTo }, SIGN_IN_SECONDS), SIGN_IN_SECONDS);
        return c.redirect(url.href, 303);
      });
    })
    .openapi(callbackRoute, async (c) => {
      const sealed = getCookie(c, cookie('sign_in'));
      deleteCookie(c, cookie('sign_in'), attributes);
      const begun = sealed === undefined ? undefined : await signIns.open(sealed);
      return orPage(c, begun?.returnTo ?? '/', async () => {
        if (!begun) throw tooOld();
        const callback = new URL(redirectUri);
        callback.search = new URL(c.req.url).search;
        const signedIn = await identities.finishSignIn(callback, begun);
        const { id, ...details } = begun;
        if (!(await spendSignIn(database, { ...details, tokenHash: hashOf(id) }))) throw tooOld();
        const { identity } = signedIn;
        const user = await registerUser(database, identity);
        const session = randomBytes(32).toString('base64url');
        await openSession(database, user, {
          tokenHash: hashOf(session),
          expiresAt: new Date(Date.now() + SESSION_SECONDS * 1000),
          authenticatedAt: signedIn.authenticatedAt,
          idToken: signedIn.idToken,
          verifiedEmail: identity.isEmailVerified ? identity.email : null,
        });
        setSecret(c, 'session', session, SESSION_SECONDS);
        return c.redirect(begun.returnTo, 303);
      });
    })
    .openapi({ ...logoutRoute, middleware: [authenticate('account')] as const }, async (c) => {
      const session = getCookie(c, cookie('session'));
      const idToken = session ? await closeSession(database, hashOf(session)) : undefined;
      deleteCookie(c, cookie('session'), attributes);
      const url = idToken ? await identities.signOutUrl(idToken, `${settings.PUBLIC_URL}/`) : undefined;
      return c.json({ code: 200 as const, status: 'success' as const, sign_out_url: url?.href ?? null }, 200);
    });

  /** A person in a browser is told on a page what went wrong; a program gets the error as it is. */
  async function orPage(c: ApiContext, returnTo: string, work: () => Promise<Response>): Promise<Response> {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof Error) || !prefersPage(c)) throw thrown;
      const requestId = c.get('requestId');
      return c.redirect(signInFailedPage(errorOf(thrown, deps.logger, requestId), returnTo, requestId), 303);
    }
  }
}

const tooOld = () =>
  new VarloomError('unauthenticated', 'This sign-in was not begun here, or is too old.', {
    reason: 'expired' satisfies SignInFailure,
  });

/** Long addresses would not fit into a cookie. */
const RETURN_TO_LIMIT = 1_000;

/** Only a path of our own: anything else would send people who trust us to strangers. */
function pathOnly(text: string | undefined): string {
  if (!text?.startsWith('/') || text.startsWith('//') || text.includes('\\')) return '/';
  const url = new URL(text, 'http://here.invalid');
  // Resolving can make what it forbids: `/.//host` becomes `//host`.
  const path = url.pathname + url.search;
  return url.host === 'here.invalid' && !path.startsWith('//') && path.length <= RETURN_TO_LIMIT ? path : '/';
}
