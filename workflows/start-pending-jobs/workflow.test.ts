// The Schedule's workflow that starts jobs whose gateway died before it could.

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { startSagaWorkers, type SagaWorkers } from '../../tests/support/models/saga-workers.ts';
import { createWorld, illegalities } from '../../tests/support/models/world.ts';
import type { annotateThenArchive } from '../annotate-then-archive/workflow.ts';
import type { startPendingJobs } from './workflow.ts';

const world = createWorld();
let saga: SagaWorkers;
beforeAll(async () => {
  saga = await startSagaWorkers(world.activities);
});
afterAll(() => saga.stop());
afterEach(() => world.reset());

it('starts the jobs that have no saga, each once', async () => {
  const jobs = [world.submit(), world.submit()];
  const run = () =>
    saga.environment.client.workflow.execute<typeof startPendingJobs>('startPendingJobs', {
      workflowId: `start-pending-jobs-${randomUUID()}`,
      taskQueue: TASK_QUEUES.orchestration,
    });
  expect(await run()).toEqual({ found: 2, started: 2 });
  for (const job of jobs) {
    const handle = saga.environment.client.workflow.getHandle<typeof annotateThenArchive>(
      workflowIds.annotation(job.jobId),
    );
    expect(await handle.result()).toBe('archived');
    expect(illegalities(world, job.jobId)).toEqual([]);
    // As though the record had been lost: the saga has run, and is not run again.
    job.status = 'PENDING';
  }
  expect(await run()).toEqual({ found: 2, started: 0 });
});
