// A laboratory that reviews deliveries in a world on skipped time: what the gateway sends the sagas.

import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { vi } from 'vitest';
import type { Reviewer } from '../../../activities/records/review.ts';
import { workflowIds, type DeliveryId, type JobId, type SampleId } from '../../../domain/ids.ts';
import type { Plan } from '../../../domain/plans.ts';
import { TASK_QUEUES } from '../../../domain/queues.ts';
import { REVIEW_LEVELS, type DeliveryState, type ReviewLevel } from '../../../domain/review.ts';
import {
  acknowledgedSignal,
  DELIVERY_REVIEW,
  directUpdate,
  sampleClosedSignal,
} from '../../../workflows/delivery-review/messages.ts';
import type { deliveryReview } from '../../../workflows/delivery-review/workflow.ts';
import {
  claimUpdate,
  decideUpdate,
  recalledSignal,
  type DecideInput,
  type DecideOutcome,
} from '../../../workflows/review-sample/messages.ts';
import type { reviewSample } from '../../../workflows/review-sample/workflow.ts';
import type { MemoryReview } from './memory-review.ts';
import type { World } from './world.ts';

type Rest = Partial<DecideInput['signed']>;
type Recipients = Parameters<MemoryReview['addDelivery']>[1];

export interface Delivered {
  delivery: DeliveryId;
  /** The first of the samples; there is one at least. */
  sample: SampleId;
  samples: SampleId[];
  handle: WorkflowHandle<typeof deliveryReview>;
}

export interface ReviewStage {
  /** Who decides at each level, and who has no role. */
  people: Record<ReviewLevel | 'member', Reviewer>;
  addSample(plan?: Plan): Promise<SampleId>;
  /** A delivery whose saga is started, and whose reviews have begun. */
  deliver(samples: number | SampleId[], to?: Recipients): Promise<Delivered>;
  delivery(id: DeliveryId): WorkflowHandle<typeof deliveryReview>;
  review(id: SampleId): WorkflowHandle<typeof reviewSample>;
  /** Resolves with the state after it; rejects with what refuses it. */
  decide(sample: SampleId, level: ReviewLevel, rest?: Rest, by?: Reviewer, updateId?: string): Promise<DecideOutcome>;
  reject(sample: SampleId, level: ReviewLevel, followUp: NonNullable<Rest['followUp']>): Promise<DecideOutcome>;
  /** Accepted at each level up to this one. */
  acceptUpTo(sample: SampleId, last: ReviewLevel): Promise<void>;
  claim(sample: SampleId, by: Reviewer, act?: 'claim' | 'release'): Promise<void>;
  direct(id: DeliveryId, act: 'release' | 'recall', by?: Reviewer): Promise<DeliveryState>;
  /** As the gateway does it for the partner. */
  acknowledge(id: DeliveryId): Promise<void>;
  /** Resolves when the delivery is in this state. Lets no time pass. */
  becomes(id: DeliveryId, state: DeliveryState): Promise<void>;
  sleep(seconds: number): Promise<void>;
  /**
   * Every annotation has ended, with its retention. To be called before a review that has started one ends: the
   * time-skipping server skips no more when a child ends after its parent.
   */
  annotationsEnd(): Promise<void>;
  /** Ends everything that was started, so that nothing keeps the server from skipping. */
  finish(): Promise<void>;
}

/** On skipped time, or on a real server, where `sleep` has no use. */
export type ReviewServer = Pick<TestWorkflowEnvironment, 'client' | 'currentTimeMs' | 'sleep'>;

export async function reviewStageIn(world: World, environment: ReviewServer): Promise<ReviewStage> {
  const { workflow } = environment.client;
  world.useClock(() => environment.currentTimeMs());
  await world.tick();
  const { review: model } = world;
  const { laboratory } = model;
  const started: Delivered[] = [];
  const annotated = new Set<JobId>();
  const people = {
    technical: laboratory.addMember('technical'),
    licensed: laboratory.addMember('licensed'),
    director: laboratory.addMember('director'),
    member: laboratory.addMember('member'),
  };
  const checksumOf = (id: SampleId) => {
    const sample = model.tables.samples.get(id);
    return (sample && world.records.job(sample.jobId).result?.sha256) ?? '';
  };
  const ended = async (id: string) => {
    const handle = workflow.getHandle(id);
    const isThere = await handle.describe().then(
      () => true,
      () => false,
    );
    // It may have failed, or been cancelled.
    if (isThere) await handle.result().catch(() => {});
  };

  const stage: ReviewStage = {
    people,
    async addSample(plan = 'premium') {
      const owner = laboratory.addMember('member', plan);
      return model.addSample(await world.plant(owner.userId, 'live'));
    },
    async deliver(of, to) {
      await world.tick();
      const samples = typeof of === 'number' ? [] : of;
      if (typeof of === 'number') for (let index = 0; index < of; index++) samples.push(await stage.addSample());
      const delivery = model.addDelivery(samples, to);
      const handle = await workflow.start<typeof deliveryReview>(DELIVERY_REVIEW, {
        taskQueue: TASK_QUEUES.orchestration,
        workflowId: workflowIds.delivery(delivery),
        args: [{ delivery }],
      });
      const [sample] = samples;
      if (!sample) throw new Error('a delivery of nothing');
      const delivered = { delivery, sample, samples, handle };
      started.push(delivered);
      const hasBegun = (id: SampleId) =>
        world.calls.some(
          ({ name, input }) =>
            name === 'records.review.find' && JSON.stringify(input) === JSON.stringify({ delivery, sample: id }),
        );
      if (samples.length < 20) {
        await vi.waitFor(
          () => {
            if (!samples.every(hasBegun)) throw new Error('not every review has begun');
          },
          { timeout: 20_000 },
        );
      }
      return delivered;
    },
    delivery: (id) => workflow.getHandle<typeof deliveryReview>(workflowIds.delivery(id)),
    review: (id) => workflow.getHandle<typeof reviewSample>(workflowIds.review(id)),
    async decide(sample, level, rest, by = people[level], updateId) {
      await world.tick();
      const authenticatedAt = new Date(world.now()).toISOString();
      const signed = {
        level,
        decision: 'accept' as const,
        resultChecksum: checksumOf(sample),
        authenticatedAt,
        ...rest,
      };
      return stage.review(sample).executeUpdate(decideUpdate, {
        args: [{ reviewer: by, signed }],
        ...(updateId === undefined ? {} : { updateId }),
      });
    },
    reject: (sample, level, followUp) =>
      stage.decide(sample, level, { decision: 'reject', reasonCode: 'low_quality', followUp }),
    async acceptUpTo(sample, last) {
      for (const level of REVIEW_LEVELS.slice(0, REVIEW_LEVELS.indexOf(last) + 1)) await stage.decide(sample, level);
    },
    claim: (sample, by, act = 'claim') =>
      stage.review(sample).executeUpdate(claimUpdate, { args: [{ reviewer: by, act }] }),
    direct: (id, act, by = people.director) =>
      stage.delivery(id).executeUpdate(directUpdate, { args: [{ director: by, act }] }),
    async acknowledge(id) {
      model.acknowledge(id);
      // The saga may have seen it by itself, and ended.
      await stage
        .delivery(id)
        .signal(acknowledgedSignal)
        .catch(() => {});
    },
    becomes: (id, state) =>
      vi.waitFor(
        () => {
          const now = model.delivery(id).state;
          if (now !== state) throw new Error(`the delivery is ${now}, not ${state}`);
        },
        { timeout: 20_000 },
      ),
    async sleep(seconds) {
      await environment.sleep(Math.round(seconds * 1000));
      await world.tick();
    },
    async annotationsEnd() {
      for (const job of world.records.tables.jobs.keys()) {
        if (!annotated.has(job)) await ended(workflowIds.annotation(job));
        annotated.add(job);
      }
    },
    async finish() {
      await stage.annotationsEnd();
      const { activities } = model;
      for (const { delivery, samples, handle } of started.splice(0)) {
        await activities['records.delivery.move']({ delivery, move: 'recall' });
        await activities['records.delivery.move']({ delivery, move: 'close' });
        // Children first: the time-skipping server skips no more when one ends after its parent.
        for (const sample of samples) {
          // Who has ended needs not to be told.
          await stage
            .review(sample)
            .signal(recalledSignal)
            .catch(() => {});
        }
        for (const sample of samples) await ended(workflowIds.review(sample));
        await handle.signal(sampleClosedSignal).catch(() => {});
        await ended(handle.workflowId);
        for (const { messageId } of model.messagesOf(delivery)) await ended(workflowIds.webhook(messageId));
      }
    },
  };
  return stage;
}
