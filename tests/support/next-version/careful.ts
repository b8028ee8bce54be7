// The workflows as a next version might have them: two sagas take another step first, guarded by `patched`.

import { patched, setWorkflowOptions, sleep } from '@temporalio/workflow';
import { annotateThenArchive as annotate } from '../../../workflows/annotate-then-archive/workflow.ts';
import { restoreResult as restore } from '../../../workflows/restore-result/workflow.ts';

export * from '../../../workflows/index.ts';

export async function annotateThenArchive(...input: Parameters<typeof annotate>): ReturnType<typeof annotate> {
  if (patched('look-before-annotating')) await sleep(1);
  return annotate(...input);
}

export async function restoreResult(...input: Parameters<typeof restore>): ReturnType<typeof restore> {
  if (patched('look-before-restoring')) await sleep(1);
  return restore(...input);
}
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, restoreResult);
