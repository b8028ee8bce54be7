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

const described = () =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, described]) => ({
      name: `${method.toUpperCase()} ${path}`,
      ...described,
    })),
  );

it('describes every route of the gateway, and no other', () => {
  const routes = gateway.app.routes
    // Middleware is registered for all methods, and answers nothing by itself.
    .filter(({ method }) => method !== 'ALL')
    .filter(({ path }) => path !== '/openapi.json' && !PAGES.includes(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  const names = described().map(({ name }) => name);
  expect(names.toSorted()).toEqual([...new Set(routes)].toSorted());
  expect(names).toContain('GET /annotations/{job_id}/events');
});

it('says of each what it is for and how it fails', () => {
  expect(described().filter(({ summary }) => !summary)).toEqual([]);
  const unfailing = described().filter(({ responses }) => !('503' in responses));
  expect(unfailing).toEqual([]);
});

it('says which routes anyone may call, and no other', async () => {
  const open = described().filter(({ security }) => security?.length === 0);
  expect(open.map(({ name }) => name).toSorted()).toEqual([
    'GET /annotate/uploaded',
    'GET /auth/callback',
    'GET /auth/login',
    'GET /health',
    'GET /health/ready',
    'POST /webhooks/storage',
    'POST /webhooks/stripe',
  ]);
  const statuses = await Promise.all(
    ['/health', '/health/ready', '/auth/login'].map(async (path) => (await gateway.anyone('GET', path)).status),
  );
  expect(statuses).toEqual([200, 200, 303]);
});

it('says that the events of a job are a stream', () => {
  const { responses } = operation('get', '/annotations/{job_id}/events');
  expect(Object.keys(responses['200']?.content ?? {})).toEqual(['text/event-stream']);
});
