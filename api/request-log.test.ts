// The log of requests: the route, and nothing that was in the address.

import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../process/main.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../tests/support/gateway.ts';
import { createApp } from './app.ts';

let gateway: TestGateway;
let user: TestUser;
const lines: string[] = [];
const app = () =>
  createApp({
    ...gateway.dependencies,
    logger: createLogger(
      'test',
      'info',
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          lines.push(chunk.toString());
          done();
        },
      }),
    ),
  });
beforeAll(async () => {
  gateway = await startTestGateway();
  user = await gateway.user();
});
afterAll(() => gateway.close());

const SECRET = randomUUID();
it.for([
  ['GET', `/annotations/${SECRET}`, '/annotations/:job_id'],
  ['DELETE', `/annotations/${SECRET}/data`, '/annotations/:job_id/data'],
  ['GET', `/annotations/${SECRET}/events`, '/annotations/:job_id/events'],
  ['GET', `/annotations?cursor=${SECRET}`, '/annotations'],
  ['GET', `/me?${SECRET}`, '/me'],
  ['GET', `/jobs/${SECRET}`, '/jobs/:job_id'],
  ['GET', `/nowhere/${SECRET}`, '/*'],
] as const)('%s %s is logged as %s', async ([method, path, route]) => {
  lines.length = 0;
  const response = await app().request(path, { method, headers: user.headers.token });
  const line = lines.find((text) => text.includes('"msg":"request"')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({ method, route, status: response.status });
  expect(line).not.toContain(SECRET);
});

it('a line says for whom, how long and how much, under the id that the answer carries', async () => {
  lines.length = 0;
  const response = await app().request('/annotations?limit=1', { headers: user.headers.token });
  expect(JSON.parse(lines.find((text) => text.includes('"msg":"request"')) ?? '{}')).toEqual({
    level: 'info',
    time: expect.any(String),
    name: 'test',
    pid: process.pid,
    hostname: expect.any(String),
    request_id: response.headers.get('X-Request-Id'),
    principal_id: `user:${user.principal.userId}`,
    method: 'GET',
    route: '/annotations',
    status: 200,
    duration_ms: expect.any(Number),
    msg: 'request',
  });
});

it.for([
  ['GET', '/annotations'],
  ['GET', '/nowhere'],
  ['POST', '/auth/logout'],
  ['GET', '/openapi.json'],
  ['GET', '/health'],
] as const)('%s %s is answered with the id of the request', async ([method, path]) => {
  const response = await app().request(path, { method });
  // Only errors are read, and their form is what other tests hold to its schema.
  const { error } = (response.status >= 400 ? await response.json() : {}) as { error?: { request_id: string } };
  const requestId = response.headers.get('X-Request-Id');
  expect(requestId).toMatch(/^[\da-f-]{36}$/);
  expect(error?.request_id ?? requestId).toBe(requestId);
});

it('probes are logged for those who look closer alone', async () => {
  lines.length = 0;
  expect((await app().request('/health')).status).toBe(200);
  expect(lines).toEqual([]);
});

it('names the route also where nobody is signed in', async () => {
  lines.length = 0;
  await app().request(`/annotations/${SECRET}`);
  expect(lines.join('')).toContain('"route":"/annotations/:job_id"');
});
