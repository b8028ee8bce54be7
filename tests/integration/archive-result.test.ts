// Archiving a result apart from its annotation, while that annotation is at it too: on the real server, because the
// time-skipping one now and then skips no more after one workflow has signalled another.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { setRetentionUpdate } from '../../workflows/annotate-then-archive/messages.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import type { archiveResult } from '../../workflows/archive-result/workflow.ts';
import { cancellation, createWorld, illegalities } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
beforeAll(async () => {
  own = await openNamespace('archive-result', world.activities);
  await own.serve();
});
afterAll(() => own?.close());

it('is left to the annotation that has begun it: what that one undoes would be the only copy', async () => {
  const job = world.submit('free');
  const taskQueue = TASK_QUEUES.orchestration;
  const annotation = await own.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue,
    args: [{ jobId: job.jobId }],
  });
  let outcome: string | undefined;
  world.around = async (name, _input, act) => {
    const done = await act();
    if (name !== 'storage.result.archive' || outcome !== undefined) return done;
    outcome = await own.client.workflow.execute<typeof archiveResult>('archiveResult', {
      workflowId: workflowIds.archive(job.jobId),
      taskQueue,
      args: [{ jobId: job.jobId, generation: 1 }],
    });
    // The annotation's saga takes its copy back.
    await annotation.cancel();
    return cancellation();
  };
  await expect.poll(() => job.status).toBe('COMPLETED');
  await annotation.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
  await annotation.result().catch(() => {});
  expect(outcome).toBe('kept: the result was moved or erased meanwhile');
  expect(job.resultState).toBe('live');
  expect(illegalities(world, job.jobId)).toEqual([]);
});
