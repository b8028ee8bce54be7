// Saga 3, `delivery/<deliveryId>` on queue `orchestration`: samples through review to a partner. Started by the gateway;
// it starts a `review/<sampleId>` for each sample, which tells it when all are closed; a director releases or recalls it by
// an update, never a timer; the gateway tells it that the partner has acknowledged.

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  getExternalWorkflowHandle,
  log,
  patched,
  setHandler,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeliveryMail } from '../../activities/mail/review-mail.ts';
import { workflowIds, type DeliveryId, type MessageId, type SampleId } from '../../domain/ids.ts';
import type { DeliveryState } from '../../domain/review.ts';
import { mail, records } from '../activities.ts';
import { isAlreadyStarted, onItsOwn, startedNow } from '../children.ts';
import { Compensations } from '../compensation.ts';
import { decided } from '../decided.ts';
import { deliverWebhook } from '../deliver-webhook/workflow.ts';
import { refusalTypeOf } from '../failure.ts';
import { recalledSignal } from '../review-sample/messages.ts';
import { reviewSample } from '../review-sample/workflow.ts';
import { showDetails } from '../shown.ts';
import { STEPS } from './shown.ts';
import {
  acknowledgedSignal,
  deliveryStateQuery,
  directUpdate,
  sampleClosedSignal,
  type DeliveryReviewInput,
  type DeliveryReviewOutcome,
} from './messages.ts';

const PAGE = 200;
const MOST_PER_RUN = 600;
/** A partner that never acknowledges has the samples held for so long. */
const LONGEST_UNACKNOWLEDGED = '90 days';

export async function deliveryReview({
  delivery,
  reviewsStarted,
}: DeliveryReviewInput): Promise<DeliveryReviewOutcome> {
  const saga = new DeliverySaga(delivery);
  showDetails('Starting the review of each sample');
  if (reviewsStarted !== 'all') await saga.startReviews(reviewsStarted ?? null);
  for (;;) {
    const state = await saga.look();
    showDetails(STEPS[state]);
    switch (state) {
      case 'in_review':
        await saga.waitForNews();
        break;
      case 'ready':
        saga.tellReady();
        await saga.waitForNews();
        break;
      case 'releasing':
        await saga.release();
        break;
      case 'released':
        await saga.waitForAcknowledgement();
        break;
      case 'recalled':
        await saga.endReviews();
        return saga.end(state);
      case 'acknowledged':
      case 'closed':
        return saga.end(state);
    }
    if (workflowInfo().continueAsNewSuggested) await saga.goOnInNewRun('all');
  }
}

class DeliverySaga {
  readonly #delivery: DeliveryId;
  #state: DeliveryState = 'in_review';
  #hasNews = false;
  /** In this run. */
  #isDirected = false;
  #isReadyTold = false;
  #told: Promise<unknown> = Promise.resolve();

  constructor(delivery: DeliveryId) {
    this.#delivery = delivery;
    setHandler(deliveryStateQuery, () => this.#state);
    setHandler(sampleClosedSignal, () => this.#note());
    setHandler(acknowledgedSignal, () => this.#note());
    setHandler(directUpdate, async ({ director, act }) => {
      this.#isDirected = true;
      try {
        this.#state = await decided(() => records['records.delivery.direct']({ delivery, director, act }));
      } catch (error) {
        // Postgres may hold more than this saga knows.
        if (refusalTypeOf(error) === 'wrong_state' && patched('delivery-looks-again')) this.#note();
        throw error;
      }
      this.#note();
      return this.#state;
    });
  }

  /** Each sample has a saga of its own, which outlives this run. */
  async startReviews(startedUpTo: SampleId | null): Promise<void> {
    let after = startedUpTo;
    for (let started = 0; ;) {
      const page = await records['records.delivery.listOpen']({ delivery: this.#delivery, after, limit: PAGE });
      await Promise.all(page.map((sample) => this.#startReview(sample)));
      started += page.length;
      after = page.at(-1) ?? after;
      if (page.length < PAGE) return;
      if (started >= MOST_PER_RUN && after !== null) await this.goOnInNewRun(after);
    }
  }

  /** The state as it is recorded; ready as soon as every sample is closed. */
  async look(): Promise<DeliveryState> {
    do {
      this.#hasNews = false;
      this.#state = await decided(() => records['records.delivery.settle']({ delivery: this.#delivery }));
      // A director's act that was recorded meanwhile may be newer than what was seen.
    } while (this.#hasNews);
    return this.#state;
  }

  async waitForNews(): Promise<void> {
    await condition(() => this.#hasNews);
  }

  /** Tells the partner, by every way there is; the first that arrives counts. When none does, the release is taken back. */
  async release(): Promise<void> {
    const delivery = this.#delivery;
    const undo = new Compensations();
    undo.add({
      what: 'the links are gone, and the delivery is ready again',
      run: () =>
        records['records.delivery.move']({ delivery, move: 'revoke', failure: 'The partner could not be told.' }),
    });
    const scope = new CancellationScope();
    try {
      const isTold = scope.run(() => this.#announce());
      // A recall during the release outruns it.
      const isRecalled = condition(() => this.#state === 'recalled');
      if ((await Promise.race([isTold, isRecalled.then(() => 'recalled' as const)])) === 'recalled') {
        // Some of the partner's endpoints may have heard of it.
        await records['records.delivery.announce']({ delivery, event: 'delivery.revoked' });
        return;
      }
      if (await isTold) {
        await decided(() => records['records.delivery.move']({ delivery, move: 'publish' }));
        return;
      }
    } catch (error) {
      log.error('A delivery could not be released', { deliveryId: delivery, error });
    } finally {
      if (this.#state === 'recalled') scope.cancel();
    }
    await undo.run();
    // The partner may have fetched and acknowledged it without having been told.
    if ((await this.look()) !== 'ready') return;
    this.#isReadyTold = true;
    this.#tell({ kind: 'delivery.release_failed' }, uuid4());
  }

  async waitForAcknowledgement(): Promise<void> {
    if (await condition(() => this.#hasNews, LONGEST_UNACKNOWLEDGED)) return;
    await decided(() => records['records.delivery.move']({ delivery: this.#delivery, move: 'close' }));
  }

  /** Their timers and handlers are not needed any more. */
  async endReviews(): Promise<void> {
    for (let after: SampleId | null = null; ;) {
      const page: SampleId[] = await records['records.delivery.listOpen']({
        delivery: this.#delivery,
        after,
        limit: PAGE,
      });
      for (const sample of page) {
        await getExternalWorkflowHandle(workflowIds.review(sample))
          .signal(recalledSignal)
          // It has ended already.
          .catch(() => {});
      }
      after = page.at(-1) ?? after;
      if (page.length < PAGE) return;
    }
  }

  /**
   * In a task of its own: the server refuses one that ends the saga when there is news for it, and with it all that was done in
   * it. A director's act would then be in Postgres alone, and the saga begun again before it would wait for ever.
   */
  async end(outcome: DeliveryReviewOutcome): Promise<DeliveryReviewOutcome> {
    await condition(allHandlersFinished);
    if (this.#isDirected && patched('delivery-ends-in-a-task-of-its-own')) {
      await sleep(1, { summary: 'Until the answer to the director is recorded' });
      await condition(allHandlersFinished);
    }
    return outcome;
  }

  async goOnInNewRun(reviewsStarted: SampleId | 'all'): Promise<never> {
    await this.#told;
    await condition(allHandlersFinished);
    return continueAsNew<typeof deliveryReview>({ delivery: this.#delivery, reviewsStarted });
  }

  /** Once, however often there is news: several samples may have closed at the same moment. */
  tellReady(): void {
    if (this.#isReadyTold) return;
    this.#isReadyTold = true;
    this.#tell({ kind: 'delivery.ready' }, 'first');
  }

  /** Neither fails the saga nor keeps it waiting: the pages show the same. */
  #tell(message: DeliveryMail, occasion: string): void {
    const sent = mail['mail.delivery.send']({ ...message, delivery: this.#delivery, occasion });
    this.#told = sent.catch(() => log.error('The people of a delivery could not be told', { kind: message.kind }));
  }

  /** True when a webhook of the partner's has taken the news, or a mail was sent; or when the partner wants to ask by itself. */
  async #announce(): Promise<boolean> {
    const delivery = this.#delivery;
    // Of this release: a saga that was begun anew tells nobody twice.
    const { messageIds, announcementId, asksByItself } = await records['records.delivery.announce']({
      delivery,
      event: 'delivery.released',
    });
    const mailed = this.#mailPartner(announcementId);
    if (messageIds.length === 0) {
      const sent = await mailed;
      // Histories of before this was known called it told whenever there was no way to.
      return sent === 'sent' || (sent === 'no address' && asksByItself !== false);
    }
    return firstTrue([mailed.then((sent) => sent === 'sent'), ...messageIds.map((id) => this.#deliverWebhook(id))]);
  }

  async #deliverWebhook(id: MessageId): Promise<boolean> {
    for (;;) {
      try {
        const outcome = await executeChild(deliverWebhook, {
          ...onItsOwn,
          workflowId: workflowIds.webhook(id),
          args: [{ messageId: id }],
        });
        return outcome === 'delivered';
      } catch (error) {
        if (CancellationScope.current().consideredCancelled) throw error;
        if (!isAlreadyStarted(error)) return false;
        // The Schedule was quicker. Once that one has ended, a new one says at once how.
        await sleep('1 minute');
      }
    }
  }

  async #mailPartner(occasion: string): Promise<'sent' | 'no address' | 'failed'> {
    try {
      const message = { kind: 'delivery.released', delivery: this.#delivery, occasion } as const;
      return (await mail['mail.delivery.send'](message)).sent > 0 ? 'sent' : 'no address';
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      return 'failed';
    }
  }

  async #startReview(sample: SampleId): Promise<void> {
    const workflowId = workflowIds.review(sample);
    const start = () =>
      startChild(reviewSample, { ...onItsOwn, workflowId, args: [{ delivery: this.#delivery, sample }] });
    while (!(await startedNow(start))) {
      // Of a delivery that was recalled. All that a review knows is in Postgres: one that ends too early loses nothing.
      await getExternalWorkflowHandle(workflowId)
        .signal(recalledSignal)
        .catch(() => {});
      await sleep('1 second');
    }
  }

  #note(): void {
    this.#hasNews = true;
  }
}

/** Resolves with true as soon as one does, with false when none has. */
async function firstTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  let isTrue = false;
  let left = answers.length;
  for (const answer of answers) {
    void answer.then(
      (value) => {
        isTrue ||= value;
        left -= 1;
      },
      () => (left -= 1),
    );
  }
  await condition(() => isTrue || left === 0);
  return isTrue;
}
