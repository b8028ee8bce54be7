// An operator cancels a saga at the moment that Postgres decides, and an activity follows: on the real server, because the
// time-skipping one skips no more after an activity was cancelled that no worker had begun.

import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { setRetentionUpdate } from '../../workflows/annotate-then-archive/messages.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import type { restoreResult } from '../../workflows/restore-result/workflow.ts';
import { cancellation, createWorld, illegalities, type ActivityName } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
beforeAll(async () => {
  own = await openNamespace('cancelled', world.activities);
  await own.serve();
});
afterAll(() => own?.close());
afterEach(() => world.reset());

/** When the activity first begins. */
const cancelAt = (name: ActivityName, saga: () => WorkflowHandle | undefined) => {
  let isDone = false;
  world.on(name, async () => {
    if (isDone) return;
    isDone = true;
    await saga()?.cancel();
  });
};

it('to archive a result: it stays whole', async () => {
  const job = world.submit('free');
  const annotation = await own.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(() => job.status).toBe('COMPLETED');
  cancelAt('records.archive.begin', () => annotation);
  // The saga may hear of it a moment later.
  world.worksUntilCancelled = true;
  await annotation.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
  await expect(annotation.result()).rejects.toThrow('Workflow execution cancelled');
  expect(job).toMatchObject({ status: 'COMPLETED', resultState: 'live' });
  expect(illegalities(world, job.jobId)).toEqual([]);
});

it('to restore a result: it stays in the archive', async () => {
  const job = await world.plant(world.addUser('premium'), 'archived');
  const workflowId = workflowIds.restore(job.jobId);
  cancelAt('records.restore.begin', () => own.client.workflow.getHandle(workflowId));
  world.on('storage.result.retrieve', cancellation);
  const restore = await own.client.workflow.start<typeof restoreResult>('restoreResult', {
    workflowId,
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  expect(await restore.result()).toBe('cancelled: the result stays in the archive');
  expect(job.resultState).toBe('archived');
  expect(illegalities(world, job.jobId)).toEqual([]);
});
