// The log of requests: the route, and nothing that was in the address.

import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestUser } from '../tests/support/gateway.ts';
import { createApp } from './app.ts';

let gateway: TestGateway;
let user: TestUser;
const lines: string[] = [];
const app = () =>
  createApp({
    ...gateway.dependencies,
    logger: pino(
      { level: 'debug' },
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

it('names the route also where nobody is signed in', async () => {
  lines.length = 0;
  await app().request(`/annotations/${SECRET}`);
  expect(lines.join('')).toContain('"route":"/annotations/:job_id"');
});
