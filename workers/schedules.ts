// The Temporal Schedules, made or brought up to date when an orchestration worker starts.

import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { ValueError } from '@temporalio/common';
import { scheduleIds } from '../domain/ids.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { shownAtStart } from '../temporal/shown-at-start.ts';
import type * as workflows from '../workflows/index.ts';

const schedules: ScheduleOptions[] = [
  schedule(scheduleIds.tendJobs, 'tendJobs', '30 seconds'),
  schedule(scheduleIds.tendSubscriptions, 'tendSubscriptions', '30 seconds'),
  schedule(scheduleIds.tendWebhooks, 'tendWebhooks', '30 seconds'),
  schedule(scheduleIds.tendDeliveries, 'tendDeliveries', '30 seconds'),
  schedule(scheduleIds.cleanUp, 'cleanUp', '1 hour'),
  schedule(scheduleIds.reconcile, 'reconcile', '1 hour'),
  schedule(scheduleIds.reconcileStore, 'reconcileStore', '1 day'),
  schedule(scheduleIds.auditCheckpoint, 'auditCheckpoint', '1 hour'),
];

function schedule(
  scheduleId: string,
  workflowType: keyof typeof workflows,
  every: '30 seconds' | '1 hour' | '1 day',
): ScheduleOptions {
  return {
    scheduleId,
    spec: { intervals: [{ every }] },
    // A run that is still busy will find what the next one would.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType,
      ...shownAtStart(workflowType, {}),
      workflowId: scheduleId,
      taskQueue: TASK_QUEUES.orchestration,
      workflowRunTimeout: '1 day',
    },
  };
}

export async function ensureSchedules(client: Client): Promise<void> {
  for (const options of schedules) {
    try {
      await client.schedule.create(options);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await bringUpToDate(client, options);
    }
  }
}

async function bringUpToDate(client: Client, options: ScheduleOptions): Promise<void> {
  const { spec, policies, action } = options;
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    await handle.update((current) => ({ ...current, spec, policies: { ...current.policies, ...policies }, action }));
  } catch (error) {
    // Nobody has the keys of its memo any more. That must not keep workers from starting.
    if (!(error instanceof ValueError)) throw error;
    await handle.delete();
    await client.schedule.create(options);
  }
}
