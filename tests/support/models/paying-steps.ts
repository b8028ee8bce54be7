// What the gateway, the payment service and the store tell the sagas of paying, on skipped time.

import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { workflowIds, type JobId, type UserId } from '../../../domain/ids.ts';
import { TASK_QUEUES } from '../../../domain/queues.ts';
import type { annotateThenArchive } from '../../../workflows/annotate-then-archive/workflow.ts';
import { retrievedSignal } from '../../../workflows/restore-result/messages.ts';
import type { restoreResult } from '../../../workflows/restore-result/workflow.ts';
import {
  billingChangedSignal,
  cancelSubscriptionUpdate,
  openCheckoutUpdate,
  UPGRADE_THEN_RESTORE,
} from '../../../workflows/upgrade-then-restore/messages.ts';
import type { upgradeThenRestore } from '../../../workflows/upgrade-then-restore/workflow.ts';
import type { World } from './world.ts';

export interface PayingSteps {
  annotation(jobId: JobId): Promise<WorkflowHandle<typeof annotateThenArchive>>;
  subscription(userId: UserId): WorkflowHandle<typeof upgradeThenRestore>;
  /** Started as the gateway does it, when the owner tries again. */
  restore(jobId: JobId): Promise<WorkflowHandle<typeof restoreResult>>;
  openCheckout(userId: UserId): Promise<{ checkoutUrl: string; expiresAt: string }>;
  cancel(userId: UserId, at: 'now' | 'period_end'): Promise<void>;
  /** The payment service has said something. */
  tell(userId: UserId): Promise<WorkflowHandle<typeof upgradeThenRestore>>;
  /** The store has said that the copy can be read. */
  tellRetrieved(jobId: JobId): Promise<void>;
  /** Lets time pass. */
  sleep(seconds: number): Promise<void>;
  /** How the user's saga ended; `threw …` when it failed. */
  ending(userId: UserId): Promise<string>;
  /** Opens a page, pays it, and tells the saga. */
  upgrade(userId: UserId): Promise<void>;
}

export function payingSteps(world: World, environment: TestWorkflowEnvironment): PayingSteps {
  const { workflow } = environment.client;
  world.useClock(() => environment.currentTimeMs());
  const queue = { taskQueue: TASK_QUEUES.orchestration };
  const withStart = (userId: UserId) =>
    new WithStartWorkflowOperation<typeof upgradeThenRestore>(UPGRADE_THEN_RESTORE, {
      ...queue,
      workflowId: workflowIds.subscription(userId),
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ userId }],
    });

  const tellOnce = (userId: UserId) =>
    workflow.signalWithStart<typeof upgradeThenRestore>(UPGRADE_THEN_RESTORE, {
      ...queue,
      workflowId: workflowIds.subscription(userId),
      args: [{ userId }],
      signal: billingChangedSignal,
      signalArgs: [],
    });

  const stage: PayingSteps = {
    annotation: (jobId) =>
      workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
        ...queue,
        workflowId: workflowIds.annotation(jobId),
        args: [{ jobId }],
      }),
    subscription: (userId) => workflow.getHandle<typeof upgradeThenRestore>(workflowIds.subscription(userId)),
    restore: (jobId) =>
      workflow.start<typeof restoreResult>('restoreResult', {
        ...queue,
        workflowId: workflowIds.restore(jobId),
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [{ jobId }],
      }),
    openCheckout: (userId) =>
      workflow.executeUpdateWithStart(openCheckoutUpdate, { startWorkflowOperation: withStart(userId) }),
    cancel: (userId, at) =>
      workflow.executeUpdateWithStart(cancelSubscriptionUpdate, {
        args: [{ at }],
        startWorkflowOperation: withStart(userId),
      }),
    tell: (userId) =>
      tellOnce(userId).catch((error: unknown) => {
        // Of two at once that both find no saga, this server refuses the second one; the real server signals it.
        if (error instanceof WorkflowExecutionAlreadyStartedError) return tellOnce(userId);
        throw error;
      }),
    tellRetrieved: async (jobId) => {
      // A saga that is not there has no use for the notice.
      await workflow
        .getHandle(workflowIds.restore(jobId))
        .signal(retrievedSignal)
        .catch(() => {});
    },
    sleep: async (seconds) => {
      await environment.sleep(Math.round(seconds * 1000));
      await world.tick();
    },
    ending: (userId) =>
      stage
        .subscription(userId)
        .result()
        .catch((error: unknown) => `threw ${error instanceof Error ? error.name : String(error)}`),
    upgrade: async (userId) => {
      await stage.openCheckout(userId);
      world.billing.payAs(userId);
      await stage.tell(userId);
    },
  };
  return stage;
}
