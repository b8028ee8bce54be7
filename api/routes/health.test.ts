// Readiness: what it says of each dependency, and how often it asks.

import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startTestGateway, type TestGateway } from '../../tests/support/gateway.ts';

let gateway: TestGateway;
const ready = () => gateway.anyone('GET', '/health/ready');
const pings = vi.fn<() => Promise<void>>();
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  gateway = await startTestGateway();
  gateway.dependencies.sagas.ping = pings;
});
afterAll(async () => {
  vi.useRealTimers();
  await gateway?.close();
});
beforeEach(() => {
  // The clock stands still, and a minute after the last test.
  vi.advanceTimersByTime(60_000);
  pings.mockReset().mockResolvedValue();
});

it('asks once for all who ask at once, and again after a second', async () => {
  const first = await Promise.all(Array.from({ length: 50 }, ready));
  expect(new Set(first.map(({ status }) => status))).toEqual(new Set([200]));
  expect(pings).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(900);
  await ready();
  expect(pings).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(200);
  await ready();
  expect(pings).toHaveBeenCalledTimes(2);
});

it('names what is down, and sees that it has come back', async () => {
  pings.mockRejectedValue(new Error('it does not answer'));
  expect(await ready()).toMatchObject({
    status: 503,
    body: { dependencies: { postgres: 'ok', temporal: 'down', store: 'ok' } },
    error: { type: 'unavailable', message: expect.stringContaining('temporal') as string },
  });
  pings.mockResolvedValue();
  vi.advanceTimersByTime(1_100);
  expect((await ready()).status).toBe(200);
});

it('is over at once when the gateway stops, whatever was answered before: nobody asks here again, on no connection', async () => {
  const alive = () => gateway.anyone('GET', '/health');
  for (const { status, headers } of [await ready(), await alive()]) {
    expect({ status, connection: headers.get('connection') }).toEqual({ status: 200, connection: null });
  }
  gateway.stop();
  for (const { status, headers, error } of [await ready(), await alive()]) {
    expect({ status, connection: headers.get('connection') }).toEqual({ status: 503, connection: 'close' });
    expect(error?.message).toContain('stopping');
  }
});
