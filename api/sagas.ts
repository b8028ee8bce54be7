// How the gateway starts, signals and updates sagas. Every call may be repeated.

import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import type { UserPrincipal } from '../db/identity.ts';
import { VarloomError } from '../domain/errors.ts';
import { workflowIds, type JobId } from '../domain/ids.ts';
import { priorityKey, type Plan } from '../domain/plans.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { actingAs } from '../temporal/client.ts';
import { known } from '../temporal/shown-at-start.ts';
import {
  ANNOTATE_THEN_ARCHIVE,
  setRetentionUpdate,
  type AnnotateThenArchiveInput,
} from '../workflows/annotate-then-archive/messages.ts';
import { ERASE_DATA, type EraseDataInput } from '../workflows/erase-data/messages.ts';
import { createPartnerSagas, type PartnerSagas } from './partner-sagas.ts';
import { createRetrievalSagas, type RetrievalSagas } from './retrieval-sagas.ts';
import { createReviewSagas, type ReviewSagas } from './review-sagas.ts';
import { createSubscriptionSagas, type SubscriptionSagas } from './subscription-sagas.ts';

/** `genome` is what operators see; undefined where it is not at hand. */
export interface StartedAnnotation {
  jobId: JobId;
  plan: Plan;
  genome: string | undefined;
}

export interface Sagas extends SubscriptionSagas, RetrievalSagas, ReviewSagas, PartnerSagas {
  /** Starts the job's saga, unless it runs or has run. */
  startAnnotation(principal: UserPrincipal, job: StartedAnnotation): Promise<void>;
  /** For a job whose cancellation is recorded: the saga stops what it does, and ends the job. */
  cancelAnnotation(principal: UserPrincipal, job: StartedAnnotation): Promise<void>;
  startErasure(principal: UserPrincipal, jobId: JobId): Promise<void>;
  /** @throws VarloomError `job_finished` when there is nothing left to retain */
  setRetention(principal: UserPrincipal, jobId: JobId, retentionSeconds: number): Promise<void>;
  ping(): Promise<void>;
}

/** What a request waits for at the most; what is not done by then is done by the Schedules. */
const CALL_TIMEOUT_MS = 3_000;

export function createSagas(client: Client): Sagas {
  const call = <T>(principal: UserPrincipal, work: () => Promise<T>): Promise<T> =>
    actingAs(principal, () => client.connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, work));

  const startAnnotation: Sagas['startAnnotation'] = (principal, { jobId, plan, genome }) =>
    call(principal, async () => {
      const input: AnnotateThenArchiveInput = { jobId };
      try {
        await client.workflow.start(ANNOTATE_THEN_ARCHIVE, {
          workflowId: workflowIds.annotation(jobId),
          taskQueue: TASK_QUEUES.orchestration,
          args: [input],
          ...known({ Genome: genome, Plan: plan }),
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          // Fairness between users: one user's backlog does not delay another's.
          priority: { priorityKey: priorityKey(plan), fairnessKey: principal.userId },
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    });

  return {
    ...createSubscriptionSagas(client),
    ...createRetrievalSagas(client),
    ...createReviewSagas(client),
    ...createPartnerSagas(client),
    startAnnotation,

    async cancelAnnotation(principal, job) {
      // A saga that was never started is started now: it sees the recorded request, and ends the job.
      await startAnnotation(principal, job);
      await call(principal, async () => {
        try {
          await client.workflow.getHandle(workflowIds.annotation(job.jobId)).cancel();
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      });
    },

    startErasure: (principal, jobId) =>
      call(principal, async () => {
        const input: EraseDataInput = { jobId };
        await client.workflow.start(ERASE_DATA, {
          workflowId: workflowIds.erasure(jobId),
          taskQueue: TASK_QUEUES.orchestration,
          args: [input],
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        });
      }),

    setRetention: (principal, jobId, retentionSeconds) =>
      call(principal, async () => {
        try {
          const handle = client.workflow.getHandle(workflowIds.annotation(jobId));
          await handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds }] });
        } catch (error) {
          if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowNotFoundError) {
            throw new VarloomError('job_finished', 'There is no retention window to change.');
          }
          throw error;
        }
      }),

    async ping() {
      await client.connection.withDeadline(Date.now() + 3_000, () =>
        client.connection.workflowService.getSystemInfo({}),
      );
    },
  };
}
