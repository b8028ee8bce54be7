// Saga `review/<sampleId>` on queue `orchestration`: one sample through three levels. Started by `delivery/<deliveryId>`;
// the gateway sends it the decisions of reviewers, `annotation/<jobId>` tells it that a new annotation has ended, and the
// delivery that it was recalled. It tells the delivery when the last sample is closed.

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  currentUpdateInfo,
  getExternalWorkflowHandle,
  log,
  patched,
  setHandler,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { ReviewMail } from '../../activities/mail/review-mail.ts';
import type { ReviewStanding } from '../../activities/records/review.ts';
import { isId, workflowIds, type JobId } from '../../domain/ids.ts';
import { hasEnded } from '../../domain/jobs.ts';
import {
  isSampleClosed,
  isStandingRefusal,
  refusalOf,
  type ReviewLevel,
  type SampleState,
} from '../../domain/review.ts';
import { mail, records } from '../activities.ts';
import { annotateThenArchive } from '../annotate-then-archive/workflow.ts';
import { onItsOwn, startedNow } from '../children.ts';
import { decided } from '../decided.ts';
import { sampleClosedSignal } from '../delivery-review/messages.ts';
import { failureOf, refusalTypeOf } from '../failure.ts';
import { showAs, showDetails } from '../shown.ts';
import { Turns } from '../turns.ts';
import {
  claimUpdate,
  decideUpdate,
  lookAgainSignal,
  reannotationEndedSignal,
  recalledSignal,
  reviewQuery,
  type DecideInput,
  type DecideOutcome,
  type ReviewSampleInput,
  type ReviewSampleOutcome,
} from './messages.ts';

/** Should the signal of a new annotation be lost, its record is looked at so often. */
const LOOK_MS = 10 * 60_000;

const SHOWN: Readonly<Record<SampleState, (level: ReviewLevel) => string>> = {
  in_review: (level) => `Waiting for a decision at the level ${level}`,
  reannotating: () => 'A new annotation is to replace the present one',
  accepted: () => 'Accepted at all levels',
  withdrawn: () => 'Withdrawn',
};

const TIMERS = {
  'review.reminder': 'Until the reviewers are reminded',
  'review.escalation': 'Until the directors are told',
} as const;

export async function reviewSample(ref: ReviewSampleInput): Promise<ReviewSampleOutcome> {
  const review = new Review(ref);
  await review.open();
  for (;;) {
    const outcome = review.outcome;
    if (outcome) {
      await condition(allHandlersFinished);
      await review.tellDelivery();
      return outcome;
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof reviewSample>(ref);
    }
    if (review.isReannotating) await review.waitForAnnotation();
    else await review.waitForDecision();
  }
}

class Review {
  readonly #ref: ReviewSampleInput;
  #standing: ReviewStanding | undefined;
  #reminderMs = 0;
  #escalationMs = 0;
  #isRecalled = false;
  #hasAnnotationEnded = false;
  /** One decision at a time. */
  readonly #turns = new Turns();

  constructor(ref: ReviewSampleInput) {
    this.#ref = ref;
    setHandler(reviewQuery, () => this.#known.review);
    setHandler(
      decideUpdate,
      (input) => {
        const decisionId = decisionIdOf(currentUpdateInfo()?.id);
        return this.#turns.take(() => this.#decide(input, decisionId));
      },
      { validator: (input) => this.#refuse(input) },
    );
    setHandler(claimUpdate, ({ reviewer, act }) =>
      this.#turns.take(() => this.#ask(() => records['records.review.claim']({ ...this.#ref, reviewer, act }))),
    );
    setHandler(lookAgainSignal, () => this.#turns.take(() => this.#lookAgain()));
    setHandler(recalledSignal, () => {
      this.#isRecalled = true;
    });
    setHandler(reannotationEndedSignal, ({ jobId }) => {
      if (jobId === this.#standing?.pendingJob?.jobId) this.#hasAnnotationEnded = true;
    });
  }

  get #known(): ReviewStanding {
    if (!this.#standing) throw failureOf('unavailable', 'The review is just beginning.');
    return this.#standing;
  }

  get outcome(): ReviewSampleOutcome | undefined {
    const { review, deliveryState } = this.#known;
    if (review.state === 'accepted' || review.state === 'withdrawn') return review.state;
    if (this.#isRecalled || deliveryState !== 'in_review') return 'ended: the delivery is no longer in review';
    return undefined;
  }

  get isReannotating(): boolean {
    return this.#known.review.state === 'reannotating';
  }

  #standAt(standing: ReviewStanding): void {
    this.#standing = standing;
    const { review, organizationId } = standing;
    showDetails(SHOWN[review.state](review.level));
    // Reviews that began before there were attributes were told nothing to show.
    if (organizationId === undefined) return;
    showAs({ OrganizationId: organizationId, ReviewLevel: isSampleClosed(review.state) ? null : review.level });
  }

  /** What Postgres holds is where the saga begins, and begins again in a new run. */
  async open(): Promise<void> {
    const { reminderSeconds, escalationSeconds, ...standing } = await records['records.review.find'](this.#ref);
    this.#reminderMs = reminderSeconds * 1000;
    this.#escalationMs = escalationSeconds * 1000;
    this.#standAt(standing);
  }

  /** Until the level is decided; its reviewers are reminded, then their director is told. */
  async waitForDecision(): Promise<void> {
    const waiting = this.#known;
    const { since, round, review } = waiting;
    const isOver = () => this.#known !== waiting || this.#isRecalled;
    const occasion = `${round}/${review.level}/${since}`;
    for (const [afterMs, kind] of [
      [this.#reminderMs, 'review.reminder'],
      [this.#escalationMs, 'review.escalation'],
    ] as const) {
      const dueMs = Date.parse(since) + afterMs - Date.now();
      if (dueMs > 0 && (await condition(isOver, dueMs, { summary: TIMERS[kind] }))) return;
      if (isOver()) return;
      this.#tell({ kind, level: review.level }, `${occasion}/${kind}`);
    }
    await condition(isOver);
  }

  async waitForAnnotation(): Promise<void> {
    const pending = this.#known.pendingJob;
    if (!pending) throw new TypeError('a re-annotation without a job');
    await this.#startAnnotation(pending.jobId);
    for (;;) {
      const isOver = () => this.#isRecalled || this.#known.pendingJob?.jobId !== pending.jobId;
      await condition(() => this.#hasAnnotationEnded || isOver(), LOOK_MS, {
        summary: 'Until the new annotation ends',
      });
      if (isOver()) return;
      const status = await records['records.job.status']({ jobId: pending.jobId });
      if (this.#hasAnnotationEnded || status === null || hasEnded(status)) break;
    }
    this.#hasAnnotationEnded = false;
    this.#standAt(await decided(() => records['records.review.endReannotation']({ ...this.#ref, job: pending.jobId })));
  }

  /** Whoever of several closes last: the delivery counts for itself. */
  async tellDelivery(): Promise<void> {
    if (!isSampleClosed(this.#known.review.state)) return;
    try {
      await getExternalWorkflowHandle(workflowIds.delivery(this.#ref.delivery)).signal(sampleClosedSignal);
    } catch {
      log.warn('The saga of the delivery is not there to be told', { deliveryId: this.#ref.delivery });
    }
  }

  /** Abandoned by this saga, and tells it when it ends. */
  async #startAnnotation(jobId: JobId): Promise<void> {
    await startedNow(() =>
      startChild(annotateThenArchive, {
        ...onItsOwn,
        workflowId: workflowIds.annotation(jobId),
        args: [{ jobId, review: this.#ref.sample }],
      }),
    );
  }

  /** Synchronous: what this saga knows. The rest is read again with the decision itself. */
  #refuse({ reviewer, signed }: DecideInput): void {
    // At its very beginning the saga knows nothing yet: the handler looks again.
    if (!this.#standing) return;
    const refusal = this.outcome
      ? 'sample_closed'
      : refusalOf(this.#known.review, { ...signed, userId: reviewer.userId });
    if (!refusal) return;
    throw failureOf(refusal, `Refused: ${refusal}.`);
  }

  async #decide(input: DecideInput, decisionId: string): Promise<DecideOutcome> {
    await condition(() => this.#standing !== undefined);
    // Another decision may have been taken since this one was let in.
    this.#refuse(input);
    const { reviewer, signed } = input;
    const decision = { ...this.#ref, reviewer, signed: { ...signed, decisionId } };
    const standing = await this.#ask(() => decided(() => records['records.decision.write'](decision)));
    this.#standAt(standing);
    const { state, level } = standing.review;
    return { state, level };
  }

  /** Postgres refuses what this saga has let in: then this saga is behind it, and takes over what Postgres holds. */
  async #ask<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const type = refusalTypeOf(error);
      if (type !== undefined && isStandingRefusal(type) && patched('review-looks-again')) await this.#lookAgain();
      throw error;
    }
  }

  /** Replaced only where it differs: who waits at this level goes on waiting. */
  async #lookAgain(): Promise<void> {
    const known = this.#standing;
    if (!known) return;
    const {
      reminderSeconds: _reminder,
      escalationSeconds: _escalation,
      ...found
    } = await decided(() => records['records.review.find'](this.#ref));
    if (this.#standing !== known || isSame(known, found)) return;
    log.warn('A review was behind its record', { deliveryId: this.#ref.delivery, sampleId: this.#ref.sample });
    this.#standAt(found);
  }

  /** Keeps no decision waiting, however long mail takes. */
  #tell(message: ReviewMail, occasion: string): void {
    mail['mail.review.send']({ ...message, ...this.#ref, occasion }).catch(() =>
      log.error('The reviewers could not be told', { kind: message.kind }),
    );
  }
}

/**
 * Of the update: one that comes again is known by it. The saga's own `uuid4` begins anew where Temporal has lost a decision,
 * and would give the next one the id of that.
 */
const decisionIdOf = (updateId: string | undefined): string =>
  updateId !== undefined && isId(updateId) ? updateId : uuid4();

/** Whether other samples are still open is no part of where this one stands. */
const isSame = (one: ReviewStanding, other: ReviewStanding): boolean =>
  one.review.state === other.review.state &&
  one.review.level === other.review.level &&
  one.round === other.round &&
  one.since === other.since &&
  one.deliveryState === other.deliveryState;
