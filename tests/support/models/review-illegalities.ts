// What must hold of a delivery whatever has happened, and how a refusal is read from a failed update.

import { ApplicationFailure } from '@temporalio/client';
import type { DeliveryId } from '../../../domain/ids.ts';
import { REVIEW_LEVELS } from '../../../domain/review.ts';
import type { World } from './world.ts';

/** The type of what refuses a call, however deep it lies; `taken` when nothing does. */
export async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'taken';
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof ApplicationFailure) return cause.type ?? cause.message;
    }
    throw error;
  }
}

/** What does not hold of a delivery, whatever has happened. */
export function reviewIllegalities({ review, records }: World, id: DeliveryId): string[] {
  const found: string[] = [];
  const { tables } = review;
  const { state } = review.delivery(id);
  const isOver = state === 'acknowledged' || state === 'recalled' || state === 'closed';
  for (const row of tables.reviews.filter(({ delivery }) => delivery === id)) {
    const must = (holds: boolean, what: string) => {
      if (!holds) found.push(`${state}/${row.state}: ${what}`);
    };
    const made = tables.decisions.filter(
      (one) => one.delivery === id && one.sample === row.sample && one.round === row.round,
    );
    const last = REVIEW_LEVELS.map((level) => made.findLast((one) => one.level === level));
    must(row.isOpen !== isOver, 'it is held while the delivery is open, and no longer');
    must((row.state === 'reannotating') === (row.pendingJobId !== null), 'a new annotation is awaited, and only then');
    if (row.state === 'accepted') {
      must(
        last.every((one) => one?.decision === 'accept'),
        'all three levels have accepted it',
      );
      const ofLevel = new Set(made.map(({ level, userId }) => `${level} ${userId}`));
      must(new Set(made.map(({ userId }) => userId)).size === ofLevel.size, 'by three people, none at two levels');
      const checksums = new Set(last.map((one) => one?.checksum));
      must(checksums.size === 1, 'all three have seen the same result');
      const sample = tables.samples.get(row.sample);
      const job = sample && records.job(sample.jobId);
      if (row.isOpen) must(job?.resultState === 'live' && checksums.has(job.result?.sha256), 'which is still the one');
    }
    if (state !== 'in_review' && state !== 'recalled') {
      must(row.state === 'accepted' || row.state === 'withdrawn', 'no sample of a delivery beyond review is open');
    }
  }
  return found;
}
