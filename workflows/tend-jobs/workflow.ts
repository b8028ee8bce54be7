// Run by the Schedule `tend-jobs` on queue `orchestration`: brings Postgres and Temporal together again where a crash, an
// outage or an operator parted them. Starts the sagas of jobs that were committed while Temporal could not be told, or
// whose saga was terminated; repeats requests to cancel and to erase.

import {
  getExternalWorkflowHandle,
  log,
  startChild,
  WorkflowIdReusePolicy,
  type ChildWorkflowOptions,
} from '@temporalio/workflow';
import type { UntendedJob } from '../../activities/records/activities.ts';
import { organizationId, userId, workflowIds } from '../../domain/ids.ts';
import { priorityKey } from '../../domain/plans.ts';
import type { Principal } from '../../domain/principal.ts';
import { known } from '../../temporal/shown-at-start.ts';
import { actingFor } from '../acting.ts';
import { records } from '../activities.ts';
import { annotateThenArchive } from '../annotate-then-archive/workflow.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { continuingTrace } from '../continued-trace.ts';
import { eraseData } from '../erase-data/workflow.ts';

export interface TendJobsReport {
  found: number;
  started: number;
  cancelled: number;
}

export async function tendJobs(): Promise<TendJobsReport> {
  const jobs = await records['records.job.listUntended']();
  const report: TendJobsReport = { found: jobs.length, started: 0, cancelled: 0 };
  for (const job of jobs) {
    switch (job.needs) {
      case 'annotation':
        if (await startAnnotation(job)) report.started += 1;
        break;
      case 'cancellation':
        // One that starts now sees by itself that it is to be cancelled.
        if (await startAnnotation(job)) report.started += 1;
        else if (await cancelAnnotation(job)) report.cancelled += 1;
        break;
      case 'erasure':
        if (await startErasure(job)) report.started += 1;
        break;
    }
  }
  return report;
}

const startAnnotation = (job: UntendedJob): Promise<boolean> => {
  const { jobId, plan, genome, traceparent } = job;
  return started(job, () =>
    continuingTrace(traceparent, () =>
      startChild(annotateThenArchive, {
        ...orphan,
        workflowId: workflowIds.annotation(jobId),
        args: [{ jobId }],
        ...known({ Genome: genome, Plan: plan }),
        priority: { priorityKey: priorityKey(plan), fairnessKey: job.userId },
      }),
    ),
  );
};

const startErasure = (job: UntendedJob): Promise<boolean> =>
  started(job, () =>
    startChild(eraseData, { ...orphan, workflowId: workflowIds.erasure(job.jobId), args: [{ jobId: job.jobId }] }),
  );

/** The sagas outlive this run. One that ended well is not run again; one that was terminated or failed is. */
const orphan = {
  ...onItsOwn,
  workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
} satisfies Partial<ChildWorkflowOptions>;

/** False when it is running, or has ended well. It acts for the job's owner, as when the owner's own request started it. */
function started(job: UntendedJob, start: () => Promise<unknown>): Promise<boolean> {
  const owner = ownerOf(job);
  return startedNow(() => (owner ? actingFor(owner, start) : start()));
}

/** Undefined in a history that was recorded before the list named organizations. */
function ownerOf({ userId: user, organizationId: organization }: Partial<UntendedJob>): Principal | undefined {
  if (user === undefined || organization === undefined) return undefined;
  return { kind: 'user', userId: userId(user), organizationId: organizationId(organization) };
}

async function cancelAnnotation({ jobId }: UntendedJob): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(workflowIds.annotation(jobId)).cancel();
    return true;
  } catch {
    log.warn('The saga of a job that is to be cancelled has ended, and the job has not', { jobId });
    return false;
  }
}
