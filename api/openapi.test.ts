// /openapi.json against the routes that there really are: what is served is described, and nothing else is.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../tests/support/gateway.ts';
import { PAGES } from './pages.ts';

interface Operation {
  summary?: string;
  security?: unknown[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

let gateway: TestGateway;
let paths: Record<string, Record<string, Operation>>;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { body } = await gateway.anyone('GET', '/openapi.json');
  // The shape of an OpenAPI document; the tests read what they need of it.
  paths = body['paths'] as typeof paths;
});
afterAll(() => gateway.close());

const operation = (method: string, path: string): Operation => {
  const found = paths[path]?.[method];
  if (!found) throw new Error(`${method} ${path} is not described`);
  return found;
};

it('describes every route of the gateway, and no other', () => {
  const routes = gateway.app.routes
    // Middleware is registered for all methods, and answers nothing by itself.
    .filter(({ method }) => method !== 'ALL')
    .filter(({ path }) => path !== '/openapi.json' && !PAGES.includes(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.toSorted()).toEqual([...new Set(routes)].toSorted());
  expect(described).toContain('GET /annotations/{job_id}/events');
});

it('says of each what it is for and how it fails', () => {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { summary, responses }] of Object.entries(operations)) {
      expect(summary, `${method} ${path}`).toBeTruthy();
      if (path !== '/health') expect(Object.keys(responses), `${method} ${path}`).toContain('503');
    }
  }
});

it('says which routes anyone may call, and they may', async () => {
  for (const path of ['/health', '/health/ready', '/auth/login', '/auth/callback', '/annotate/uploaded']) {
    expect(operation('get', path).security, path).toEqual([]);
  }
  for (const path of ['/health', '/health/ready', '/auth/login']) {
    expect((await gateway.anyone('GET', path)).status, path).toBeLessThan(400);
  }
  expect(operation('post', '/webhooks/storage').security).toEqual([]);
  for (const path of ['/me', '/annotations', '/annotations/{job_id}/events']) {
    expect(operation('get', path).security, path).toBeUndefined();
  }
});

it('says that the events of a job are a stream', () => {
  const { responses } = operation('get', '/annotations/{job_id}/events');
  expect(Object.keys(responses['200']?.content ?? {})).toEqual(['text/event-stream']);
});
