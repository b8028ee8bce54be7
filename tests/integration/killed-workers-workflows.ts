// The engine's activity with a heartbeat timeout that a test can wait for: `killed-workers.test.ts`.

import * as wf from '@temporalio/workflow';
import type { AnnotateInput, AnnotateOutput, EngineActivities } from '../../activities/engine/activity.ts';

export async function annotateOnly(queue: string, input: AnnotateInput): Promise<AnnotateOutput> {
  const engine = wf.proxyActivities<Pick<EngineActivities, 'engine.input.annotate'>>({
    taskQueue: queue,
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '1 second',
    retry: { initialInterval: '100 milliseconds', backoffCoefficient: 1, maximumAttempts: 300 },
  });
  return engine['engine.input.annotate'](input);
}
