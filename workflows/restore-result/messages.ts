// What the saga `restore/<jobId>` is started with, answers, and can be told.

import { defineSignal } from '@temporalio/workflow';
import type { JobId } from '../../domain/ids.ts';

export const RESTORE_RESULT = 'restoreResult';

export interface RestoreResultInput {
  jobId: JobId;
}

export type RestoreResultOutcome =
  | 'restored'
  | 'failed: the result stays in the archive'
  | 'cancelled: the result stays in the archive'
  | 'nothing to restore'
  | 'refused: the plan archives results';

/** The store says that the archived copy can be read now; a hint, the store is asked. */
export const retrievedSignal = defineSignal('retrieved');
