// One address, two answers: a page for a browser, the endpoint for everybody else.

import { Hono } from 'hono';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageRoutes, sharedPageRoutes } from './pages.ts';
import { createPagePolicy } from './security-headers.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const DELIVERY = '/deliveries/2f1f2a52-2c5e-4a44-9d0a-3b3f4b0a1c11';

const policy = createPagePolicy('https://store.test');

let build: string;
let app: Hono;

beforeAll(async () => {
  build = await mkdtemp(join(tmpdir(), 'varloom-pages-'));
  await writeFile(
    join(build, 'index.html'),
    '<!doctype html><meta property="csp-nonce" nonce="__CSP_NONCE__"><title>Varloom</title>',
  );
  app = new Hono();
  app.route('/', sharedPageRoutes(policy, build));
  app.all('*', async (c, next) => {
    if (!c.req.path.startsWith('/deliveries') && c.req.path !== '/audit') return next();
    return c.json({ code: 200, status: 'success' });
  });
  app.route('/', pageRoutes(policy, build));
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
