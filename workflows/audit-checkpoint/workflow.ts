// Run by the Schedule `audit-checkpoint` on queue `orchestration`: a signed checkpoint in the store for every organization
// whose audit log has grown. One whose log became shorter gets none, and is reported at every run until someone looks.

import { ActivityCancellationType, log, proxyActivities } from '@temporalio/workflow';
import type { AuditActivities } from '../../activities/audit/activities.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';

const PAGE = 200;

/** A page is a few hundred small writes; what is not written within the hour, the next run writes. */
const audit = proxyActivities<AuditActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '55 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

export interface AuditCheckpointReport {
  written: number;
  /** Organizations whose audit log is not what it was at its last checkpoint. */
  faulty: number;
}

export async function auditCheckpoint(): Promise<AuditCheckpointReport> {
  const report: AuditCheckpointReport = { written: 0, faulty: 0 };
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<AuditActivities['audit.checkpoint.write']>> = await audit['audit.checkpoint.write']({
      after,
      limit: PAGE,
    });
    report.written += page.written;
    report.faulty += page.faulty.length;
    for (const organizationId of page.faulty) {
      log.error('The audit log is shorter than at its last checkpoint: run `npm run audit -- verify`', {
        organizationId,
      });
    }
    after = page.next;
  } while (after !== null);
  return report;
}
