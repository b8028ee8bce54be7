// A worker is ready while it takes tasks, and all that it needs answers: real Temporal, Postgres and store.

import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openDatabase, type Database } from '../db/client.ts';
import { createTestBuckets, createTestDatabase, type TestDatabase } from '../tests/support/services.ts';
import { workerReadiness } from './readiness.ts';
import { readWorkerSettings, type WorkerSettings } from './settings.ts';

let own: TestDatabase;
let settings: WorkerSettings;
let connection: NativeConnection;
let database: Database;
beforeAll(async () => {
  own = await createTestDatabase();
  const store = await createTestBuckets();
  const { address, namespace } = inject('temporal');
  settings = readWorkerSettings({
    NODE_ENV: 'test',
    DATABASE_URL: own.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    PAYLOAD_KEYS_FILE: 'not read here',
    S3_ENDPOINT: store.endpoint,
    AWS_REGION: store.region,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    S3_INPUTS_BUCKET: store.inputsBucket,
    S3_RESULTS_BUCKET: store.resultsBucket,
    WORKER_QUEUES: 'io',
    WORK_DIRECTORY: 'not used here',
    MAIL_URL: inject('mail').smtp,
  });
  connection = await NativeConnection.connect({ address });
  database = openDatabase({ url: own.url, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await connection.close();
  await own.drop();
});

const running = { getState: () => 'RUNNING' as const };
const draining = { getState: () => 'DRAINING' as const };
const ALL_WELL = { postgres: 'ok', temporal: 'ok', store: 'ok', workers: 'ok' };

it('is ready when everything answers', async () => {
  expect(await workerReadiness([running], { settings, database, connection })()).toEqual({
    isReady: true,
    dependencies: ALL_WELL,
  });
});

it('asks for the store only where the store is used', async () => {
  const orchestration = { ...settings, WORKER_QUEUES: ['orchestration' as const] };
  const { dependencies } = await workerReadiness([running], { settings: orchestration, database, connection })();
  expect(dependencies).toEqual({ postgres: 'ok', temporal: 'ok', workers: 'ok' });
});

it('is not ready while one of its workers drains', async () => {
  expect(await workerReadiness([running, draining], { settings, database, connection })()).toEqual({
    isReady: false,
    dependencies: { ...ALL_WELL, workers: 'down' },
  });
});

it('is not ready when Postgres, Temporal or the store is away, and says which', async () => {
  const gone = await NativeConnection.connect({ address: settings.TEMPORAL_ADDRESS });
  await gone.close();
  const closed = openDatabase({ url: own.url, applicationName: 'test' });
  await closed.close();
  const parts = { settings: { ...settings, S3_ENDPOINT: 'http://127.0.0.1:9' }, database: closed, connection: gone };
  expect(await workerReadiness([running], parts)()).toEqual({
    isReady: false,
    dependencies: { postgres: 'down', temporal: 'down', store: 'down', workers: 'ok' },
  });
});
