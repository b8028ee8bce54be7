// How the gateway speaks to `subscription/<userId>` and `restore/<jobId>`. The first runs only while there is something
// to do, so that every message goes with its start.

import {
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { UserPrincipal } from '../db/identity.ts';
import { workflowIds, type JobId, type UserId } from '../domain/ids.ts';
import { priorityKey } from '../domain/plans.ts';
import { system } from '../domain/principal.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { actingAs } from '../temporal/client.ts';
import { RESTORE_RESULT, type RestoreResultInput } from '../workflows/restore-result/messages.ts';
import {
  billingChangedSignal,
  cancelSubscriptionUpdate,
  openCheckoutUpdate,
  openPortalUpdate,
  UPGRADE_THEN_RESTORE,
  type UpgradeThenRestoreInput,
} from '../workflows/upgrade-then-restore/messages.ts';
import { refusalOf, UPDATE_TIMEOUT_MS } from './update-refusals.ts';

export interface SubscriptionSagas {
  /**
   * The hosted payment page. Asked again while one is open, it answers the same.
   * @throws VarloomError `already_premium`, `billing_not_configured`, `unavailable`
   */
  openCheckout(principal: UserPrincipal): Promise<{ checkoutUrl: string; expiresAt: string }>;
  /** @throws VarloomError `no_subscription`, `unavailable` */
  cancelSubscription(principal: UserPrincipal, at: 'now' | 'period_end'): Promise<void>;
  /** @throws VarloomError `no_customer`, `unavailable` */
  openPortal(principal: UserPrincipal): Promise<{ portalUrl: string }>;
  /** The payment service says that something about the user may have changed. */
  tellBillingChanged(userId: UserId): Promise<void>;
  /** Starts the restore of one result, unless one is under way. */
  startRestore(principal: UserPrincipal, jobId: JobId): Promise<void>;
}

const SIGNAL_TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 3_000;
const UNANSWERED = 'The payment service has not answered yet. Nothing is lost or done twice by asking again.';

export function createSubscriptionSagas(client: Client): SubscriptionSagas {
  const within = <T>(timeoutMs: number, work: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + timeoutMs, work);

  async function update<Answer, Args extends unknown[]>(
    principal: UserPrincipal,
    definition: UpdateDefinition<Answer, Args>,
    args: Args,
  ): Promise<Answer> {
    const send = () =>
      client.workflow.executeUpdateWithStart(definition, {
        args,
        startWorkflowOperation: new WithStartWorkflowOperation(UPGRADE_THEN_RESTORE, {
          ...startOf(principal.userId),
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        }),
      });
    return actingAs(principal, () =>
      within(UPDATE_TIMEOUT_MS, async () => {
        try {
          return await send();
        } catch (error) {
          // The saga ended between being found and being told: the next one is told.
          if (error instanceof WorkflowNotFoundError) return send();
          throw error;
        }
      }),
    ).catch((error: unknown) => {
      throw refusalOf(error, UNANSWERED);
    });
  }

  return {
    openCheckout: (principal) => update(principal, openCheckoutUpdate, []),
    cancelSubscription: (principal, at) => update(principal, cancelSubscriptionUpdate, [{ at }]),
    openPortal: (principal) => update(principal, openPortalUpdate, []),

    tellBillingChanged: (userId) =>
      actingAs(system('stripe-webhook'), () =>
        within(SIGNAL_TIMEOUT_MS, async () => {
          await client.workflow.signalWithStart(UPGRADE_THEN_RESTORE, {
            ...startOf(userId),
            signal: billingChangedSignal,
          });
        }),
      ),

    startRestore: (principal, jobId) =>
      actingAs(principal, () =>
        within(START_TIMEOUT_MS, async () => {
          const input: RestoreResultInput = { jobId };
          try {
            await client.workflow.start(RESTORE_RESULT, {
              workflowId: workflowIds.restore(jobId),
              taskQueue: TASK_QUEUES.orchestration,
              args: [input],
              workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
              priority: priorityOf(principal.userId),
            });
          } catch (error) {
            if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
          }
        }),
      ),
  };
}

function startOf(userId: UserId) {
  const input: UpgradeThenRestoreInput = { userId };
  return {
    workflowId: workflowIds.subscription(userId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [input],
    priority: priorityOf(userId),
  };
}

/** Whoever pays, or is about to, is served before the Free plan's jobs. */
const priorityOf = (userId: UserId) => ({ priorityKey: priorityKey('premium'), fairnessKey: userId });
