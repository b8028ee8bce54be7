// Workers that are restarted in the middle of a review: on the real server, because the SDK's workers do not survive it on
// the time-skipping one while local activities run.

import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds, type SampleId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import { DELIVERY_REVIEW, directUpdate } from '../../workflows/delivery-review/messages.ts';
import { decideUpdate } from '../../workflows/review-sample/messages.ts';
import { refusalOf, reviewIllegalities } from '../support/models/review-illegalities.ts';
import { createWorld } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
let workers: Worker[] = [];
let running: Promise<unknown> = Promise.resolve();
beforeAll(async () => {
  own = await openNamespace('review-restart', world.activities);
});
afterAll(async () => {
  await stopWorkers();
  await own?.close();
});

const startWorkers = async () => {
  // What a worker that died had in its cache goes to another at once.
  const options = { stickyQueueScheduleToStartTimeout: '100 milliseconds' };
  workers = await Promise.all([own.worker(TASK_QUEUES.orchestration, options), own.worker(TASK_QUEUES.io)]);
  running = Promise.all(workers.map((worker) => worker.run()));
};
const stopWorkers = async () => {
  for (const worker of workers.splice(0)) worker.shutdown();
  await running;
};
const restart = async () => {
  await stopWorkers();
  await startWorkers();
};

it('go on where the others were: nothing decided is forgotten, and nothing is decided twice', async () => {
  const { laboratory } = world.review;
  const people = {
    technical: laboratory.addMember('technical'),
    licensed: laboratory.addMember('licensed'),
    director: laboratory.addMember('director'),
  };
  const job = await world.plant(laboratory.addMember('member').userId, 'live');
  const sample: SampleId = world.review.addSample(job);
  const delivery = world.review.addDelivery([sample], { endpoints: [() => 'takes'] });
  const { workflow } = own.client;
  const decide = async (level: ReviewLevel, by = people[level]) => {
    const authenticatedAt = new Date().toISOString();
    const resultChecksum = job.result?.sha256 ?? '';
    const signed = { level, decision: 'accept' as const, resultChecksum, authenticatedAt };
    return workflow
      .getHandle(workflowIds.review(sample))
      .executeUpdate(decideUpdate, { args: [{ reviewer: by, signed }] });
  };

  await startWorkers();
  await workflow.start(DELIVERY_REVIEW, {
    taskQueue: TASK_QUEUES.orchestration,
    workflowId: workflowIds.delivery(delivery),
    args: [{ delivery }],
  });
  await expect.poll(() => world.calls.some(({ name }) => name === 'records.review.find')).toBe(true);
  await decide('technical');
  await restart();
  expect(await refusalOf(decide('licensed', people.technical))).toBe('same_person');
  await decide('licensed');
  // One that is sent while nobody works is answered by who comes next.
  await stopWorkers();
  const late = decide('director');
  await startWorkers();
  expect(await late).toEqual({ state: 'accepted', level: 'director' });
  await expect.poll(() => world.review.delivery(delivery).state).toBe('ready');
  await restart();
  const handle = workflow.getHandle(workflowIds.delivery(delivery));
  await handle.executeUpdate(directUpdate, { args: [{ director: people.director, act: 'release' }] });
  await expect.poll(() => world.review.delivery(delivery).state).toBe('released');
  expect(world.review.tables.decisions.map(({ level }) => level)).toEqual(['technical', 'licensed', 'director']);
  expect(reviewIllegalities(world, delivery)).toEqual([]);
  await handle.terminate('the test is over');
});
