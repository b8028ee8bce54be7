// What happens in a delivery when nobody does anything: reminders, escalation, a partner that does not answer or acknowledge;
// and that nothing is released by itself.

import { describe, expect, it } from 'vitest';
import { reviewIllegalities } from '../../tests/support/models/review-illegalities.ts';
import { useReviewStage, type OwnReviewStage } from '../../tests/support/models/own-review-stage.ts';
import type { Delivered } from '../../tests/support/models/review-stage.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const stage = useReviewStage();
const { world } = stage;

const ready = async (to?: Parameters<OwnReviewStage['deliver']>[1]): Promise<Delivered> => {
  const given = await stage.deliver(1, to);
  await stage.acceptUpTo(given.sample, 'director');
  await stage.becomes(given.delivery, 'ready');
  return given;
};
const kindsOf = ({ delivery }: Delivered) =>
  world.reviewMails.filter((mail) => mail.delivery === delivery).map(({ kind }) => kind);

describe('a sample that waits', () => {
  /** Each with the hours since the sample has come to its level. */
  const reminded = ({ delivery, sample }: Delivered) => {
    const { sinceMs } = world.review.review({ delivery, sample });
    return world.reviewMails.flatMap((mail) =>
      'level' in mail && mail.sample === sample && mail.atMs >= sinceMs
        ? [{ what: `${mail.kind} ${mail.level}`, afterSeconds: (mail.atMs - sinceMs) / 1000 }]
        : [],
    );
  };

  it('has its reviewers reminded after a day, its director told after three, and anew at each level', async () => {
    const given = await stage.deliver(1);
    for (const level of ['technical', 'licensed', 'director'] as const) {
      await stage.sleep(DAY - 120);
      expect(reminded(given)).toEqual([]);
      await stage.sleep(240);
      expect(reminded(given).map(({ what }) => what)).toEqual([`review.reminder ${level}`]);
      await stage.sleep(2 * DAY - 360);
      expect(reminded(given)).toHaveLength(1);
      await stage.sleep(360);
      const [first, second] = reminded(given);
      expect(second?.what).toBe(`review.escalation ${level}`);
      expect(first?.afterSeconds).toBeGreaterThanOrEqual(DAY);
      expect(first?.afterSeconds).toBeLessThan(DAY + 60);
      expect(second?.afterSeconds).toBeGreaterThanOrEqual(3 * DAY);
      expect(second?.afterSeconds).toBeLessThan(3 * DAY + 60);
      await stage.sleep(10 * DAY);
      expect(reminded(given)).toHaveLength(2);
      await stage.decide(given.sample, level);
    }
    await stage.becomes(given.delivery, 'ready');
  });

  it('that is decided in time, or returned, counts from its last decision', async () => {
    const given = await stage.deliver(1);
    await stage.sleep(23 * HOUR);
    await stage.decide(given.sample, 'technical');
    await stage.sleep(23 * HOUR);
    await stage.reject(given.sample, 'licensed', 'return');
    await stage.sleep(23 * HOUR);
    expect(kindsOf(given)).toEqual([]);
    await stage.sleep(2 * HOUR);
    expect(reminded(given).map(({ what }) => what)).toEqual(['review.reminder technical']);
  });
});

describe('a delivery', () => {
  it('that is ready is not released by itself', async () => {
    const given = await ready({ endpoints: [() => 'takes'] });
    await stage.sleep(60 * DAY);
    expect(world.review.delivery(given.delivery).state).toBe('ready');
    expect(kindsOf(given)).toEqual(['delivery.ready']);
    expect(world.review.messagesOf(given.delivery)).toEqual([]);
  });

  it('whose last samples close at the same moment is called ready once', async () => {
    const given = await stage.deliver(6);
    for (const sample of given.samples) await stage.acceptUpTo(sample, 'licensed');
    await Promise.all(given.samples.map((sample) => stage.decide(sample, 'director')));
    for (const sample of given.samples) expect(await stage.review(sample).result()).toBe('accepted');
    await stage.sleep(HOUR);
    expect(world.review.delivery(given.delivery).state).toBe('ready');
    expect(kindsOf(given)).toEqual(['delivery.ready']);
  });

  it('that is never acknowledged is closed after ninety days, and not before', async () => {
    const given = await ready();
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
    await stage.sleep(89 * DAY);
    expect(world.review.review(given)).toMatchObject({ isOpen: true });
    expect(await given.handle.result()).toBe('closed');
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it('whose partner takes no message is ready again after three days, people are told, and may try again', async () => {
    const given = await ready({ endpoints: [() => 'fails', () => 'fails'] });
    await stage.direct(given.delivery, 'release');
    await stage.sleep(3 * DAY);
    expect(world.review.delivery(given.delivery).state).toBe('releasing');
    await stage.sleep(DAY);
    expect(world.review.delivery(given.delivery)).toMatchObject({
      state: 'ready',
      releaseFailure: 'The partner could not be told.',
    });
    expect(kindsOf(given)).toEqual(['delivery.ready', 'delivery.release_failed']);
    world.review.delivery(given.delivery).endpoints = [() => 'takes'];
    await stage.direct(given.delivery, 'release');
    await stage.becomes(given.delivery, 'released');
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
    expect(kindsOf(given)).toEqual(['delivery.ready', 'delivery.release_failed']);
    expect(reviewIllegalities(world, given.delivery)).toEqual([]);
  });

  it('whose partner takes the message at the fifth attempt is released then', async () => {
    const given = await ready({ endpoints: [(attempt) => (attempt < 5 ? 'fails' : 'takes')] });
    await stage.direct(given.delivery, 'release');
    await stage.sleep(2 * HOUR);
    expect(world.review.delivery(given.delivery).state).toBe('releasing');
    await stage.sleep(2 * HOUR);
    expect(world.review.delivery(given.delivery).state).toBe('released');
  });

  it('whose partner acknowledges before it was told is acknowledged', async () => {
    const given = await ready({ endpoints: [() => 'fails'] });
    await stage.direct(given.delivery, 'release');
    await expect.poll(() => world.review.messagesOf(given.delivery)).toHaveLength(1);
    await stage.acknowledge(given.delivery);
    expect(await given.handle.result()).toBe('acknowledged');
    expect(kindsOf(given)).toEqual(['delivery.ready']);
  });
});
