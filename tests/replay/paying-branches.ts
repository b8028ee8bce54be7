// The branches of paying, restoring and undoing both.

import type { WorkflowHandle } from '@temporalio/client';
import { vi } from 'vitest';
import { workflowIds, type UserId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { archiveResult } from '../../workflows/archive-result/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { payingSteps, type PayingSteps } from '../support/models/paying-steps.ts';
import { cancellation, type World } from '../support/models/world.ts';
import type { Branch, Stage } from './branches.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const PATIENCE = { timeout: 30_000 };

interface Scene extends Pick<Stage, 'world' | 'environment'> {
  steps: PayingSteps;
  userId: UserId;
  /** Two archived results and a live one. */
  jobs: [MemoryJob, MemoryJob, MemoryJob];
  paid: () => string;
}

/** What is played; then the user's saga, when it has ended. */
const subscription =
  (act: (scene: Scene) => Promise<unknown>): Branch =>
  async ({ world, environment }) => {
    const steps = payingSteps(world, environment);
    const userId = world.addUser();
    const plant = (state: 'live' | 'archived') => world.plant(userId, state);
    const jobs: Scene['jobs'] = [await plant('archived'), await plant('archived'), await plant('live')];
    const paid = () => world.billing.subscriptionsOf(userId)[0]?.subscriptionId ?? '';
    await act({ world, environment, steps, userId, jobs, paid });
    await steps.ending(userId);
    return steps.subscription(userId);
  };

/** Premium, and its saga has ended. */
const premium = async ({ steps, userId }: Scene) => {
  await steps.upgrade(userId);
  await steps.ending(userId);
  await steps.sleep(1);
};

/** The saga of one result of a Premium owner. */
const restore =
  (prepare: (world: World, job: MemoryJob, steps: PayingSteps) => void | Promise<void> = () => {}): Branch =>
  async ({ world, environment }) => {
    const steps = payingSteps(world, environment);
    const job = await world.plant(world.addUser('premium'), 'archived');
    await prepare(world, job, steps);
    return ended(await steps.restore(job.jobId));
  };

const archive =
  (plan: 'free' | 'premium', prepare: (world: World, job: MemoryJob) => void | Promise<void> = () => {}): Branch =>
  async ({ world, environment }) => {
    const job = await world.plant(world.addUser(plan), 'live');
    await prepare(world, job);
    return ended(
      await environment.client.workflow.start<typeof archiveResult>('archiveResult', {
        workflowId: workflowIds.archive(job.jobId),
        taskQueue: TASK_QUEUES.orchestration,
        args: [{ jobId: job.jobId, generation: 1 }],
      }),
    );
  };

const ended = async (handle: WorkflowHandle): Promise<WorkflowHandle> => {
  await handle.result().catch(() => {});
  return handle;
};

export const payingBranches: Record<string, Branch> = {
  'subscription-checkout-expired': subscription(({ steps, userId }) => steps.openCheckout(userId)),
  'subscription-checkout-given-up': subscription(async ({ steps, userId }) => {
    await steps.openCheckout(userId);
    await steps.cancel(userId, 'now');
  }),
  'subscription-declined-then-paid': subscription(async ({ world, steps, userId }) => {
    await steps.openCheckout(userId);
    world.billing.payAs(userId, 'declined');
    await steps.tell(userId);
    await steps.sleep(HOUR);
    await steps.upgrade(userId);
  }),
  'subscription-upgraded': subscription(({ steps, userId }) => steps.upgrade(userId)),
  // The one above was recorded when no saga took its organization from its record yet.
  'subscription-upgraded-and-found': subscription(({ steps, userId }) => steps.upgrade(userId)),
  'subscription-retried': subscription(async ({ world, steps, userId }) => {
    for (const name of ['billing.account.read', 'records.plan.upgrade', 'records.account.save'] as const) {
      world.fail(name, { kind: 'transient', when: 'after' });
    }
    await steps.upgrade(userId);
  }),
  'subscription-restore-failed': subscription(async ({ world, steps, userId, jobs }) => {
    world.fail('storage.result.restore', { kind: 'permanent', of: jobs[0].jobId });
    await steps.upgrade(userId);
  }),
  'subscription-plan-failed': subscription(async ({ world, steps, userId }) => {
    world.fail('records.plan.upgrade', { kind: 'permanent' });
    await steps.upgrade(userId);
  }),
  'subscription-paid-twice': subscription(async (scene) => {
    await premium(scene);
    const { world, steps, userId } = scene;
    const customerId = world.billing.customerOf(userId) ?? '';
    const { sessionId } = await world.billing.activities['billing.checkout.open']({ userId, customerId, act: 'lost' });
    world.billing.pay(sessionId);
    await steps.tell(userId);
  }),
  'subscription-called-off-half-way': subscription(async ({ world, steps, userId, jobs }) => {
    world.retrievalSeconds = 12 * HOUR;
    await steps.upgrade(userId);
    await steps.sleep(60);
    world.store.archive.completeRetrievals(jobs[0].archiveKey ?? '');
    await steps.tellRetrieved(jobs[0].jobId);
    await steps.sleep(60);
    await steps.cancel(userId, 'now');
  }),
  'subscription-cancelled-by-operator': subscription(async ({ world, steps, userId }) => {
    world.retrievalSeconds = 12 * HOUR;
    await steps.upgrade(userId);
    await steps.sleep(HOUR);
    await steps.subscription(userId).cancel();
    // Before time goes on: a restore that is cancelled in the moment in which its timer fires never ends on this server.
    await vi.waitFor(() => {
      const undone = world.calls.filter(({ name }) => name === 'records.restore.abandon');
      if (undone.length < 2) throw new Error('not undone yet');
    }, PATIENCE);
  }),
  'subscription-disputed-half-way': subscription(async ({ world, steps, userId, paid }) => {
    world.retrievalSeconds = 12 * HOUR;
    await steps.upgrade(userId);
    await steps.sleep(HOUR);
    world.billing.dispute(paid());
    await steps.tell(userId);
  }),
  'subscription-disputed': subscription(async (scene) => {
    await premium(scene);
    scene.world.billing.dispute(scene.paid());
    await scene.steps.tell(scene.userId);
  }),
  'subscription-ended-now': subscription(async (scene) => {
    await premium(scene);
    await scene.steps.cancel(scene.userId, 'now');
  }),
  'subscription-cancelled-at-period-end': subscription(async (scene) => {
    await premium(scene);
    await scene.steps.cancel(scene.userId, 'period_end');
  }),
  'subscription-period-ended': subscription(async (scene) => {
    await premium(scene);
    const { world, steps, userId, paid } = scene;
    await steps.cancel(userId, 'period_end');
    await steps.ending(userId);
    world.billing.endPeriod(paid());
    await steps.tell(userId);
  }),
  'subscription-grace-ended': subscription(async (scene) => {
    await premium(scene);
    scene.world.billing.failRenewal(scene.paid());
    await scene.steps.tell(scene.userId);
  }),
  'subscription-paid-in-grace': subscription(async (scene) => {
    await premium(scene);
    const { world, steps, userId, paid } = scene;
    world.billing.failRenewal(paid());
    await steps.tell(userId);
    await steps.sleep(4 * DAY);
    world.billing.payOverdue(paid());
    await steps.tell(userId);
  }),
  'subscription-upgraded-while-archiving': subscription(async (scene) => {
    await premium(scene);
    const { world, steps, userId, jobs } = scene;
    let begun = 0;
    world.on('storage.result.archive', async () => {
      begun += 1;
      // All are being copied: the time-skipping server skips no more when a copy is called off that no worker has begun.
      if (begun === jobs.length) await steps.upgrade(userId);
      await cancellation();
    });
    await steps.cancel(userId, 'now');
  }),
  'subscription-granted': subscription(async ({ world, steps, userId }) => {
    world.records.tables.user(userId).plan = 'premium';
    await steps.tell(userId);
  }),
  'subscription-granted-and-given-up': subscription(async ({ world, steps, userId }) => {
    world.records.tables.user(userId).plan = 'premium';
    await steps.cancel(userId, 'now');
  }),
  'restore-polled': restore((world) => void (world.retrievalSeconds = 4 * HOUR)),
  'restore-noticed': restore((world, job, steps) => {
    world.retrievalSeconds = 0;
    world.on('storage.result.retrieve', () => steps.tellRetrieved(job.jobId));
  }),
  'restore-forgotten': restore((world, job) => {
    let isForgotten = false;
    world.on('storage.result.checkRetrieval', () => {
      if (!isForgotten) world.store.archive.forgetRetrievals(job.archiveKey ?? '');
      isForgotten = true;
    });
  }),
  'restore-failed': restore((world) => world.store.damageNextCopy()),
  'restore-cancelled': async ({ world, environment }) => {
    world.retrievalSeconds = 12 * HOUR;
    const steps = payingSteps(world, environment);
    const job = await world.plant(world.addUser('premium'), 'archived');
    const handle = await steps.restore(job.jobId);
    await steps.sleep(HOUR);
    await handle.cancel();
    return ended(handle);
  },
  'restore-resumed': restore(async (world, job, steps) => {
    world.fail('records.restore.finish', { kind: 'permanent' });
    await ended(await steps.restore(job.jobId));
    world.fail('records.restore.finish', { kind: 'transient', times: 0 });
  }),
  'restore-of-a-live-result': restore((_world, job) => {
    job.resultState = 'live';
    job.archiveKey = null;
  }),
  'restore-refused': restore((world, job) => world.records.setPlan(job.jobId, 'free')),
  'restore-waits-for-the-archive': async ({ world, environment }) => {
    const steps = payingSteps(world, environment);
    const job = world.submit('free');
    let restoring: WorkflowHandle | undefined;
    world.on('storage.result.archive', async () => {
      world.records.setPlan(job.jobId, 'premium');
      restoring ??= await steps.restore(job.jobId);
    });
    await ended(await steps.annotation(job.jobId));
    if (!restoring) throw new Error('nothing was archived');
    return ended(restoring);
  },
  'archive-of-a-result': archive('free'),
  'archive-kept': archive('premium'),
  'archive-failed': archive('free', (world) => world.fail('storage.result.archive', { kind: 'permanent' })),
  'archive-resumed': archive('free', async (world, job) => {
    await world.records.activities['records.archive.begin']({ jobId: job.jobId, generation: 1 });
  }),
};
