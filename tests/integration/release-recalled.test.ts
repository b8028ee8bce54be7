// A recall that meets a release: on the real server, because the time-skipping one cannot cancel a message to the partner
// that is being sent at that moment.

import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refusalOf, reviewIllegalities } from '../support/models/review-illegalities.ts';
import { reviewStageIn, type Delivered, type ReviewStage } from '../support/models/review-stage.ts';
import { createWorld } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
let stage: ReviewStage;
/** What a test does before people are mailed, and after a director's act is recorded. */
let beforeMail = async () => {};
let afterAct = async () => {};
const { 'mail.delivery.send': mail, 'records.delivery.direct': direct } = world.activities;
beforeAll(async () => {
  own = await openNamespace('release-recalled', {
    ...world.activities,
    'mail.delivery.send': async (...message: Parameters<typeof mail>) => {
      await beforeMail();
      return mail(...message);
    },
    'records.delivery.direct': async (...act: Parameters<typeof direct>) => {
      const state = await direct(...act);
      await afterAct();
      return state;
    },
  });
  await own.serve();
  stage = await reviewStageIn(world, {
    client: own.client,
    currentTimeMs: async () => Date.now(),
    sleep: () => Promise.reject(new Error('no time is skipped here')),
  });
});
afterAll(() => own?.close());

type Recipients = Parameters<ReviewStage['deliver']>[1];
const ready = async (to: Recipients): Promise<Delivered> => {
  const given = await stage.deliver(1, to);
  await stage.acceptUpTo(given.sample, 'director');
  await stage.becomes(given.delivery, 'ready');
  return given;
};
const stateOf = ({ delivery }: Delivered) => world.review.delivery(delivery).state;
/** As `refusalOf`; `lost` when the saga ended with it, or had to begin its step again: then it may have been done or not. */
const answerTo = (given: Delivered, act: 'release' | 'recall'): Promise<string> =>
  refusalOf(stage.direct(given.delivery, act)).catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError || error instanceof ServiceError) return 'lost';
    throw error;
  });
const eventsOf = ({ delivery }: Delivered) => world.review.messagesOf(delivery).map(({ event }) => event);

it('outruns it, and who may have heard of the release hears that it is revoked', async () => {
  const given = await ready({ endpoints: [() => ({ retryAfterSeconds: 3600 })] });
  await stage.direct(given.delivery, 'release');
  const isTried = () => world.calls.some(({ name }) => name === 'webhooks.message.send');
  await expect.poll(isTried).toBe(true);
  await stage.direct(given.delivery, 'recall');
  expect(await given.handle.result()).toBe('recalled');
  expect(await stage.review(given.sample).result()).toBe('accepted');
  expect(eventsOf(given)).toEqual(['delivery.released', 'delivery.revoked']);
  expect(world.reviewMails.filter(({ kind }) => kind === 'delivery.release_failed')).toEqual([]);
  expect(reviewIllegalities(world, given.delivery)).toEqual([]);
});

it('right after it, at the same moment, leaves one of both', async () => {
  const given = await ready({ endpoints: [() => 'takes'] });
  const answers = await Promise.all([answerTo(given, 'release'), answerTo(given, 'recall')]);
  // Recalled first, it cannot be released; released at once, it cannot be recalled.
  expect(answers).not.toEqual(['wrong_state', 'wrong_state']);
  await expect.poll(() => ['recalled', 'released'].includes(stateOf(given))).toBe(true);
  expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  if (stateOf(given) === 'released') await stage.acknowledge(given.delivery);
  expect(await given.handle.result()).toBe(stateOf(given));
});

it('is not lost when there is news at the moment at which its saga ends', async () => {
  const recorded = Promise.withResolvers<void>();
  beforeMail = () => recorded.promise;
  const given = await ready({ endpoints: [] });
  const mails = async () => (await given.handle.describe()).raw.pendingActivities?.length;
  await expect.poll(mails).toBe(1);
  // The server refuses a task that would end the saga, if an activity has ended since the task began.
  afterAct = async () => {
    recorded.resolve();
    await expect.poll(mails).toBe(0);
  };
  expect(await stage.direct(given.delivery, 'recall')).toBe('recalled');
  expect(await given.handle.result()).toBe('recalled');
  expect(reviewIllegalities(world, given.delivery)).toEqual([]);
});
