// Run by the Schedule `reconcile` on queue `orchestration`: plans against the payment service, and results against what
// their owners' plans want. What differs is repaired by the sagas that would have done it, and counted in the answer.

import { log, proxyActivities, startChild } from '@temporalio/workflow';
import type { BillingActivities } from '../../activities/billing/contract.ts';
import type { UnsettledResult } from '../../activities/records/reconciliation.ts';
import { workflowIds, type UserId } from '../../domain/ids.ts';
import { known } from '../../temporal/shown-at-start.ts';
import { records } from '../activities.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { archiveResult } from '../archive-result/workflow.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { isRunning } from '../is-running.ts';
import { restoreResult } from '../restore-result/workflow.ts';
import { tellSubscription } from '../upgrade-then-restore/tell.ts';

/** The next run comes soon: a payment service that is down is not waited for. */
const billing = proxyActivities<Pick<BillingActivities, 'billing.accounts.list'>>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
});

type ListedPage = Awaited<ReturnType<BillingActivities['billing.accounts.list']>>;

export interface ReconcileReport {
  /** Accounts that the payment service listed. */
  accounts: number;
  /** Users whose record differed, or whose saga was overdue, and whose saga was told. */
  usersTold: number;
  restoresStarted: number;
  archivesStarted: number;
  /** True when the payment service could not be asked. */
  isPaymentServiceDown: boolean;
}

export async function reconcile(): Promise<ReconcileReport> {
  const report: ReconcileReport = {
    accounts: 0,
    usersTold: 0,
    restoresStarted: 0,
    archivesStarted: 0,
    isPaymentServiceDown: false,
  };
  const users = new Set<UserId>(await records['records.account.listOverdue']());
  try {
    let after: string | null = null;
    do {
      const page: ListedPage = await billing['billing.accounts.list']({ after });
      report.accounts += page.accounts.length;
      for (const id of await records['records.account.listDiffering']({ accounts: page.accounts })) users.add(id);
      after = page.next;
    } while (after !== null);
  } catch {
    report.isPaymentServiceDown = true;
    log.error('The payment service could not be asked for its subscriptions');
  }
  for (const userId of users) if (await tellSubscription(userId)) report.usersTold += 1;
  if (users.size > 0) log.warn('Subscriptions differed from what is recorded, or were overdue', { users: users.size });

  for (const result of await records['records.result.listUnsettled']()) {
    if (!(await settle(result))) continue;
    log.warn('A result was not where its owner’s plan wants it', { jobId: result.jobId, needs: result.needs });
    if (result.needs === 'restore') report.restoresStarted += 1;
    else report.archivesStarted += 1;
  }
  return report;
}

/** False when a saga moves the result already. */
async function settle({ jobId, generation, organizationId, needs }: UnsettledResult): Promise<boolean> {
  const facts = known({ OrganizationId: organizationId });
  switch (needs) {
    case 'restore':
      return startedNow(() =>
        startChild(restoreResult, {
          ...onItsOwn,
          ...facts,
          workflowId: workflowIds.restore(jobId),
          args: [{ jobId }],
        }),
      );
    case 'archive':
      return startArchive(generation);
    case 'resume':
      // The new saga would see this too, and end: it is looked at here so that the report counts only what is moved.
      if (await isRunning(workflowIds.annotation(jobId))) return false;
      return startArchive(generation - 1);
  }

  function startArchive(liveGeneration: number): Promise<boolean> {
    return startedNow(() =>
      startChild(archiveResult, {
        ...onItsOwn,
        ...facts,
        workflowId: workflowIds.archive(jobId),
        args: [{ jobId, generation: liveGeneration }],
      }),
    );
  }
}
