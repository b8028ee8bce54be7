// Saga `erasure/<jobId>` on queue `orchestration`: erases input, result and log of a job wherever they are. Started by
// the gateway, which cancels a running job first; that job's saga signals when it has ended. The audit log stays.

import { condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import { records, storage } from '../activities.ts';
import { showDetails } from '../shown.ts';
import { annotationEndedSignal, type EraseDataInput } from './messages.ts';

export async function eraseData({ jobId }: EraseDataInput): Promise<void> {
  let hasEnded = false;
  setHandler(annotationEndedSignal, () => {
    hasEnded = true;
  });

  showDetails('Looking up whether the job has ended');
  let decision = await records['records.erasure.begin']({ jobId });
  while (decision.decision === 'wait') {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof eraseData>({ jobId });
    showDetails('Waits until the job has ended');
    // The signal is lost when it is sent before this saga starts.
    await condition(() => hasEnded, '10 minutes', { summary: 'Until the job has ended' });
    hasEnded = false;
    decision = await records['records.erasure.begin']({ jobId });
  }

  showDetails('Erasing input, result and log');
  await storage['storage.job.erase']({ jobId, inputFile: decision.inputFile });
  await records['records.erasure.finish']({ jobId });
  showDetails('Done');
}
