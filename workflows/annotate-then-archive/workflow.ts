// Saga 1, `annotation/<jobId>` on queue `orchestration`: annotate an input, tell the owner, wait out the retention
// window, and archive a Free owner's result. Started by the gateway or the Schedule `tend-jobs`; updated by
// whoever may change the retention; it signals `erasure/<jobId>` when the owner asked for erasure of a running job, and
// `review/<sampleId>` when a review waits for it.

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
} from '@temporalio/workflow';
import { workflowIds, type JobId, type SampleId } from '../../domain/ids.ts';
import { engine, mail, records, storage } from '../activities.ts';
import { archive } from '../archive.ts';
import { Compensations } from '../compensation.ts';
import { decided } from '../decided.ts';
import { annotationEndedSignal } from '../erase-data/messages.ts';
import { describeFailure, type DescribedFailure } from '../failure.ts';
import { reannotationEndedSignal } from '../review-sample/messages.ts';
import { progressQuery, type AnnotateThenArchiveInput, type AnnotateThenArchiveOutcome } from './messages.ts';
import { Retention } from './retention.ts';
import { ShownAnnotation } from './shown.ts';

export async function annotateThenArchive({
  jobId,
  review,
}: AnnotateThenArchiveInput): Promise<AnnotateThenArchiveOutcome> {
  const shown = new ShownAnnotation();
  setHandler(progressQuery, () => shown.progress);
  const retention = new Retention(jobId, shown.progress);
  const undo = new Compensations();

  let annotation: Annotation;
  try {
    annotation = await annotate(jobId, shown, undo);
  } catch (error) {
    annotation = isCancellation(error) ? { end: 'cancelled' } : { end: 'failed', reason: error };
  }
  switch (annotation.end) {
    case 'ended before':
      await tellReview(jobId, review);
      return 'ended before';
    case 'cancelled':
      await giveUp(jobId, shown, undo, undefined);
      await tellReview(jobId, review);
      return 'cancelled';
    case 'failed': {
      const failure = describeFailure(annotation.reason);
      await giveUp(jobId, shown, undo, failure);
      await tellReview(jobId, review);
      if (failure.isRefusal) return 'failed: the input was refused';
      throw annotation.reason;
    }
    case 'completed':
      await tellReview(jobId, review);
      break;
  }

  // The retention window begins when the owner has the result, however long the mail takes.
  const told = tellOwner(jobId, 'annotation.completed');
  try {
    shown.step('retaining');
    await retention.wait(annotation.retentionSeconds);
    shown.step('archiving');
    const outcome = await archive(jobId, annotation.generation);
    shown.step('done');
    return outcome;
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await told;
      await condition(allHandlersFinished);
    });
  }
}

type Annotation =
  | { end: 'completed'; generation: number; retentionSeconds: number }
  | { end: 'cancelled' }
  | { end: 'ended before' }
  | { end: 'failed'; reason: unknown };

async function annotate(jobId: JobId, shown: ShownAnnotation, undo: Compensations): Promise<Annotation> {
  const start = await decided(() => records['records.job.start']({ jobId }));
  if (start.decision === 'ended') {
    shown.endedBefore(start.shown);
    return { end: 'ended before' };
  }
  if (start.decision === 'cancel') return { end: 'cancelled' };

  shown.began(start.job.genome, start.shown);
  shown.step('annotating');
  undo.add({ what: 'remove what the engine published', run: () => storage['storage.result.discard']({ jobId }) });
  const annotated = await engine['engine.input.annotate'](start.job);

  shown.step('publishing');
  const completion = await decided(() =>
    records['records.job.complete']({
      jobId,
      result: {
        prefix: annotated.prefix,
        sizeBytes: annotated.vcf.sizeBytes,
        sha256: annotated.vcf.sha256,
        records: annotated.records,
      },
    }),
  );
  if (completion.decision === 'cancel') return { end: 'cancelled' };
  undo.clear();
  shown.ended('COMPLETED');
  return { end: 'completed', generation: completion.generation, retentionSeconds: completion.retentionSeconds };
}

/** Undoes everything and ends the job: CANCELLED when there is no failure. */
async function giveUp(
  jobId: JobId,
  shown: ShownAnnotation,
  undo: Compensations,
  failure: DescribedFailure | undefined,
): Promise<void> {
  shown.step('undoing');
  await CancellationScope.nonCancellable(async () => {
    // A job must end even when the store is down for days; the clean-up removes later what could not be undone now.
    await undo.run().catch(() => log.error('Not everything was undone', { jobId }));
    const end = await records['records.job.end']({
      jobId,
      end: failure ? { status: 'FAILED', error: failure.error } : { status: 'CANCELLED' },
    });
    if (end.status === 'FAILED') await tellOwner(jobId, 'annotation.failed');
    if (end.isErasureWaiting) await tellErasure(jobId);
    if (!shown.ended(end.status)) shown.endedBefore(end.shown);
    shown.step('done');
    await condition(allHandlersFinished);
  });
}

/** Never fails the saga: the result does not depend on the mail. */
function tellOwner(jobId: JobId, kind: 'annotation.completed' | 'annotation.failed'): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    try {
      await mail['mail.annotation.send']({ jobId, kind });
    } catch {
      log.error('The owner could not be told', { jobId, kind });
    }
  });
}

/** A review that waits for this annotation also looks by itself, now and then. */
async function tellReview(jobId: JobId, review: SampleId | undefined): Promise<void> {
  if (review === undefined) return;
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(workflowIds.review(review)).signal(reannotationEndedSignal, { jobId });
    } catch {
      log.info('No review to tell', { jobId });
    }
  });
}

async function tellErasure(jobId: JobId): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowIds.erasure(jobId)).signal(annotationEndedSignal);
  } catch {
    // Its saga has not begun yet, and will see by itself that the job has ended.
    log.info('No erasure saga to signal', { jobId });
  }
}
