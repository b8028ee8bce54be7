// The workflows as a careless version might have them: running restores do not find the step that they began with.

import { setWorkflowOptions, sleep } from '@temporalio/workflow';
import { restoreResult as restore } from '../../../workflows/restore-result/workflow.ts';

export * from '../../../workflows/index.ts';

export async function restoreResult(...input: Parameters<typeof restore>): ReturnType<typeof restore> {
  await sleep(1);
  return restore(...input);
}
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, restoreResult);
