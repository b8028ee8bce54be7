// Postgres and Temporal brought together again, where a saga was at work: on the real server, because the time-skipping
// one skips no more time once a workflow with a running activity was terminated.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import type { eraseData } from '../../workflows/erase-data/workflow.ts';
import type { tendJobs } from '../../workflows/tend-jobs/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { createWorld, illegalities } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
beforeAll(async () => {
  own = await openNamespace('tend-jobs', world.activities);
  await own.serve();
});
afterAll(() => own?.close());
afterEach(() => {
  world.reset();
  world.records.clear();
});

const tend = () =>
  own.client.workflow.execute<typeof tendJobs>('tendJobs', {
    workflowId: `tend-jobs-${randomUUID()}`,
    taskQueue: TASK_QUEUES.orchestration,
  });

const annotationOf = (job: MemoryJob) =>
  own.client.workflow.getHandle<typeof annotateThenArchive>(workflowIds.annotation(job.jobId));

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
  await expect.poll(() => job.status).toBe('COMPLETED');
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
  await expect.poll(() => job.status).toBe('COMPLETED');
  job.isEraseRequested = true;
  expect(await tend()).toEqual({ found: 1, started: 1, cancelled: 0 });
  await own.client.workflow.getHandle<typeof eraseData>(workflowIds.erasure(job.jobId)).result();
  expect(job.resultState).toBe('deleted');
  expect(illegalities(world, job.jobId)).toEqual([]);
  expect(await tend()).toEqual({ found: 0, started: 0, cancelled: 0 });
  await annotationOf(job).terminate('the test is over');
});
