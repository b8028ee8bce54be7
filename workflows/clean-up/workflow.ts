// Run by the Schedule `clean-up` on queue `orchestration`: removes uploads that nobody submitted, half-made objects in
// the store, and directories that a dead engine worker left. Each sweep finds its own work and may be cut short.

import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { EngineActivities } from '../../activities/engine/activity.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { storage } from '../activities.ts';

/** Only a worker of this machine can sweep its disk, and the next run comes soon: not worth waiting for long. */
const engine = proxyActivities<Pick<EngineActivities, 'engine.staging.sweep'>>({
  taskQueue: TASK_QUEUES.engine,
  startToCloseTimeout: '5 minutes',
  scheduleToCloseTimeout: '15 minutes',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});

export interface CleanUpReport {
  uploadsRemoved: number;
  objectsRemoved: number;
  directoriesRemoved: number | 'no engine worker answered';
}

export async function cleanUp(): Promise<CleanUpReport> {
  const [uploads, results, staging] = await Promise.all([
    storage['storage.uploads.sweep'](),
    storage['storage.results.sweep'](),
    engine['engine.staging.sweep']().catch(() => undefined),
  ]);
  return {
    uploadsRemoved: uploads.removed,
    objectsRemoved: results.removed,
    directoriesRemoved: staging?.removed ?? 'no engine worker answered',
  };
}
