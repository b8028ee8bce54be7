// The erasure saga on skipped time: whatever the job is doing, in the end nothing of it is left.

import { expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { useSagaStage } from '../../tests/support/models/use-stage.ts';
import { illegalities } from '../../tests/support/models/world.ts';
import type { annotateThenArchive } from '../annotate-then-archive/workflow.ts';
import type { eraseData } from './workflow.ts';

const stage = useSagaStage();
const { world } = stage;

const annotate = (job: MemoryJob) =>
  stage.saga.environment.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });

const annotationOf = (job: MemoryJob) =>
  stage.saga.environment.client.workflow.getHandle(workflowIds.annotation(job.jobId));

/** As the gateway does it: recorded first, then a running job is cancelled. */
const erase = async (job: MemoryJob) => {
  job.isEraseRequested = true;
  if (job.status === 'RUNNING') await annotationOf(job).cancel();
  if (job.status === 'PENDING' || job.status === 'RUNNING') job.isCancelRequested = true;
  return stage.saga.environment.client.workflow.start<typeof eraseData>('eraseData', {
    workflowId: workflowIds.erasure(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
};

/** What is left of a job, and should not be. */
const leftOf = (job: MemoryJob): string[] => [
  ...(job.resultState === 'deleted' ? [] : [`the result is ${job.resultState}`]),
  ...world.store.keys('results').filter((key) => key.includes(job.jobId)),
  ...world.store.keys('inputs').filter((key) => key === job.inputFile),
  ...illegalities(world, job.jobId),
];

it('erases a live result', async () => {
  const job = world.submit('premium');
  await (await annotate(job)).result();
  await (await erase(job)).result();
  expect(leftOf(job)).toEqual([]);
});

it('erases an archived result', async () => {
  const job = world.submit('free');
  expect(await (await annotate(job)).result()).toBe('archived');
  await (await erase(job)).result();
  expect(leftOf(job)).toEqual([]);
});

it('erases a job that failed, input included', async () => {
  const job = world.submit('free');
  world.fail('engine.input.annotate', { kind: 'permanent', type: 'input_unsorted' });
  await (await annotate(job)).result();
  await (await erase(job)).result();
  expect(leftOf(job)).toEqual([]);
  expect(job.error?.message).toBe('The data of this job were erased.');
});

it('cancels a running job first, and is told when it has ended', async () => {
  const job = world.submit('free');
  world.worksUntilCancelled = true;
  let erasure: Awaited<ReturnType<typeof erase>> | undefined;
  const begun = new Promise<void>((resolve) => {
    world.on('engine.input.annotate', async () => {
      erasure = await erase(job);
      resolve();
    });
  });
  const annotation = await annotate(job);
  await begun;
  await erasure?.result();
  expect(await annotation.result()).toBe('cancelled');
  expect(leftOf(job)).toEqual([]);
});

it('erases a job whose saga has not begun, once it has ended', async () => {
  const job = world.submit('free');
  const erasure = await erase(job);
  await stage.saga.environment.sleep('10 minutes');
  expect(job.resultState).toBeNull();
  expect(await (await annotate(job)).result()).toBe('cancelled');
  await erasure.result();
  expect(leftOf(job)).toEqual([]);
});

it('wins against an archive that is under way', async () => {
  const job = world.submit('free');
  let erasure: Awaited<ReturnType<typeof erase>> | undefined;
  const erasing = new Promise<void>((resolve) => world.on('storage.job.erase', resolve));
  world.on('storage.result.archive', async () => {
    erasure ??= await erase(job);
    await erasing;
  });
  expect(await (await annotate(job)).result()).toBe('kept: the result was moved or erased meanwhile');
  await erasure?.result();
  expect(leftOf(job)).toEqual([]);
});

it('tries again when the store fails', async () => {
  const job = world.submit('premium');
  await (await annotate(job)).result();
  world.fail('storage.job.erase', { kind: 'transient', times: 3, when: 'after' });
  await (await erase(job)).result();
  expect(leftOf(job)).toEqual([]);
});
