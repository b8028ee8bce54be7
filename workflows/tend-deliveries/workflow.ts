// Run by the Schedule `tend-deliveries` on queue `orchestration`: starts the sagas of deliveries that were committed while
// Temporal could not be told, or whose saga was terminated.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { UntendedDelivery } from '../../activities/records/delivery-tending.ts';
import { workflowIds } from '../../domain/ids.ts';
import { actingFor } from '../acting.ts';
import { records } from '../activities.ts';
import { deliveryReview } from '../delivery-review/workflow.ts';

export interface TendDeliveriesReport {
  found: number;
  started: number;
}

export async function tendDeliveries(): Promise<TendDeliveriesReport> {
  const deliveries = await records['records.delivery.listUntended']();
  let started = 0;
  for (const delivery of deliveries) if (await start(delivery)) started += 1;
  return { found: deliveries.length, started };
}

/** False when it runs. One whose saga was terminated goes on from what Postgres holds. */
async function start({ delivery, creator }: UntendedDelivery): Promise<boolean> {
  try {
    await actingFor(creator, () =>
      startChild(deliveryReview, {
        workflowId: workflowIds.delivery(delivery),
        args: [{ delivery }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
