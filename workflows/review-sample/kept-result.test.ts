// What is under review is not archived. On a server of its own: what other reviews leave behind could keep it from skipping.

import { expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage } from '../../tests/support/models/own-review-stage.ts';
import { RETENTION_SECONDS } from '../../tests/support/models/world.ts';
import { ANNOTATE_THEN_ARCHIVE } from '../annotate-then-archive/messages.ts';

const stage = useReviewStage();
const { world } = stage;

it("a Free owner's result outlives its retention while the delivery is open, and not for ever", async () => {
  const owner = world.review.laboratory.addMember('member', 'free');
  const job = world.submit('free', owner.userId);
  const annotation = await stage.saga.environment.client.workflow.start(ANNOTATE_THEN_ARCHIVE, {
    taskQueue: TASK_QUEUES.orchestration,
    workflowId: workflowIds.annotation(job.jobId),
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(() => job.resultState).toBe('live');
  const given = await stage.deliver([world.review.addSample(job)]);
  await stage.sleep(2 * RETENTION_SECONDS);
  expect(await annotation.result()).toBe('kept: the plan keeps results');
  expect(job.resultState).toBe('live');
  await stage.acceptUpTo(given.sample, 'director');
  expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  const unsettled = async () =>
    (await world.activities['records.result.listUnsettled']()).filter(({ jobId }) => jobId === job.jobId);
  expect(await unsettled()).toEqual([]);
  await stage.becomes(given.delivery, 'ready');
  await stage.direct(given.delivery, 'recall');
  await given.handle.result();
  expect(await unsettled()).toMatchObject([{ jobId: job.jobId, needs: 'archive' }]);
  job.resultState = 'deleted';
});
