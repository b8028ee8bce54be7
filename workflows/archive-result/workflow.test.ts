// Archiving a result apart from its annotation, on skipped time: what an earlier saga left half-way is ended, and at no
// moment is there no whole copy.

import type { WorkflowHandle } from '@temporalio/client';
import { expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { useSagaStage } from '../../tests/support/models/use-stage.ts';
import { illegalities } from '../../tests/support/models/world.ts';
import type { archiveResult } from './workflow.ts';

const stage = useSagaStage();
const { world } = stage;

const handleOf = (job: MemoryJob): WorkflowHandle =>
  stage.saga.environment.client.workflow.getHandle(workflowIds.archive(job.jobId));

const run = async (job: MemoryJob, generation = 1): Promise<string> => {
  const handle = await stage.saga.environment.client.workflow.start<typeof archiveResult>('archiveResult', {
    workflowId: workflowIds.archive(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId, generation }],
  });
  return handle.result().catch((error: unknown) => `threw ${error instanceof Error ? error.name : String(error)}`);
};

const live = () => world.plant(world.addUser('free'), 'live');

/** The live copy is gone, and the record does not say so yet. */
const leftHalfWay = async () => {
  const job = await live();
  world.fail('records.archive.finish', { kind: 'permanent' });
  expect(await run(job)).toBe('threw WorkflowFailedError');
  expect(job.resultState).toBe('archiving');
  world.fail('records.archive.finish', { kind: 'transient', times: 0 });
  return job;
};

it("archives a Free owner's result, and keeps a Premium owner's", async () => {
  const job = await live();
  expect(await run(job)).toBe('archived');
  expect(illegalities(world, job.jobId)).toEqual([]);
  const kept = await world.plant(world.addUser('premium'), 'live');
  expect(await run(kept)).toBe('kept: the plan keeps results');
  expect(illegalities(world, kept.jobId)).toEqual([]);
});

it('of another generation does nothing', async () => {
  const job = await live();
  expect(await run(job, 7)).toBe('kept: the result was moved or erased meanwhile');
  expect(job.resultState).toBe('live');
});

it('ends what was left half-way', async () => {
  const job = await leftHalfWay();
  expect(await run(job)).toBe('archived');
  expect(illegalities(world, job.jobId)).toEqual([]);
});

it('loses nothing of it when the store fails for good, and can be ended', async () => {
  const job = await leftHalfWay();
  world.fail('storage.result.archive', { kind: 'permanent' });
  expect(await run(job)).toBe('threw WorkflowFailedError');
  expect(world.store.keys('results')).toContain(`archive/${job.jobId}/2`);
  world.fail('storage.result.archive', { kind: 'transient', times: 0 });
  expect(await run(job)).toBe('archived');
  expect(illegalities(world, job.jobId)).toEqual([]);
});

it('loses nothing of it when it is cancelled', async () => {
  const job = await leftHalfWay();
  let isDone = false;
  world.on('storage.result.archive', async () => {
    if (isDone) return;
    isDone = true;
    await handleOf(job).cancel();
  });
  expect(await run(job)).toBe('archived');
  expect(illegalities(world, job.jobId)).toEqual([]);
});
