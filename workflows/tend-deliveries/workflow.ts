// Run by the Schedule `tend-deliveries` on queue `orchestration`: starts the sagas of deliveries that were committed while
// Temporal could not be told, or whose saga was terminated; and those of reviews that were. A saga that runs, and is behind
// what Postgres holds, is told to look: Temporal may have lost what came last.

import {
  getExternalWorkflowHandle,
  startChild,
  WorkflowIdReusePolicy,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { UntendedDelivery, UntendedReview } from '../../activities/records/delivery-tending.ts';
import { workflowIds } from '../../domain/ids.ts';
import { actingFor } from '../acting.ts';
import { records } from '../activities.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { sampleClosedSignal } from '../delivery-review/messages.ts';
import { deliveryReview } from '../delivery-review/workflow.ts';
import { lookAgainSignal } from '../review-sample/messages.ts';
import { reviewSample } from '../review-sample/workflow.ts';

export interface TendDeliveriesReport {
  found: number;
  started: number;
  reviewsStarted: number;
}

export async function tendDeliveries(): Promise<TendDeliveriesReport> {
  const deliveries = await records['records.delivery.listUntended']();
  let started = 0;
  for (const delivery of deliveries) {
    if (await start(delivery)) started += 1;
    else if (delivery.isUnsettled) await tell(workflowIds.delivery(delivery.delivery), sampleClosedSignal);
  }
  let reviewsStarted = 0;
  for (const review of await records['records.review.listUntended']()) {
    if (await resume(review)) reviewsStarted += 1;
    else if (review.isReannotating) await tell(workflowIds.review(review.sample), lookAgainSignal);
  }
  return { found: deliveries.length, started, reviewsStarted };
}

/** One whose saga was terminated goes on from what Postgres holds. */
const start = ({ delivery, creator }: UntendedDelivery): Promise<boolean> =>
  started(creator, () =>
    startChild(deliveryReview, {
      ...onItsOwn,
      workflowId: workflowIds.delivery(delivery),
      args: [{ delivery }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    }),
  );

/** As the delivery's saga starts it; the sample may have been in another delivery before. */
const resume = ({ delivery, sample, creator }: UntendedReview): Promise<boolean> =>
  started(creator, () =>
    startChild(reviewSample, {
      ...onItsOwn,
      workflowId: workflowIds.review(sample),
      args: [{ delivery, sample }],
    }),
  );

/** One that ends at this moment needs not to be told. */
async function tell(workflowId: string, signal: SignalDefinition): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(signal)
    .catch(() => {});
}

/** False when it runs. */
const started = (creator: UntendedDelivery['creator'], begin: () => Promise<unknown>): Promise<boolean> =>
  startedNow(() => actingFor(creator, begin));
