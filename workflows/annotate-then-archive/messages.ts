// What the saga is started with, answers, and can be told.

import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { JobId, SampleId } from '../../domain/ids.ts';
import type { ArchiveOutcome } from '../archive.ts';

export const ANNOTATE_THEN_ARCHIVE = 'annotateThenArchive';

export interface AnnotateThenArchiveInput {
  jobId: JobId;
  /** The sample whose review waits for this annotation, and is told when it has ended. */
  review?: SampleId;
}

/** How the saga ended, for operators; the job's own record says it to the owner. */
export type AnnotateThenArchiveOutcome =
  ArchiveOutcome | 'cancelled' | 'failed: the input was refused' | 'ended before';

export const STEPS = ['registering', 'annotating', 'publishing', 'retaining', 'archiving', 'undoing', 'done'] as const;

export interface SagaProgress {
  step: (typeof STEPS)[number];
  /** When the retention window ends, in ISO 8601, while the saga waits for it. */
  retainedUntil: string | null;
}

export const progressQuery = defineQuery<SagaProgress>('progress');

/** Sets how long from now the result is retained; refused once the wait is over. Returns the new end in ISO 8601. */
export const setRetentionUpdate = defineUpdate<string, [{ retentionSeconds: number }]>('setRetention');
