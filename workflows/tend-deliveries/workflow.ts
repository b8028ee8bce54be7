// Run by the Schedule `tend-deliveries` on queue `orchestration`: starts the sagas of deliveries that were committed while
// Temporal could not be told, or whose saga was terminated; and those of reviews that were.

import { startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { UntendedDelivery, UntendedReview } from '../../activities/records/delivery-tending.ts';
import { workflowIds } from '../../domain/ids.ts';
import { actingFor } from '../acting.ts';
import { records } from '../activities.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { deliveryReview } from '../delivery-review/workflow.ts';
import { reviewSample } from '../review-sample/workflow.ts';

export interface TendDeliveriesReport {
  found: number;
  started: number;
  reviewsStarted: number;
}

export async function tendDeliveries(): Promise<TendDeliveriesReport> {
  const deliveries = await records['records.delivery.listUntended']();
  let started = 0;
  for (const delivery of deliveries) if (await start(delivery)) started += 1;
  let reviewsStarted = 0;
  for (const review of await records['records.review.listUntended']()) if (await resume(review)) reviewsStarted += 1;
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

/** False when it runs. */
const started = (creator: UntendedDelivery['creator'], begin: () => Promise<unknown>): Promise<boolean> =>
  startedNow(() => actingFor(creator, begin));
