// What the gateway tells: requests by pattern, whatever is asked for; the service's figures; and of these nothing false when
// Postgres is away.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../db/client.ts';
import { createMetrics } from '../process/metrics.ts';
import { createHttpMetrics } from '../process/metrics-http.ts';
import { startTestGateway, type TestGateway } from '../tests/support/gateway.ts';
import { measureService } from './metrics.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(async () => {
  await gateway?.close();
});

it('names a request by the pattern of its route, never by its address', async () => {
  const { registry } = createMetrics('test');
  gateway.dependencies.httpMetrics = createHttpMetrics(registry);
  const { token } = await gateway.user();
  const id = randomUUID();
  expect((await token('GET', `/annotations/${id}`)).status).toBe(404);
  expect((await token('GET', '/annotations?limit=1')).status).toBe(200);
  expect((await gateway.anyone('GET', '/annotations')).status).toBe(401);
  await gateway.anyone('GET', `/nowhere/${id}`);
  const exposed = await registry.metrics();
  expect(exposed).not.toContain(id);
  const counted = [
    ...exposed.matchAll(/^varloom_http_request_duration_seconds_count\{.*route="(.*)",status="(.*)"\} \d+$/gm),
  ];
  const requests = counted.map(([, route, status]) => `${route} ${status}`);
  expect(requests).toEqual(
    expect.arrayContaining(['/annotations/:job_id 4xx', '/annotations 2xx', '/annotations 4xx']),
  );
  expect(requests).toHaveLength(4);
  expect(exposed).toMatch(/^varloom_http_requests_in_flight 0$/m);
});

it('tells of the service what Postgres and Temporal say, zeros too', async () => {
  const metrics = createMetrics('test');
  measureService(metrics, { database: gateway.database, temporal: gateway.temporal, escalationSeconds: 60 });
  const exposed = await metrics.expose();
  for (const collector of ['backlog', 'ended', 'stock', 'task_queues', 'schedules']) {
    expect(exposed).toContain(`varloom_collector_up{collector="${collector}"} 1`);
  }
  expect(exposed).toMatch(/^varloom_jobs\{status="PENDING",plan="free",genome=""\} 0$/m);
  expect(exposed).toMatch(/^varloom_reviews_waiting\{level="director"\} 0$/m);
  expect(exposed).toMatch(/^varloom_webhook_messages_pending 0$/m);
  expect(exposed).toMatch(/^varloom_task_queue_pollers\{task_queue="engine"\} \d+$/m);
});

it('tells no zeros when Postgres cannot be asked', async () => {
  const metrics = createMetrics('test');
  const database = openDatabase({ url: gateway.own.url, applicationName: 'test' });
  await database.close();
  measureService(metrics, { database, temporal: gateway.temporal, escalationSeconds: 60 });
  const exposed = await metrics.expose();
  expect(exposed).toContain('varloom_collector_up{collector="backlog"} 0');
  expect(exposed).toContain('varloom_collector_up{collector="task_queues"} 1');
  expect(exposed).not.toMatch(/^varloom_(jobs|webhook_messages_pending|outbox_oldest_seconds|results)[ {]/m);
});
