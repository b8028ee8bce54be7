// What every route holds to, asked of the table of routes there are: forgery, kinds and sizes of bodies, headers.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestUser } from '../tests/support/gateway.ts';
import { bodyLimitBytes } from './request-limits.ts';
import { createPagePolicy, storeOriginOf } from './security-headers.ts';

let gateway: TestGateway;
let secure: TestGateway;
let admin: TestUser;
beforeAll(async () => {
  [gateway, secure] = await Promise.all([
    startTestGateway(),
    startTestGateway({ settings: { PUBLIC_URL: 'https://varloom.test' } }),
  ]);
  admin = await gateway.user({ role: 'admin' });
});
afterAll(() => Promise.all([gateway?.close(), secure?.close()]));

interface Route {
  method: string;
  path: string;
}

/** Every route, with ids that there never were. */
const routes = (): Route[] => {
  const all = gateway.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({ method, path: path.replaceAll(/:\w+/g, () => randomUUID()) }));
  return all.filter((route, at) => all.findIndex((other) => sameShape(route, other)) === at);
};
const sameShape = (a: Route, b: Route) => a.method === b.method && shapeOf(a.path) === shapeOf(b.path);
const shapeOf = (path: string) => path.replaceAll(/[0-9a-f-]{36}/g, ':id');
const changing = () => routes().filter(({ method }) => method !== 'GET');
/** Of those, what is called with a cookie: programs and webhooks prove themselves otherwise. */
const byCookie = () => changing().filter(({ path }) => !/^\/(webhooks|partner\/v1|internal)\//.test(path));
const name = ({ method, path }: Route) => `${method} ${shapeOf(path)}`;

const request = (route: Route, headers: Record<string, string>, body?: string) =>
  gateway.app.request(route.path, {
    method: route.method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }) },
    ...(body === undefined ? {} : { body }),
  });
const outcome = async (answer: Response) => {
  const body: unknown = await answer.json();
  return [answer.status, (body as { error?: { type?: string } }).error?.type];
};

describe('what changes something, with the cookie of who is signed in', () => {
  it.for<[string, Record<string, string>]>([
    ['a page of another site', { Origin: 'https://elsewhere.test', 'Sec-Fetch-Site': 'cross-site' }],
    ['a page of a neighbouring host', { Origin: 'http://127.0.0.1:8081', 'Sec-Fetch-Site': 'same-site' }],
    ['a page that hides where it is from', { Origin: 'null' }],
    ['a browser that names no origin', { 'Sec-Fetch-Site': 'same-site' }],
    ['whatever says nothing of where it is from', {}],
  ])('is refused when it comes from %s, on every route', async ([, headers]) => {
    const { Cookie = '' } = admin.headers.session;
    const found: Record<string, unknown> = {};
    for (const route of byCookie()) {
      const answer = await request(route, { Cookie, 'Content-Type': 'application/json', ...headers }, '{}');
      found[name(route)] = await outcome(answer);
    }
    expect(Object.keys(found).length).toBeGreaterThan(30);
    expect(Object.keys(found)).toContain('POST /auth/logout');
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((key) => [key, [403, 'csrf_refused']])));
  });

  it('is still signed in after all that', async () => {
    expect((await admin.session('GET', '/me')).status).toBe(200);
  });
});

describe('a body', () => {
  it.for(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'is read by no route when it is of the kind "%s"',
    async (type) => {
      const found: Record<string, unknown> = {};
      for (const route of byCookie()) {
        const answer = await request(route, { ...admin.headers.session, 'Content-Type': type }, '{}');
        found[name(route)] = await outcome(answer);
      }
      expect(found).toEqual(
        Object.fromEntries(Object.keys(found).map((key) => [key, [415, 'unsupported_media_type']])),
      );
    },
  );

  it('may have a character set, and be absent', async () => {
    const key = { name: 'a key' };
    const headers = { 'Content-Type': 'Application/JSON; charset=utf-8' };
    expect((await admin.session('POST', '/api-keys', { body: key, headers })).status).toBe(201);
    expect((await admin.session('POST', `/annotations/${randomUUID()}/restore`)).status).toBe(404);
  });

  it('is refused by every route when it is larger than its limit, announced or not', async () => {
    for (const route of changing()) {
      const limit = bodyLimitBytes(route.path);
      const tooMuch = `"${' '.repeat(limit)}"`;
      const headers = { ...admin.headers.token, 'Content-Type': 'application/json' };
      const announced = await outcome(await request(route, headers, tooMuch));
      expect([name(route), ...announced]).toEqual([name(route), 413, 'body_too_large']);
      const chunked = await gateway.app.request(route.path, {
        method: route.method,
        headers: { ...headers, 'Transfer-Encoding': 'chunked' },
        body: new Blob([tooMuch]).stream(),
        duplex: 'half',
      });
      expect([name(route), ...(await outcome(chunked))]).toEqual([name(route), 413, 'body_too_large']);
    }
    expect(bodyLimitBytes('/api-keys')).toBe(131_072);
  });
});

describe('every answer', () => {
  it('tells a browser to load nothing by it, to frame it nowhere, and to guess nothing', async () => {
    const paths = ['/me', '/nowhere', '/health', '/openapi.json', '/annotations', '/webhooks/stripe', '/auth/callback'];
    for (const path of paths) {
      const { headers } = await gateway.app.request(path);
      const policy = headers.get('Content-Security-Policy') ?? '';
      expect([path, policy.split('; ')]).toEqual([
        path,
        expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]),
      ]);
      expect([path, Object.fromEntries(headers)]).toEqual([
        path,
        expect.objectContaining({
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'referrer-policy': 'same-origin',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
          'permissions-policy': expect.stringContaining('camera=()'),
          'cache-control': 'no-store',
        }),
      ]);
      expect(headers.get('X-Powered-By')).toBeNull();
      expect(headers.get('Strict-Transport-Security')).toBeNull();
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
  });

  it('asks for https for good, where that is how we are reached', async () => {
    const { headers } = await secure.app.request('/health');
    expect(headers.get('Strict-Transport-Security')).toBe('max-age=63072000; includeSubDomains');
  });

  it('with a page allows no inline script or style, and the store alone beside us', () => {
    const { AWS_REGION } = secure.settings;
    const policies = [
      createPagePolicy(storeOriginOf({ S3_ENDPOINT: 'https://store.test:9000/path', AWS_REGION })),
      createPagePolicy(storeOriginOf({ AWS_REGION: 'eu-central-1' })),
    ].map((policy) =>
      Object.fromEntries(
        policy('n')
          .split('; ')
          .map((part) => [part.split(' ')[0], part]),
      ),
    );
    expect(policies[0]).toMatchObject({
      'default-src': "default-src 'none'",
      'script-src': "script-src 'self'",
      'style-src': "style-src 'self' 'nonce-n'",
      'connect-src': "connect-src 'self' https://store.test:9000",
      'form-action': "form-action 'self' https://store.test:9000",
    });
    expect(policies[1]).toMatchObject({ 'connect-src': "connect-src 'self' https://*.s3.eu-central-1.amazonaws.com" });
    expect(JSON.stringify(policies)).not.toMatch(/unsafe|data:[^ "]/);
  });
});

describe('cookies where we are reached by https', () => {
  it('belong to this host alone, are hidden from scripts, and can be taken back', async () => {
    const begun = await secure.app.request('/auth/login');
    const [signIn = ''] = begun.headers.getSetCookie();
    expect(signIn).toMatch(/^__Host-varloom_sign_in=[^;]{50,}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/);

    const user = await secure.user();
    const session = (user.headers.session['Cookie'] ?? '').replace('varloom_session', '__Host-varloom_session');
    const out = await secure.app.request('/auth/logout', {
      method: 'POST',
      headers: { Cookie: session, Origin: 'https://varloom.test' },
    });
    expect(out.status).toBe(200);
    expect(out.headers.getSetCookie()).toEqual([
      '__Host-varloom_session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
    const over = await secure.app.request('/auth/callback?code=x', { headers: { Cookie: signIn.split(';')[0] ?? '' } });
    expect(over.status).toBe(401);
    expect(over.headers.getSetCookie()[0]).toMatch(/^__Host-varloom_sign_in=; Max-Age=0; .*Secure/);
  });
});
