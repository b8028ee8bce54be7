// Postgres and Temporal brought together again, where a saga was at work: on the real server, because the time-skipping
// one skips no more time once a workflow with a running activity was terminated.

import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import type { eraseData } from '../../workflows/erase-data/workflow.ts';
import type { tendJobs } from '../../workflows/tend-jobs/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { createWorld, illegalities } from '../support/models/world.ts';

const { Duration } = protocol.google.protobuf;

Runtime.install({ logger: new DefaultLogger('ERROR') });

const namespace = `tend-jobs-${randomUUID()}`;
const world = createWorld();
let client: Client;
let native: NativeConnection;
let workers: Worker[];
let running: Promise<void>[];
beforeAll(async () => {
  const { address } = inject('temporal');
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: Duration.fromObject({ seconds: 24 * 3600 }),
  });
  client = new Client({ connection, namespace });
  native = await NativeConnection.connect({ address });
  const base = { connection: native, namespace, activities: world.activities };
  const workflowBundle = { code: await bundleWorkflows() };
  workers = await Promise.all([
    Worker.create({ ...base, taskQueue: TASK_QUEUES.orchestration, workflowBundle }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.io }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.engine }),
  ]);
  running = workers.map((worker) => worker.run());
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await Promise.all(running);
  await client.connection.close();
  await native.close();
});
afterEach(() => {
  world.reset();
  world.records.clear();
});

const tend = () =>
  client.workflow.execute<typeof tendJobs>('tendJobs', {
    workflowId: `tend-jobs-${randomUUID()}`,
    taskQueue: TASK_QUEUES.orchestration,
  });

const annotationOf = (job: MemoryJob) =>
  client.workflow.getHandle<typeof annotateThenArchive>(workflowIds.annotation(job.jobId));

/** A job whose engine is at work, and stays so until it is cancelled. */
const midway = async (): Promise<MemoryJob> => {
  const job = world.submit('premium');
  world.worksUntilCancelled = true;
  const begun = new Promise<void>((resolve) => world.on('engine.input.annotate', resolve));
  await tend();
  await begun;
  return job;
};

it('runs the saga of a job again that somebody terminated', async () => {
  const job = await midway();
  await annotationOf(job).terminate('an operator');
  world.worksUntilCancelled = false;
  expect(job.status).toBe('RUNNING');
  job.isSilent = true;
  expect(await tend()).toEqual({ found: 1, started: 1, cancelled: 0 });
  await expect.poll(() => job.status, { timeout: 20_000 }).toBe('COMPLETED');
  expect(illegalities(world, job.jobId)).toEqual([]);
  await annotationOf(job).terminate('the test is over');
});

it('repeats a cancellation that Temporal was never told of', async () => {
  const job = await midway();
  job.isCancelRequested = true;
  expect(await tend()).toEqual({ found: 1, started: 0, cancelled: 1 });
  expect(await annotationOf(job).result()).toBe('cancelled');
  expect(illegalities(world, job.jobId)).toEqual([]);
});

it('starts an erasure that Temporal was never told of, once', async () => {
  const job = world.submit('premium');
  await tend();
  await expect.poll(() => job.status, { timeout: 20_000 }).toBe('COMPLETED');
  job.isEraseRequested = true;
  expect(await tend()).toEqual({ found: 1, started: 1, cancelled: 0 });
  await client.workflow.getHandle<typeof eraseData>(workflowIds.erasure(job.jobId)).result();
  expect(job.resultState).toBe('deleted');
  expect(illegalities(world, job.jobId)).toEqual([]);
  expect(await tend()).toEqual({ found: 0, started: 0, cancelled: 0 });
  await annotationOf(job).terminate('the test is over');
});
