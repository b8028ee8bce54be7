// Run by the Schedule `reconcile-store` on queue `orchestration`: holds every result that rests against what the store has.
// What the store has lost no saga can bring back: it is written into the audit log once, and counted in the answer.

import { ActivityCancellationType, continueAsNew, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { StorageActivities } from '../../activities/storage/activities.ts';
import type { Finding } from '../../activities/storage/comparison.ts';
import type { JobId } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { records } from '../activities.ts';

const PAGE = 500;

/** A page is some hundred requests to the store; the next run comes tomorrow. */
const storage = proxyActivities<Pick<StorageActivities, 'storage.results.compare'>>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '2 hours',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

export interface ReconcileStoreReport {
  compared: number;
  findings: Partial<Record<Finding['kind'], number>>;
}

export async function reconcileStore(
  carried: { after: JobId | null; report: ReconcileStoreReport } = {
    after: null,
    report: { compared: 0, findings: {} },
  },
): Promise<ReconcileStoreReport> {
  const { report } = carried;
  let { after } = carried;
  for (;;) {
    const page = await storage['storage.results.compare']({ after, limit: PAGE });
    report.compared += page.compared;
    for (const { jobId, kind } of page.findings) {
      report.findings[kind] = (report.findings[kind] ?? 0) + 1;
      const { isNew } = await records['records.result.report']({ jobId, finding: kind });
      if (isNew) log.error('The store does not have a result as it is recorded', { jobId, kind });
    }
    after = page.next;
    if (after === null) return report;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof reconcileStore>({ after, report });
  }
}
