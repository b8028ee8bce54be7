// Every branch of every saga, as a way to bring it about in a world on skipped time. Their recorded histories are in
// `histories/VERSION/`; a changed workflow must replay them all, of every version.

import type { Client, WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import { setRetentionUpdate } from '../../workflows/annotate-then-archive/messages.ts';
import type { cleanUp } from '../../workflows/clean-up/workflow.ts';
import type { eraseData } from '../../workflows/erase-data/workflow.ts';
import type { tendJobs } from '../../workflows/tend-jobs/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { payingBranches } from './paying-branches.ts';
import { reviewBranches } from './review-branches.ts';
import { scheduleBranches, type ScheduledModel } from './schedule-branches.ts';
import { RETENTION_SECONDS, type ActivityName, type World } from '../support/models/world.ts';

export interface Stage {
  world: World;
  scheduled: ScheduledModel;
  environment: TestWorkflowEnvironment;
}

/** Runs a branch to its end; answers the workflow whose history it is. */
export type Branch = (stage: Stage) => Promise<WorkflowHandle>;

const annotation = (client: Client, job: MemoryJob) =>
  client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });

const erasure = (client: Client, job: MemoryJob) => {
  job.isEraseRequested = true;
  return client.workflow.start<typeof eraseData>('eraseData', {
    workflowId: workflowIds.erasure(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
};

/** Failed and cancelled workflows have histories too. */
const ended = async <H extends WorkflowHandle>(handle: H): Promise<H> => {
  await handle.result().catch(() => {});
  return handle;
};

const annotated =
  (plan: 'free' | 'premium', prepare: (world: World, job: MemoryJob) => void = () => {}): Branch =>
  async ({ world, environment }) => {
    const job = world.submit(plan);
    prepare(world, job);
    return ended(await annotation(environment.client, job));
  };

const cancelledAt =
  (name: ActivityName): Branch =>
  async ({ world, environment: { client } }) => {
    const job = world.submit('free');
    world.on(name, async () => {
      if (world.worksUntilCancelled) return;
      world.worksUntilCancelled = true;
      if (job.status !== 'COMPLETED') job.isCancelRequested = true;
      await client.workflow.getHandle(workflowIds.annotation(job.jobId)).cancel();
    });
    return ended(await annotation(client, job));
  };

const annotationBranches: Record<string, Branch> = {
  'annotation-archived': annotated('free'),
  'annotation-kept-premium': annotated('premium'),
  'annotation-upgraded-while-waiting': async ({ world, environment }) => {
    const job = world.submit('free');
    const handle = await annotation(environment.client, job);
    await environment.sleep((RETENTION_SECONDS - 10) * 1000);
    world.records.setPlan(job.jobId, 'premium');
    return ended(handle);
  },
  'annotation-retention-changed': async ({ world, environment }) => {
    const handle = await annotation(environment.client, world.submit('free'));
    await environment.sleep(60_000);
    await handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 1000 }] });
    await environment.sleep(60_000);
    await handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 5 }] });
    return ended(handle);
  },
  'annotation-retried': annotated('free', (world) => {
    world.fail('records.job.start', { kind: 'transient' });
    world.fail('engine.input.annotate', { kind: 'transient' });
    world.fail('records.job.complete', { kind: 'transient', when: 'after' });
    world.fail('storage.result.archive', { kind: 'transient' });
    world.fail('records.archive.finish', { kind: 'transient', when: 'after' });
  }),
  'annotation-input-refused': annotated('free', (world) =>
    world.fail('engine.input.annotate', { kind: 'permanent', type: 'input_unsorted' }),
  ),
  'annotation-engine-failed': annotated('free', (world) => world.fail('engine.input.annotate', { kind: 'permanent' })),
  'annotation-failed-and-not-undone': annotated('free', (world) => {
    world.fail('engine.input.annotate', { kind: 'permanent' });
    world.fail('storage.result.discard', { kind: 'permanent' });
    world.fail('mail.annotation.send', { kind: 'permanent' });
  }),
  'annotation-cancelled-before-start': annotated('free', (_world, job) => {
    job.isCancelRequested = true;
  }),
  // The one above was recorded when an annotation that did not begin was not found by its status yet.
  'annotation-cancelled-before-start-and-found': annotated('free', (_world, job) => {
    job.isCancelRequested = true;
  }),
  'annotation-ended-before': annotated('free', (_world, job) => {
    job.status = 'FAILED';
  }),
  'annotation-cancelled-while-annotating': cancelledAt('engine.input.annotate'),
  'annotation-cancelled-while-completing': cancelledAt('records.job.complete'),
  'annotation-cancelled-while-archiving': cancelledAt('storage.result.archive'),
  'annotation-archive-failed': annotated('free', (world) =>
    world.fail('storage.result.archive', { kind: 'permanent', when: 'after' }),
  ),
  'annotation-erased-while-archiving': async ({ world, environment }) => {
    const job = world.submit('free');
    let erased: WorkflowHandle | undefined;
    const erasing = new Promise<void>((resolve) => world.on('storage.job.erase', resolve));
    world.on('storage.result.archive', async () => {
      erased ??= await erasure(environment.client, job);
      await erasing;
    });
    const handle = await ended(await annotation(environment.client, job));
    if (erased) await ended(erased);
    return handle;
  },
  'annotation-run-again': async ({ world, environment }) => {
    const job = world.submit('free');
    job.status = 'COMPLETED';
    return ended(await annotation(environment.client, job));
  },
  'erasure-of-a-result': async ({ world, environment }) => {
    const job = world.submit('premium');
    await ended(await annotation(environment.client, job));
    return ended(await erasure(environment.client, job));
  },
  'erasure-waits-for-the-job': async ({ world, environment }) => {
    const job = world.submit('free');
    job.isCancelRequested = true;
    const handle = await erasure(environment.client, job);
    await environment.sleep('15 minutes');
    await ended(await annotation(environment.client, job));
    return ended(handle);
  },
  'tend-jobs': async ({ world, environment }) => {
    world.records.clear();
    const job = world.submit('free');
    const handle = await ended(
      await environment.client.workflow.start<typeof tendJobs>('tendJobs', {
        workflowId: `tend-jobs-${randomUUID()}`,
        taskQueue: TASK_QUEUES.orchestration,
      }),
    );
    // A workflow left behind would be found by the workers of the next test, who do not know its job.
    await ended(environment.client.workflow.getHandle(workflowIds.annotation(job.jobId)));
    return handle;
  },
  'clean-up': async ({ environment }) =>
    ended(
      await environment.client.workflow.start<typeof cleanUp>('cleanUp', {
        workflowId: `clean-up-${randomUUID()}`,
        taskQueue: TASK_QUEUES.orchestration,
      }),
    ),
};

/** Of the first, all can follow one another on one time-skipping server; each of the others needs a server of its own. */
export const families: Record<string, Record<string, Branch>> = {
  annotation: annotationBranches,
  paying: payingBranches,
  review: reviewBranches,
  schedules: scheduleBranches,
};

export const branches: Record<string, Branch> = Object.assign({}, ...Object.values(families));
