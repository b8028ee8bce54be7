// A review whose saga is behind Postgres, as when Temporal has lost what came last: it takes over what Postgres holds.

import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ReviewLevel } from '../../domain/review.ts';
import { useReviewStage } from '../../tests/support/models/own-review-stage.ts';
import { refusalOf } from '../../tests/support/models/review-illegalities.ts';
import type { Delivered } from '../../tests/support/models/review-stage.ts';
import { lookAgainSignal, reviewQuery } from './messages.ts';

const stage = useReviewStage();
const { world } = stage;

/** A decision of which the saga knows nothing. */
const decidedUnseen = async ({ delivery, sample }: Delivered, level: ReviewLevel, rest: object = {}) => {
  const job = world.review.tables.samples.get(sample)?.jobId;
  const resultChecksum = (job && world.records.job(job).result?.sha256) ?? '';
  const authenticatedAt = new Date(world.now()).toISOString();
  const signed = { decisionId: randomUUID(), level, decision: 'accept', resultChecksum, authenticatedAt } as const;
  await world.review.activities['records.decision.write']({
    delivery,
    sample,
    reviewer: stage.people[level],
    signed: { ...signed, ...rest },
  });
};

it('answers what Postgres says, and takes the next decision where Postgres has the sample', async () => {
  const given = await stage.deliver(1);
  await decidedUnseen(given, 'technical');
  const colleague = world.review.laboratory.addMember('technical');
  expect(await refusalOf(stage.decide(given.sample, 'technical', {}, colleague))).toBe('already_decided');
  expect(await stage.review(given.sample).query(reviewQuery)).toMatchObject({ level: 'licensed' });
  expect(await stage.decide(given.sample, 'licensed')).toEqual({ state: 'in_review', level: 'director' });
});

it('looks when it is told that it is behind', async () => {
  const given = await stage.deliver(1);
  await decidedUnseen(given, 'technical');
  await decidedUnseen(given, 'licensed');
  // By what it knows, the saga is right.
  expect(await refusalOf(stage.decide(given.sample, 'director'))).toBe('wrong_level');
  await stage.review(given.sample).signal(lookAgainSignal);
  expect(await stage.decide(given.sample, 'director')).toEqual({ state: 'accepted', level: 'director' });
  await stage.becomes(given.delivery, 'ready');
});

it('ends when the sample was closed, and tells the delivery', async () => {
  const given = await stage.deliver(1);
  await decidedUnseen(given, 'technical', { decision: 'reject', reasonCode: 'low_quality', followUp: 'withdraw' });
  const colleague = world.review.laboratory.addMember('technical');
  expect(await refusalOf(stage.decide(given.sample, 'technical', {}, colleague))).toBe('sample_closed');
  expect(await stage.review(given.sample).result()).toBe('withdrawn');
  expect(await given.handle.result()).toBe('closed');
});

it('is not disturbed when nothing has changed', async () => {
  const given = await stage.deliver(1);
  await stage.review(given.sample).signal(lookAgainSignal);
  expect(await stage.decide(given.sample, 'technical')).toEqual({ state: 'in_review', level: 'licensed' });
});
