// One address, two answers: a page for a browser, the endpoint for everybody else.

import { Hono } from 'hono';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageRoutes, sharedPageRoutes, strayAnswer } from './pages.ts';
import type { Env } from './context.ts';
import { createPagePolicy } from './security-headers.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const DELIVERY = '/deliveries/2f1f2a52-2c5e-4a44-9d0a-3b3f4b0a1c11';

const policy = createPagePolicy('https://store.test');

let build: string;
let app: Hono<Env>;

beforeAll(async () => {
  build = await mkdtemp(join(tmpdir(), 'varloom-pages-'));
  await writeFile(
    join(build, 'index.html'),
    '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Varloom</title>',
  );
  app = new Hono<Env>();
  app.route('/', sharedPageRoutes(policy, build));
  app.all('*', async (c, next) => {
    if (!c.req.path.startsWith('/deliveries') && c.req.path !== '/audit') return next();
    return c.json({ code: 200, status: 'success' });
  });
  app.route('/', pageRoutes(policy, build));
  const endpoints = ['/*', '/annotations/:job_id', '/annotate/files', '/openapi.json', '/assets/*', '/deliveries'];
  app.notFound(strayAnswer(policy, endpoints, (c) => c.json({ code: 404, status: 'error' }, 404), build));
});

afterAll(() => rm(build, { recursive: true, force: true }));

const kindOf = async (path: string, accept?: string, method = 'GET') => {
  const answer = await app.request(path, { method, headers: accept === undefined ? {} : { Accept: accept } });
  return answer.headers.get('Content-Type')?.split(';')[0];
};

describe('an address that a page and an endpoint share', () => {
  test.each([
    ['a browser', BROWSER, 'text/html'],
    ["a page's script", 'application/json', 'application/json'],
    ['a program that takes anything', '*/*', 'application/json'],
    ['a program that says nothing', undefined, 'application/json'],
  ])('%s', async (_who, accept, kind) => {
    expect(await kindOf('/deliveries', accept)).toBe(kind);
    expect(await kindOf(`${DELIVERY}?limit=1`, accept)).toBe(kind);
  });

  test('is never answered with a page where something is asked for in a format, or changed', async () => {
    expect(await kindOf('/audit?format=csv', BROWSER)).toBe('application/json');
    expect(await kindOf('/deliveries', BROWSER, 'POST')).toBe('application/json');
  });

  test('says that the answer depends on who asks', async () => {
    for (const Accept of [BROWSER, 'application/json']) {
      expect((await app.request(DELIVERY, { headers: { Accept } })).headers.get('Vary')).toBe('Accept');
    }
  });
});

test("a page's own address is a page for everybody", async () => {
  expect(await kindOf('/annotate', '*/*')).toBe('text/html');
});

test('each answer with a page has a nonce of its own, in its policy and in the document', async () => {
  const nonces = new Set<string>();
  for (const path of ['/annotate', '/annotate', DELIVERY]) {
    const answer = await app.request(path, { headers: { Accept: BROWSER } });
    const [, nonce = 'none'] =
      /style-src 'self' 'nonce-([^']{22,})'/.exec(answer.headers.get('Content-Security-Policy') ?? '') ?? [];
    expect(await answer.text()).toContain(`nonce="${nonce}"`);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

describe('an address that nobody knows', () => {
  const stray = (path: string, accept?: string, method = 'GET') =>
    app.request(path, { method, headers: accept === undefined ? {} : { Accept: accept } });

  test.each([
    '/nothing-here',
    '/jobs/x/typo',
    '/annotate/typo',
    '/partners/x/y/typo',
    '/nothing-here?format=csv',
    '/%0d%0a',
    '//host/',
  ])('is a page for a browser: %s', async (path) => {
    const answer = await stray(path, BROWSER);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/html/);
    expect(answer.headers.get('Vary')).toBe('Accept');
    const [, nonce = 'none'] =
      /style-src 'self' 'nonce-([^']{22,})'/.exec(answer.headers.get('Content-Security-Policy') ?? '') ?? [];
    expect(await answer.text()).toContain(`nonce="${nonce}"`);
  });

  test.each([
    ["a page's script", '/nothing-here', 'application/json', 'GET'],
    ['a program that takes anything', '/nothing-here', '*/*', 'GET'],
    ['a program that says nothing', '/nothing-here', undefined, 'GET'],
    ['whoever changes something', '/nothing-here', BROWSER, 'POST'],
    ['a browser among the endpoints', '/annotations/x/typo', BROWSER, 'GET'],
    ['a browser beside the document of the API', '/openapi.json/typo', BROWSER, 'GET'],
    ['a browser among the assets', '/assets/gone.js', BROWSER, 'GET'],
  ])('is an error for %s', async (_who, path, accept, method) => {
    const answer = await stray(path, accept, method);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ code: 404, status: 'error' });
  });

  test('that is a page’s but for a slash leads there, and nowhere else', async () => {
    const answer = await stray('/jobs/?status=FAILED', BROWSER);
    expect([answer.status, answer.headers.get('Location')]).toEqual([308, '/jobs?status=FAILED']);
    expect((await stray('/jobs/', '*/*')).status).toBe(404);
  });

  test('is an error while the pages are not built', async () => {
    const unbuilt = new Hono<Env>().notFound(
      strayAnswer(policy, [], (c) => c.json({ code: 404, status: 'error' }, 404), join(build, 'nowhere')),
    );
    const answer = await unbuilt.request('/nothing-here', { headers: { Accept: BROWSER } });
    expect([answer.status, await answer.json()]).toEqual([404, { code: 404, status: 'error' }]);
  });
});
