// Changing how long a result stays, erasing and cancelling, over the API and through the real sagas, served here with
// real records and storage on a Temporal namespace of the test's own. The engine and the mail are stand-ins.

import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createRecordsActivities } from '../../activities/records/activities.ts';
import { createStorageActivities } from '../../activities/storage/activities.ts';
import type { JobId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, submitted, SUMMARY } from '../../tests/support/gateway-steps.ts';
import { workflowBundle } from '../../tests/support/workflow-bundle.ts';
import { currentPrincipal, principalInterceptor } from '../../workers/principal.ts';
import { makeNamespace } from '../../tests/support/namespace.ts';

let gateway: TestGateway;
let connection: NativeConnection;
let stopWorkers: () => Promise<void>;
let engineWorks: (jobId: JobId) => Promise<void> = async () => {};

const RETENTION_SECONDS = 3600;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address } = inject('temporal');
  connection = await NativeConnection.connect({ address });
  const namespace = await makeNamespace(connection, 'retention');
  gateway = await startTestGateway({ namespace });
  await addReference(gateway, 'demo');

  const { database, dependencies, payloadKeys } = gateway;
  const records = createRecordsActivities({
    database,
    principal: currentPrincipal,
    retentionSeconds: RETENTION_SECONDS,
  });
  const storage = createStorageActivities({
    store: dependencies.store,
    database,
    principal: currentPrincipal,
    archive: { storageClass: 'GLACIER', tier: 'Standard', pollSeconds: 300 },
  });
  const base = {
    connection,
    namespace,
    dataConverter: createDataConverter(payloadKeys, 'mark'),
    interceptors: { activity: [principalInterceptor] },
  };
  const workers = await Promise.all([
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.orchestration,
      workflowBundle: await workflowBundle(),
      activities: records,
    }),
    Worker.create({
      ...base,
      taskQueue: TASK_QUEUES.io,
      activities: { ...storage, 'mail.annotation.send': async () => {} },
    }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.engine, activities: { 'engine.input.annotate': annotate } }),
  ]);
  const running = workers.map((worker) => worker.run());
  stopWorkers = async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
});
afterAll(async () => {
  await stopWorkers?.();
  await gateway?.close();
  await connection?.close();
});

async function annotate({ jobId }: { jobId: JobId }) {
  await engineWorks(jobId);
  const prefix = `${jobId}/1`;
  const bytes = Buffer.from('annotated');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await gateway.put('results', `${prefix}/annotated.vcf.gz`, bytes);
  await gateway.put('results', `${prefix}/annotation.log`, 'log');
  await gateway.put('results', `${prefix}/summary.json`, JSON.stringify(SUMMARY));
  return { prefix, vcf: { sizeBytes: bytes.length, sha256 }, records: 3 };
}

const look = async (who: TestUser, id: JobId) => (await who.token('GET', `/annotations/${id}`)).body;
const reaches = (who: TestUser, id: JobId, state: Record<string, unknown>) =>
  expect.poll(() => look(who, id), { interval: 50 }).toMatchObject(state);
const completed = async (who: TestUser) => {
  engineWorks = async () => {};
  const id = await submitted(who.token);
  await reaches(who, id, { job_status: 'COMPLETED', result_state: 'live' });
  return id;
};
const retain = (who: TestUser, id: JobId, retention_seconds: unknown) =>
  who.token('PUT', `/annotations/${id}/retention`, { body: { retention_seconds } });
const leftSeconds = async (who: TestUser, id: JobId) =>
  (Date.parse(String((await look(who, id))['result_expires_at'])) - Date.now()) / 1000;

it('lets the owner shorten the retention, which then archives the result', async () => {
  const who = await gateway.user();
  const id = await completed(who);
  expect(await leftSeconds(who, id)).toBeGreaterThan(3500);
  expect(await retain(who, id, 600)).toMatchObject({ status: 202, body: { job_id: id } });
  expect(await leftSeconds(who, id)).toBeLessThanOrEqual(600);
  expect(await retain(who, id, 700)).toMatchObject({ status: 403, error: { type: 'forbidden' } });
  expect((await retain(who, id, 0)).status).toBe(202);
  await reaches(who, id, { result_state: 'archived', log: 'log' });
  expect(await retain(who, id, 0)).toMatchObject({ status: 409, error: { type: 'job_finished' } });
  const result = await who.token('GET', `/annotations/${id}/result`);
  expect(result.error?.type).toBe('result_archived');
});

it('lets an administrator lengthen it, on a job of their own', async () => {
  const admin = await gateway.user({ role: 'admin' });
  const id = await completed(admin);
  expect((await retain(admin, id, 100_000)).status).toBe(202);
  expect(await leftSeconds(admin, id)).toBeGreaterThan(99_000);
});

it.for([-1, 1.5, '60', null, 31_536_001])('refuses %j seconds', async (seconds) => {
  const who = await gateway.user();
  const id = await submitted(who.token);
  expect(await retain(who, id, seconds)).toMatchObject({ status: 422, error: { type: 'invalid_request' } });
});

it('cancels a job that runs: nothing half-made is left, and there is nothing to retain', async () => {
  const who = await gateway.user();
  const begun = Promise.withResolvers<void>();
  engineWorks = async (jobId) => {
    await gateway.put('results', `${jobId}/1/annotated.vcf.gz`, 'half');
    begun.resolve();
    const beat = setInterval(() => Context.current().heartbeat(), 50);
    await Context.current().cancelled.finally(() => clearInterval(beat));
  };
  const id = await submitted(who.token);
  await begun.promise;
  expect(await retain(who, id, 10)).toMatchObject({ status: 409, error: { type: 'result_not_ready' } });
  expect((await who.token('DELETE', `/annotations/${id}`)).status).toBe(202);
  await reaches(who, id, { job_status: 'CANCELLED', result_state: null });
  const { store } = gateway.dependencies;
  expect(await store.head({ bucket: 'results', key: `${id}/1/annotated.vcf.gz` })).toBeUndefined();
  expect(await retain(who, id, 10)).toMatchObject({ status: 409, error: { type: 'job_finished' } });
});

it('erases a job’s data wherever they are, and says so', async () => {
  const who = await gateway.user();
  const id = await completed(who);
  const { input_file } = await look(who, id);
  expect((await who.token('DELETE', `/annotations/${id}/data`)).status).toBe(202);
  await reaches(who, id, { result_state: 'deleted', file_name: 'erased', log: null });
  const { store } = gateway.dependencies;
  await expect.poll(() => store.head({ bucket: 'inputs', key: String(input_file) })).toBeUndefined();
  for await (const { key } of store.list('results', `${id}/`)) expect(key).toBeUndefined();
  expect((await who.token('GET', '/annotate/files')).body['files']).toEqual([]);
  const again = await who.token('POST', '/annotations', { body: { input_file } });
  expect(again).toMatchObject({ status: 404, error: { type: 'input_not_found' } });
});
