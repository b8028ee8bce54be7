// Run by the Schedule `start-pending-jobs` on queue `orchestration`: starts the sagas of jobs that were committed, but
// whose gateway died before it could start them.

import { ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { workflowIds } from '../../domain/ids.ts';
import { priorityKey } from '../../domain/plans.ts';
import { records } from '../activities.ts';
import { annotateThenArchive } from '../annotate-then-archive/workflow.ts';

export async function startPendingJobs(): Promise<{ found: number; started: number }> {
  const jobs = await records['records.job.listPending']();
  let started = 0;
  for (const job of jobs) {
    try {
      await startChild(annotateThenArchive, {
        workflowId: workflowIds.annotation(job.jobId),
        args: [{ jobId: job.jobId }],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        priority: { priorityKey: priorityKey(job.plan), fairnessKey: job.userId },
      });
      started += 1;
    } catch (error) {
      // It is running, or has run: the job is only waiting for its turn.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
  return { found: jobs.length, started };
}
