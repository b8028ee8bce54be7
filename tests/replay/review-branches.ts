// The branches of the delivery review. Some leave behind what keeps the time-skipping server from skipping: a child that ends
// after its parent.

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { vi } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import { lookAgainSignal } from '../../workflows/review-sample/messages.ts';
import { reviewStageIn, type Delivered, type ReviewStage } from '../support/models/review-stage.ts';
import type { World } from '../support/models/world.ts';
import type { Branch } from './branches.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const PATIENCE = { timeout: 30_000 };
type Recipients = Parameters<ReviewStage['deliver']>[1];

/** Runs in a laboratory of its own, and leaves nothing running. */
const reviewed =
  (run: (stage: ReviewStage, world: World, environment: TestWorkflowEnvironment) => Promise<WorkflowHandle>): Branch =>
  async ({ world, environment }) => {
    const stage = await reviewStageIn(world, environment);
    const handle = await run(stage, world, environment);
    await stage.finish();
    return handle;
  };

const ready = async (stage: ReviewStage, to?: Recipients): Promise<Delivered> => {
  const given = await stage.deliver(1, to);
  await stage.acceptUpTo(given.sample, 'director');
  await stage.becomes(given.delivery, 'ready');
  return given;
};

/** The review has ended, and its delivery has heard of it. */
const closed = async (stage: ReviewStage, { delivery, sample }: Delivered, state: 'ready' | 'closed' = 'ready') => {
  await stage.review(sample).result();
  await stage.becomes(delivery, state);
  return stage.review(sample);
};

/** A decision of which the saga knows nothing. */
const decidedUnseen = async (
  stage: ReviewStage,
  world: World,
  { delivery, sample }: Delivered,
  level: ReviewLevel,
): Promise<void> => {
  const job = world.review.tables.samples.get(sample)?.jobId;
  const resultChecksum = (job && world.records.job(job).result?.sha256) ?? '';
  const authenticatedAt = new Date(world.now()).toISOString();
  const signed = { decisionId: randomUUID(), level, decision: 'accept', resultChecksum, authenticatedAt } as const;
  const reviewer = stage.people[level];
  await world.review.activities['records.decision.write']({ delivery, sample, reviewer, signed });
};

const recalled = async (stage: ReviewStage): Promise<WorkflowHandle> => {
  const { delivery, sample, handle } = await stage.deliver(3);
  await stage.acceptUpTo(sample, 'director');
  await stage.direct(delivery, 'release').catch(() => {});
  await stage.direct(delivery, 'recall');
  await handle.result();
  return handle;
};

export const reviewBranches: Record<string, Branch> = {
  'review-reminded-and-escalated': reviewed(async (stage) => {
    const given = await stage.deliver(1);
    const { sample } = given;
    await stage.sleep(DAY + HOUR);
    await stage.decide(sample, 'technical');
    await stage.sleep(4 * DAY);
    await stage.decide(sample, 'licensed');
    await stage.decide(sample, 'director');
    return closed(stage, given);
  }),
  'delivery-release-taken-back-and-repeated': reviewed(async (stage, world) => {
    const { delivery, handle } = await ready(stage, { endpoints: [() => 'fails'] });
    await stage.direct(delivery, 'release');
    await stage.sleep(4 * DAY);
    world.review.delivery(delivery).endpoints = [() => 'takes'];
    await stage.direct(delivery, 'release');
    await stage.becomes(delivery, 'released');
    await stage.acknowledge(delivery);
    await handle.result();
    return handle;
  }),
  'delivery-closed-unacknowledged': reviewed(async (stage) => {
    const { delivery, handle } = await ready(stage);
    await stage.direct(delivery, 'release');
    await handle.result();
    return handle;
  }),
  'review-accepted': reviewed(async (stage) => {
    const given = await stage.deliver(1);
    const { sample } = given;
    await stage.acceptUpTo(sample, 'director');
    return closed(stage, given);
  }),
  'review-returned-and-withdrawn': reviewed(async (stage) => {
    const given = await stage.deliver(1);
    const { sample } = given;
    await stage.acceptUpTo(sample, 'licensed');
    await stage.reject(sample, 'director', 'return');
    await stage.reject(sample, 'licensed', 'return');
    await stage.reject(sample, 'technical', 'withdraw');
    return closed(stage, given, 'closed');
  }),
  'review-reannotated': reviewed(async (stage, world) => {
    const given = await stage.deliver(1);
    await stage.reject(given.sample, 'technical', 'reannotate');
    await vi.waitFor(() => {
      if (world.review.review(given).round !== 2) throw new Error('not annotated anew yet');
    }, PATIENCE);
    await stage.annotationsEnd();
    await stage.acceptUpTo(given.sample, 'director');
    return closed(stage, given);
  }),
  'review-claimed-and-refused': reviewed(async (stage) => {
    const given = await stage.deliver(1);
    const { sample } = given;
    const { technical, member } = stage.people;
    await stage.claim(sample, technical);
    await stage.decide(sample, 'technical', {}, member).catch(() => {});
    await stage.decide(sample, 'licensed').catch(() => {});
    await stage.claim(sample, technical, 'release');
    await stage.acceptUpTo(sample, 'director');
    return closed(stage, given);
  }),
  // Postgres holds what Temporal has lost: refused by it, and told so, the review looks again.
  'review-behind-its-record': reviewed(async (stage, world) => {
    const given = await stage.deliver(1);
    const { sample } = given;
    await decidedUnseen(stage, world, given, 'technical');
    const colleague = world.review.laboratory.addMember('technical');
    await stage.decide(sample, 'technical', {}, colleague).catch(() => {});
    await decidedUnseen(stage, world, given, 'licensed');
    await stage.review(sample).signal(lookAgainSignal);
    await stage.decide(sample, 'director');
    return closed(stage, given);
  }),
  'delivery-behind-its-record': reviewed(async (stage, world) => {
    const { delivery, handle } = await ready(stage);
    world.review.delivery(delivery).state = 'recalled';
    await stage.direct(delivery, 'release').catch(() => {});
    await handle.result();
    return handle;
  }),
  'delivery-acknowledged': reviewed(async (stage) => {
    const { delivery, handle } = await ready(stage, { endpoints: [() => 'takes'], hasAddress: true });
    await stage.direct(delivery, 'release');
    await stage.becomes(delivery, 'released');
    await stage.acknowledge(delivery);
    await handle.result();
    return handle;
  }),
  'delivery-of-nothing': reviewed(async (stage) => {
    const { samples, handle } = await stage.deliver(2);
    for (const sample of samples) await stage.reject(sample, 'technical', 'withdraw');
    await handle.result();
    return handle;
  }),
  'delivery-recalled': reviewed(recalled),
  // As the one before, once the end of a saga is in a task of its own.
  'delivery-recalled-and-ended-apart': reviewed(recalled),
  'review-recalled': reviewed(async (stage) => {
    const { delivery, sample, handle } = await stage.deliver(1);
    await stage.direct(delivery, 'recall');
    await handle.result();
    return stage.review(sample);
  }),
  'delivery-recalled-while-releasing': reviewed(async (stage, world, environment) => {
    const { delivery, handle } = await ready(stage, { endpoints: [() => ({ retryAfterSeconds: HOUR })] });
    await stage.direct(delivery, 'release');
    // Called off while it is sent, the message would never end on this server.
    await vi.waitFor(async () => {
      const [message] = world.review.messagesOf(delivery);
      if (!message) throw new Error('not announced yet');
      const { events } = await environment.client.workflow
        .getHandle(workflowIds.webhook(message.messageId))
        .fetchHistory();
      if (!events?.some(({ timerStartedEventAttributes }) => timerStartedEventAttributes))
        throw new Error('not tried yet');
    }, PATIENCE);
    await stage.direct(delivery, 'recall');
    await handle.result();
    return handle;
  }),
  'delivery-after-a-recalled-one': reviewed(async (stage, world) => {
    const former = await stage.deliver(1);
    // As when its review has not heard of the recall yet.
    world.review.delivery(former.delivery).state = 'recalled';
    world.review.review(former).isOpen = false;
    const { delivery, sample, handle } = await stage.deliver(former.samples);
    await stage.acceptUpTo(sample, 'director');
    await stage.becomes(delivery, 'ready');
    await stage.direct(delivery, 'recall');
    await handle.result();
    return handle;
  }),
};
