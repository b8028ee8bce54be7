// The delivery review's records in memory, over the same jobs and users as `memory-records.ts`.
// `tests/integration/review-records-contract.test.ts` holds it to the real ones.

import { randomUUID } from 'node:crypto';
import type {
  ReviewRecordsActivities,
  ReviewRef,
  ReviewStanding,
  SignedDecision,
} from '../../../activities/records/review.ts';
import { VarloomError, type ErrorType } from '../../../domain/errors.ts';
import { deliveryId, jobId, sampleId } from '../../../domain/ids.ts';
import type { DeliveryId, JobId, MessageId, SampleId, UserId } from '../../../domain/ids.ts';
import {
  afterDecision,
  decidedByIn,
  OPEN_DELIVERY_STATES,
  refusalOf,
  type DeliveryState,
} from '../../../domain/review.ts';
import { toFailure } from '../../../temporal/failures.ts';
import { createMemoryDeliveryNews } from './memory-delivery-news.ts';
import { createMemoryLaboratory, type MemoryLaboratory } from './memory-laboratory.ts';
import {
  createReviewTables,
  FRESH,
  isSame,
  MOVES,
  type MemoryDelivery,
  type AnnouncedMessage,
  type MemoryReviewRow,
  type ReviewTables,
} from './memory-review-tables.ts';
import type { MemoryJob, MemoryTables } from './memory-tables.ts';
import type { ReceiverModel } from './memory-webhooks.ts';

export interface MemoryReview {
  activities: ReviewRecordsActivities;
  laboratory: MemoryLaboratory;
  tables: ReviewTables;
  addSample(job: MemoryJob): SampleId;
  /** @throws VarloomError as `createDelivery` of `db/deliveries.ts` */
  addDelivery(
    samples: readonly SampleId[],
    to?: Partial<Pick<MemoryDelivery, 'endpoints' | 'hasAddress' | 'isMute'>>,
  ): DeliveryId;
  acknowledge(id: DeliveryId): void;
  review(ref: ReviewRef): MemoryReviewRow;
  delivery(id: DeliveryId): MemoryDelivery;
  messagesOf(id: DeliveryId): AnnouncedMessage[];
  /** Forgets samples, deliveries and decisions. */
  clear(): void;
}

export interface MemoryReviewOptions {
  tables: MemoryTables;
  signatureMaxAgeSeconds: number;
  reminderSeconds: number;
  escalationSeconds: number;
  claimSeconds: number;
  /** Makes the message that is sent to an endpoint. */
  queueMessage: (receiver: ReceiverModel) => MessageId;
}

const isOpenState = (state: DeliveryState) => (OPEN_DELIVERY_STATES as readonly DeliveryState[]).includes(state);

export function createMemoryReview(options: MemoryReviewOptions): MemoryReview {
  const {
    tables: records,
    signatureMaxAgeSeconds,
    reminderSeconds,
    escalationSeconds,
    claimSeconds,
    queueMessage,
  } = options;
  const laboratory = createMemoryLaboratory(records);
  const tables = createReviewTables();
  const { deliveries, samples, decisions, messages } = tables;

  const refuse = (type: ErrorType): never => {
    throw new VarloomError(type, `Refused: ${type}.`);
  };
  const delivery = (id: DeliveryId): MemoryDelivery => deliveries.get(id) ?? refuse('not_found');
  const news = createMemoryDeliveryNews(tables, delivery, queueMessage);
  const review = (ref: ReviewRef): MemoryReviewRow =>
    tables.reviews.find((row) => row.delivery === ref.delivery && row.sample === ref.sample) ?? refuse('not_found');
  const jobOf = (id: SampleId) => records.job(samples.get(id)?.jobId ?? refuse('not_found'));
  const reviewsOf = (id: DeliveryId) => tables.reviews.filter((row) => row.delivery === id);
  const isClosed = (row: MemoryReviewRow) => row.state === 'accepted' || row.state === 'withdrawn';

  const isClaimedFrom = ({ claimedBy, claimedUntilMs }: MemoryReviewRow, userId: string) =>
    claimedBy !== null && claimedBy !== userId && records.now() < claimedUntilMs;

  /** Of the reviewer's own organization: another's is not there. */
  const ownReview = (ref: ReviewRef, organizationId: string) => {
    const row = review(ref);
    return delivery(ref.delivery).organizationId === organizationId ? row : refuse('not_found');
  };

  const standingOf = (row: MemoryReviewRow): ReviewStanding => {
    const made = decisions.filter(
      (decision) =>
        decision.delivery === row.delivery && decision.sample === row.sample && decision.round === row.round,
    );
    const { state } = delivery(row.delivery);
    return {
      review: {
        state: row.state,
        level: row.level,
        decidedBy: decidedByIn(made),
      },
      round: row.round,
      since: new Date(row.sinceMs).toISOString(),
      pendingJob:
        row.pendingJobId === null ? null : { jobId: row.pendingJobId, userId: records.job(row.pendingJobId).userId },
      isLast: isClosed(row) && reviewsOf(row.delivery).every(isClosed),
      deliveryState: row.isOpen || !isOpenState(state) ? state : 'closed',
      organizationId: delivery(row.delivery).organizationId,
    };
  };

  const move = (id: DeliveryId, name: string, failure: string | null = null): boolean => {
    const row = delivery(id);
    const { from, to } = MOVES[name] ?? { from: [], to: row.state };
    if (row.state === to) return true;
    if (!from.includes(row.state)) return false;
    row.state = to;
    if (name === 'revoke' && news.announced(id, 'delivery.released').length > 0) news.announce(id, 'delivery.revoked');
    if (to === 'ready') row.releaseFailure = failure;
    if (to === 'releasing') Object.assign(row, { releaseFailure: null, releaseNumber: row.releaseNumber + 1 });
    if (!isOpenState(to)) for (const one of reviewsOf(id)) Object.assign(one, { isOpen: false, claimedBy: null });
    return true;
  };

  const resubmit = (job: MemoryJob, userId: UserId, asked: SignedDecision['reannotate'] = {}): JobId => {
    if (job.isInputErased) return refuse('input_not_found');
    const id = jobId(randomUUID());
    records.jobs.set(id, {
      ...job,
      jobId: id,
      // Of whoever decided so.
      userId,
      genome: asked.genome ?? job.genome,
      consequenceMode: asked.consequenceMode ?? job.consequenceMode,
      status: 'PENDING',
      isCancelRequested: false,
      isEraseRequested: false,
      error: null,
      resultState: null,
      generation: 0,
      resultExpiresAtMs: null,
      result: null,
      resultKey: null,
      archiveKey: null,
    });
    return id;
  };

  records.isHeld = (id) =>
    tables.reviews.some((row) => row.isOpen && (samples.get(row.sample)?.jobId === id || row.pendingJobId === id));

  const activities: ReviewRecordsActivities = {
    'records.review.find': async (ref) => ({ ...standingOf(review(ref)), reminderSeconds, escalationSeconds }),

    'records.decision.write': ({ reviewer, signed, ...ref }) =>
      refusals(() => {
        const row = ownReview(ref, reviewer.organizationId);
        const earlier = decisions.find(({ decisionId }) => decisionId === signed.decisionId);
        if (earlier && isSame(earlier, { ...ref, ...signed, userId: reviewer.userId })) return standingOf(row);
        const signer = laboratory.signerAt(reviewer.userId, signed.level) ?? refuse('wrong_role');
        if (records.now() - Date.parse(signed.authenticatedAt) > signatureMaxAgeSeconds * 1000) refuse('sign_in_again');
        const known = standingOf(row).review;
        const request = { ...signed, userId: reviewer.userId };
        const refusal = row.isOpen ? refusalOf(known, request) : 'sample_closed';
        if (refusal) refuse(refusal);
        if (isClaimedFrom(row, reviewer.userId)) refuse('claimed');
        const job = jobOf(ref.sample);
        if (job.result?.sha256 !== signed.resultChecksum || job.resultState !== 'live') refuse('result_changed');
        if (earlier) refuse('unavailable');
        const next = afterDecision(known, request);
        const pendingJobId = next.state === 'reannotating' ? resubmit(job, reviewer.userId, signed.reannotate) : null;
        const { decisionId, level, decision } = signed;
        const made = { decisionId, level, decision, checksum: signed.resultChecksum, round: row.round };
        decisions.push({ ...ref, ...made, userId: reviewer.userId, onBehalfOf: signer.onBehalfOf });
        const moved = { state: next.state, level: next.level, claimedBy: null, pendingJobId };
        Object.assign(row, { ...moved, sinceMs: records.now(), reannotationFailure: null });
        return standingOf(row);
      }),

    'records.review.claim': ({ reviewer, act, ...ref }) =>
      refusals(() => {
        const row = ownReview(ref, reviewer.organizationId);
        if (!row.isOpen || row.state !== 'in_review') refuse('sample_closed');
        const isOverruled = act === 'release' && laboratory.roleOf(reviewer.userId) === 'director';
        if (!isOverruled && isClaimedFrom(row, reviewer.userId)) refuse('claimed');
        if (act === 'claim' && !laboratory.signerAt(reviewer.userId, row.level)) refuse('wrong_role');
        row.claimedBy = act === 'claim' ? reviewer.userId : null;
        row.claimedUntilMs = records.now() + claimSeconds * 1000;
      }),

    'records.review.endReannotation': async ({ job, ...ref }) => {
      const row = review(ref);
      if (row.pendingJobId !== job || !row.isOpen) return standingOf(row);
      const { status, error } = records.job(job);
      const sample = samples.get(ref.sample);
      if (status === 'COMPLETED' && sample) sample.jobId = job;
      const failure = status === 'COMPLETED' ? null : (error?.type ?? `The job ended ${status}.`);
      Object.assign(row, { state: 'in_review', level: 'technical', round: row.round + 1, pendingJobId: null });
      Object.assign(row, { sinceMs: records.now(), reannotationFailure: failure });
      return standingOf(row);
    },

    'records.job.status': async ({ jobId: id }) => records.jobs.get(id)?.status ?? null,

    'records.delivery.listOpen': async ({ delivery: id, after, limit }) =>
      reviewsOf(id)
        .filter((row) => !isClosed(row) && (after === null || row.sample > after))
        .map(({ sample }) => sample)
        .toSorted()
        .slice(0, limit),

    'records.delivery.settle': async ({ delivery: id }) => {
      const rows = reviewsOf(id);
      if (delivery(id).state === 'in_review' && rows.every(isClosed)) {
        move(id, rows.some(({ state }) => state === 'accepted') ? 'settle' : 'close');
      }
      return delivery(id).state;
    },

    'records.delivery.move': async ({ delivery: id, move: name, failure }) => {
      const isMoved = move(id, name, failure ?? null);
      return { isMoved, state: delivery(id).state };
    },

    'records.delivery.direct': ({ delivery: id, director, act }) =>
      refusals(() => {
        if (laboratory.roleOf(director.userId) !== 'director') refuse('wrong_role');
        if (delivery(id).organizationId !== director.organizationId) refuse('not_found');
        const isToNobody = act === 'release' && delivery(id).state === 'ready' && delivery(id).isPartnerDisabled;
        if (isToNobody || !move(id, act)) refuse('wrong_state');
        return delivery(id).state;
      }),

    'records.delivery.announce': async ({ delivery: id, event }) => {
      const { hasAddress, isPartnerDisabled, endpoints } = delivery(id);
      return {
        announcementId: news.idOf(id, event),
        messageIds: news.announce(id, event).map((message) => message.messageId),
        asksByItself: !hasAddress && !isPartnerDisabled && endpoints.length === 0,
      };
    },
  };

  return {
    activities,
    laboratory,
    tables,
    review,
    delivery,
    messagesOf: (id) => [...messages.values()].filter((message) => message.delivery === id),
    addSample(job) {
      const id = sampleId(randomUUID());
      samples.set(id, { jobId: job.jobId, organizationId: job.organizationId });
      return id;
    },
    addDelivery(ids, { endpoints = [], hasAddress = false, isMute = false } = {}) {
      const { organizationId } = laboratory;
      for (const id of ids) {
        if (samples.get(id)?.organizationId !== organizationId) refuse('not_found');
        const job = jobOf(id);
        const isGone = job.isEraseRequested || job.status !== 'COMPLETED' || job.resultState === 'deleted';
        if (isGone) refuse('result_not_ready');
        if (job.resultState !== 'live') refuse('result_not_live');
      }
      if (tables.reviews.some((row) => row.isOpen && ids.includes(row.sample))) refuse('sample_in_delivery');
      const id = deliveryId(randomUUID());
      const state = { state: 'in_review' as const, releaseFailure: null, releaseNumber: 0, isPartnerDisabled: false };
      deliveries.set(id, { deliveryId: id, organizationId, endpoints, hasAddress, isMute, ...state });
      for (const sample of ids) tables.reviews.push({ ...FRESH, delivery: id, sample, sinceMs: records.now() });
      return id;
    },
    acknowledge: (id) => void move(id, 'acknowledge'),
    clear: () => tables.clear(),
  };
}

async function refusals<T>(act: () => T): Promise<T> {
  try {
    return act();
  } catch (error) {
    throw toFailure(error);
  }
}
