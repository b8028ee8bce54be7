// A delivery of more samples than one run of its saga starts: the reviews of all of them run, the saga goes on in a new run,
// and every decision arrives.

import { expect, it, vi } from 'vitest';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { refusalOf, reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage } from '../../tests/support/models/own-review-stage.ts';

// One run starts six hundred.
const SAMPLES = process.env['VARLOOM_LONG'] ? 1000 : 605;
const ACCEPTED_OF_TEN = process.env['VARLOOM_LONG'] ? 9 : 1;
const AT_ONCE = 20;

const stage = useReviewStage();

it('is reviewed to its last sample, over more than one run', { timeout: 240_000 }, async () => {
  const { world } = stage;
  const given = await stage.deliver(SAMPLES);
  const first = await given.handle.describe();
  const begun = () =>
    new Set(world.calls.flatMap(({ name, input }) => (name === 'records.review.find' ? [JSON.stringify(input)] : [])));
  await vi.waitFor(() => expect(begun().size).toBe(SAMPLES), { timeout: 120_000, interval: 500 });

  // Some are withdrawn, the others accepted by all three.
  const accepted = given.samples.filter((_, index) => index % 10 < ACCEPTED_OF_TEN);
  const work = given.samples.values();
  const answers: string[] = [];
  const decideAll = async () => {
    for (const sample of work) {
      if (!accepted.includes(sample)) answers.push(await refusalOf(stage.reject(sample, 'technical', 'withdraw')));
      else for (const level of REVIEW_LEVELS) answers.push(await refusalOf(stage.decide(sample, level)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, decideAll));
  expect(answers.filter((answer) => answer !== 'taken')).toEqual([]);
  expect(answers).toHaveLength(SAMPLES + 2 * accepted.length);
  await stage.becomes(given.delivery, 'ready');
  expect((await stage.delivery(given.delivery).describe()).runId).not.toBe(first.runId);
  await expect.poll(() => world.reviewMails.map(({ kind }) => kind)).toEqual(['delivery.ready']);
  await stage.direct(given.delivery, 'release');
  await stage.becomes(given.delivery, 'released');
  await stage.acknowledge(given.delivery);
  expect(await given.handle.result()).toBe('acknowledged');
  expect(reviewIllegalities(world, given.delivery)).toEqual([]);
});
