// The Schedule's workflow that brings Postgres and Temporal together again: jobs that have no saga.
// What concerns running sagas is in tests/integration/tend-jobs.test.ts, on the real server.

import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { principalFromHeaders } from '../../temporal/principal-header.ts';
import { useSagaStage } from '../../tests/support/models/use-stage.ts';
import { illegalities } from '../../tests/support/models/world.ts';
import type { annotateThenArchive } from '../annotate-then-archive/workflow.ts';
import type { tendJobs } from './workflow.ts';

const stage = useSagaStage();
const { world } = stage;
afterEach(() => world.records.clear());

const tend = () =>
  stage.saga.environment.client.workflow.execute<typeof tendJobs>('tendJobs', {
    workflowId: `tend-jobs-${randomUUID()}`,
    taskQueue: TASK_QUEUES.orchestration,
  });

const annotationOf = (job: MemoryJob) =>
  stage.saga.environment.client.workflow.getHandle<typeof annotateThenArchive>(workflowIds.annotation(job.jobId));

/** In whose name the job's saga was started, and in whose it called its activities. */
const principalsOf = async (job: MemoryJob) => {
  const { events } = await annotationOf(job).fetchHistory();
  const headers = (events ?? []).flatMap((event) => [
    event.workflowExecutionStartedEventAttributes?.header ?? [],
    event.activityTaskScheduledEventAttributes?.header ?? [],
  ]);
  return headers.flat().map(({ fields }) => principalFromHeaders(fields ?? {}));
};

it('starts the jobs that have no saga, each once and in the name of its owner', async () => {
  const jobs = [world.submit(), world.submit()];
  expect(await tend()).toEqual({ found: 2, started: 2, cancelled: 0 });
  for (const job of jobs) {
    expect(await annotationOf(job).result()).toBe('archived');
    expect(illegalities(world, job.jobId)).toEqual([]);
    const principals = await principalsOf(job);
    const owner = { kind: 'user', userId: job.userId, organizationId: job.organizationId };
    expect(principals).toEqual(principals.map(() => owner));
    // The start, the engine, the mail and the archive.
    expect(principals.length).toBeGreaterThan(3);
    // As though the record had been lost: the saga has ended well, and is not run again.
    job.status = 'PENDING';
  }
  expect(await tend()).toEqual({ found: 2, started: 0, cancelled: 0 });
});
