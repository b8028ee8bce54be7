// What our saga is measured against: workflows of the same shape that do nothing beside it.

import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { BareActivities } from './activities.ts';

export interface BareJob {
  /** What stands in the place of the engine: nothing, or the pipeline as one would type it. */
  engineStep: 'bare.engine.nothing' | 'bare.engine.pipeline';
  /** With the two short database steps around the engine, as local activities that do nothing. */
  hasLocalSteps: boolean;
  engineQueue: string;
  ioQueue: string;
}

export async function bareJob({ engineStep, hasLocalSteps, engineQueue, ioQueue }: BareJob): Promise<void> {
  const local = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '20 seconds' });
  const engine = proxyActivities<BareActivities>({
    taskQueue: engineQueue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '15 seconds',
  });
  const io = proxyActivities<BareActivities>({ taskQueue: ioQueue, startToCloseTimeout: '1 minute' });
  const { workflowId } = workflowInfo();

  if (hasLocalSteps) await local['bare.job.start']();
  await engine[engineStep]();
  if (hasLocalSteps) await local['bare.job.complete'](workflowId);
  await io['bare.mail.send'](workflowId);
}
