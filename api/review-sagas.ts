// How the gateway speaks to `delivery/<deliveryId>` and `review/<sampleId>`: acts of people are updates, whose refusals
// come back as the errors that they are.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type { UserPrincipal } from '../db/identity.ts';
import type { ActingUser } from '../db/revoked-sessions.ts';
import { VarloomError } from '../domain/errors.ts';
import { workflowIds, type DeliveryId, type SampleId } from '../domain/ids.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { isStandingRefusal, type DecisionRefusal, type DeliveryState } from '../domain/review.ts';
import { actingAs } from '../temporal/client.ts';
import { DELIVERY_REVIEW, directUpdate, type DeliveryReviewInput } from '../workflows/delivery-review/messages.ts';
import {
  claimUpdate,
  decideUpdate,
  lookAgainSignal,
  type DecideInput,
  type DecideOutcome,
} from '../workflows/review-sample/messages.ts';
import { refusalOf, UPDATE_TIMEOUT_MS } from './update-refusals.ts';

export interface ReviewAct {
  sample: SampleId;
  /** What Postgres has against the act now; undefined when nothing. */
  refusal: () => Promise<DecisionRefusal | undefined>;
}

export interface ReviewSagas {
  /** Starts the delivery's saga, unless it runs or has run. */
  startDelivery(principal: UserPrincipal, delivery: DeliveryId): Promise<void>;
  /** @throws VarloomError the refusals of a decision, `unavailable` */
  decide(principal: UserPrincipal, act: ReviewAct, signed: DecideInput['signed']): Promise<DecideOutcome>;
  /** @throws VarloomError `claimed`, `wrong_role`, `sign_in_again`, `sample_closed`, `unavailable` */
  claimReview(reviewer: ActingUser, act: ReviewAct, what: 'claim' | 'release'): Promise<void>;
  /**
   * Releases or recalls. Undefined when the saga has ended: then Postgres says how.
   * @throws VarloomError `wrong_role`, `sign_in_again`, `wrong_state`, `unavailable`
   */
  directDelivery(
    director: ActingUser,
    delivery: DeliveryId,
    what: 'release' | 'recall',
  ): Promise<DeliveryState | undefined>;
}

const START_TIMEOUT_MS = 3_000;
/** What a saga that has just been started has at the least to answer in. */
const ANSWERING_MS = 2_000;
const LOOK_MS = 50;
const UNANSWERED = 'The review has not answered yet. Open the sample again before you repeat the request.';

export function createReviewSagas(client: Client): ReviewSagas {
  /** @throws WorkflowNotFoundError, and VarloomError for what the saga refuses */
  const update = <Answer, Request>(
    principal: UserPrincipal,
    workflowId: string,
    definition: UpdateDefinition<Answer, [Request]>,
    request: Request,
    until = Date.now() + UPDATE_TIMEOUT_MS,
  ): Promise<Answer> =>
    actingAs(principal, () =>
      client.connection.withDeadline(until, () =>
        // A decision is recorded under the id of its update.
        client.workflow.getHandle(workflowId).executeUpdate(definition, { args: [request], updateId: randomUUID() }),
      ),
    ).catch((error: unknown) => {
      throw error instanceof WorkflowNotFoundError ? error : refusalOf(error, UNANSWERED);
    });

  /**
   * The saga may not be there yet; or the one that answers is of a delivery that was recalled, and about to end; or it
   * is behind Postgres, because Temporal has lost what came last, and looks again when it is told. All are over in a moment, or
   * in ten on a machine with too much to do: the request waits no longer for all of it than for an answer.
   */
  async function updateReview<Answer, Request>(
    principal: UserPrincipal,
    { sample, refusal }: ReviewAct,
    definition: UpdateDefinition<Answer, [Request]>,
    request: Request,
  ): Promise<Answer> {
    const until = Date.now() + UPDATE_TIMEOUT_MS;
    let isToldToLook = false;
    for (;;) {
      try {
        return await update(principal, workflowIds.review(sample), definition, request, until);
      } catch (error) {
        const isGone = error instanceof WorkflowNotFoundError;
        const isRefused = error instanceof VarloomError && isStandingRefusal(error.type);
        if (!isGone && !isRefused) throw error;
        const reason = await refusal();
        if (reason !== undefined) throw isRefused ? error : new VarloomError(reason, `Refused: ${reason}.`);
        if (Date.now() + ANSWERING_MS >= until) {
          throw new VarloomError('unavailable', 'The review is just beginning.', undefined, { cause: error });
        }
        if (isRefused && !isToldToLook) await tellToLook(principal, sample);
        isToldToLook ||= isRefused;
        await delay(LOOK_MS);
      }
    }
  }

  const tellToLook = (principal: UserPrincipal, sample: SampleId): Promise<void> =>
    actingAs(principal, () => client.workflow.getHandle(workflowIds.review(sample)).signal(lookAgainSignal)).catch(
      (error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      },
    );

  return {
    startDelivery: (principal, delivery) =>
      actingAs(principal, () =>
        client.connection.withDeadline(Date.now() + START_TIMEOUT_MS, async () => {
          const input: DeliveryReviewInput = { delivery };
          try {
            await client.workflow.start(DELIVERY_REVIEW, {
              workflowId: workflowIds.delivery(delivery),
              taskQueue: TASK_QUEUES.orchestration,
              args: [input],
              workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
              workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
            });
          } catch (error) {
            if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
          }
        }),
      ),

    decide: (principal, act, signed) => updateReview(principal, act, decideUpdate, { reviewer: principal, signed }),

    claimReview: (reviewer, act, what) => updateReview(reviewer, act, claimUpdate, { reviewer, act: what }),

    async directDelivery(director, delivery, what) {
      try {
        return await update(director, workflowIds.delivery(delivery), directUpdate, { director, act: what });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
  };
}
