// What the erasure saga is started with, and can be told.

import { defineSignal } from '@temporalio/workflow';
import type { JobId } from '../../domain/ids.ts';

export const ERASE_DATA = 'eraseData';

export interface EraseDataInput {
  jobId: JobId;
}

/** From the annotation saga, when the job whose data are to be erased has ended. */
export const annotationEndedSignal = defineSignal('annotationEnded');
