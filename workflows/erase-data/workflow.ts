// Saga `erasure/<jobId>` on queue `orchestration`: erases input, result and log of a job wherever they are. Started by
// the gateway; a running job is cancelled first, and its saga signals when it has ended. The audit log stays.

import { condition, getExternalWorkflowHandle, log, setHandler } from '@temporalio/workflow';
import { workflowIds } from '../../domain/ids.ts';
import { records, storage } from '../activities.ts';
import { annotationEndedSignal, type EraseDataInput } from './messages.ts';

export async function eraseData({ jobId }: EraseDataInput): Promise<void> {
  let hasEnded = false;
  setHandler(annotationEndedSignal, () => {
    hasEnded = true;
  });

  let decision = await records['records.erasure.begin']({ jobId });
  while (decision.decision === 'wait') {
    await cancelAnnotation(workflowIds.annotation(jobId));
    // The signal is lost when it is sent before this saga starts, or when the annotation's saga never ran.
    await condition(() => hasEnded, '1 minute');
    hasEnded = false;
    decision = await records['records.erasure.begin']({ jobId });
  }

  await storage['storage.job.erase']({ jobId, inputFile: decision.inputFile });
  await records['records.erasure.finish']({ jobId });
}

async function cancelAnnotation(workflowId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).cancel();
  } catch {
    log.info('The annotation is not running', { workflowId });
  }
}
