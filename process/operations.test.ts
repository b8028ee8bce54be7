// What a process answers on its operations port: metrics that are collected when asked for, and whether it can serve.

import { Gauge } from 'prom-client';
import { afterEach, expect, it, vi } from 'vitest';
import { clear, createMetrics, type Metrics } from './metrics.ts';
import { createHttpMetrics } from './metrics-http.ts';
import { openOperations, type Operations } from './operations.ts';
import { createReadiness, type Readiness } from './operations-readiness.ts';

const logger = { info: () => {} };
const opened: Operations[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((operations) => operations.close()));
});

async function open(metrics: Metrics, readiness: Readiness = createReadiness({}), port = 0): Promise<string> {
  const settings = { OPERATIONS_PORT: port, OPERATIONS_HOST: '127.0.0.1' };
  const operations = await openOperations(settings, { metrics, readiness, logger });
  if (!operations) throw new Error('no operations');
  opened.push(operations);
  return operations.url;
}

const text = async (url: string) => (await fetch(`${url}/metrics`)).text();

it('opens nothing without a port, and rejects when the port is taken', async () => {
  const metrics = createMetrics('test');
  const parts = { metrics, readiness: createReadiness({}), logger };
  expect(await openOperations({ OPERATIONS_HOST: '127.0.0.1' }, parts)).toBeUndefined();
  const { port } = new URL(await open(metrics));
  await expect(open(metrics, undefined, Number(port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('tells what every process tells: who it is, its processor, memory and event loop', async () => {
  const answer = await fetch(`${await open(createMetrics('gateway'))}/metrics`);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const exposed = await answer.text();
  expect(exposed).toMatch(/^varloom_build_info\{process="gateway",version="[\d.]+",node="v[\d.]+"\} 1$/m);
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ]) {
    expect(exposed).toMatch(new RegExp(`^${name} [\\d.]+`, 'm'));
  }
});

it('collects when it is asked, keeps the answer for its life, and takes it back when it can look no more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const metrics = createMetrics('test');
    const gauge = new Gauge({ name: 'varloom_test_things', help: 'Things.', registers: [metrics.registry] });
    const collect = vi.fn<() => Promise<void>>(async () => gauge.set(7));
    metrics.add({ name: 'things', lifeMs: 10_000, collect, forget: () => clear([gauge]) });
    const url = await open(metrics);
    const [first] = await Promise.all([text(url), text(url)]);
    expect(first).toContain('varloom_test_things 7');
    expect(first).toContain('varloom_collector_up{collector="things"} 1');
    vi.advanceTimersByTime(9_000);
    await text(url);
    expect(collect).toHaveBeenCalledTimes(1);

    collect.mockRejectedValue(new Error('it does not answer'));
    vi.advanceTimersByTime(2_000);
    const failed = await text(url);
    expect(collect).toHaveBeenCalledTimes(2);
    expect(failed).not.toMatch(/^varloom_test_things/m);
    expect(failed).toContain('varloom_collector_up{collector="things"} 0');
  } finally {
    vi.useRealTimers();
  }
});

it('puts the text of other exporters behind its own, and says when one cannot be read', async () => {
  const metrics = createMetrics('test');
  metrics.append('other', async () => 'other_metric 3\n');
  const read = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('gone'));
  metrics.append('broken', read);
  const url = await open(metrics);
  const exposed = await text(url);
  expect(exposed).toMatch(/^other_metric 3$/m);
  expect(exposed).toContain('varloom_collector_up{collector="other"} 1');
  expect(exposed).toContain('varloom_collector_up{collector="broken"} 0');
});

it('names what is down, with 503, and is alive all the same', async () => {
  const readiness = createReadiness({ postgres: async () => {}, temporal: () => Promise.reject(new Error('down')) });
  const url = await open(createMetrics('test'), readiness);
  const ready = await fetch(`${url}/health/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({
    code: 503,
    status: 'error',
    error: { type: 'unavailable', message: 'Not ready: temporal.' },
    dependencies: { postgres: 'ok', temporal: 'down' },
  });
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ code: 200, status: 'ok' });
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
});

it('counts requests by route, method and class of status, and no method that a client made up', async () => {
  const { registry } = createMetrics('test');
  const requests = createHttpMetrics(registry);
  for (const [method, status] of [
    ['GET', 200],
    ['GET', 204],
    ['BREW', 405],
    ['GET', 503],
  ] as const) {
    requests.began();
    requests.answered({ method, route: '/pots/:id', status, seconds: 0.02 });
  }
  requests.began();
  const exposed = await registry.metrics();
  const counted = [...exposed.matchAll(/^varloom_http_request_duration_seconds_count(\{.*\}) (\d+)$/gm)];
  expect(counted.map(([, labels, count]) => `${labels} ${count}`)).toEqual([
    '{method="GET",route="/pots/:id",status="2xx"} 2',
    '{method="other",route="/pots/:id",status="4xx"} 1',
    '{method="GET",route="/pots/:id",status="5xx"} 1',
  ]);
  expect(exposed).toMatch(/^varloom_http_server_errors_total\{method="GET",route="\/pots\/:id",status="503"\} 1$/m);
  expect(exposed).toMatch(/^varloom_http_requests_in_flight 1$/m);
});
