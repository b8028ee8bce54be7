// The way back to Free on skipped time, and what happens when it meets other moves of the same results.

import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../../domain/ids.ts';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { usePayingStage } from '../../tests/support/models/paying-stage.ts';
import {
  cancellation,
  GRACE_PERIOD_SECONDS,
  illegalities,
  illegalitiesOf,
  RETENTION_SECONDS,
} from '../../tests/support/models/world.ts';

const stage = usePayingStage();
const { world } = stage;

const HOUR = 3600;
const DAY = 24 * HOUR;

const mailsTo = (userId: UserId) => world.subscriptionMails.filter((mail) => mail.userId === userId);
const kindsTo = (userId: UserId) => mailsTo(userId).map(({ kind }) => kind);
const paidBy = (userId: UserId) => world.billing.subscriptionsOf(userId)[0]?.subscriptionId ?? '';
const archivedAtMs = ({ jobId }: MemoryJob) =>
  world.calls.findLast(({ name, input }) => name === 'storage.result.archive' && JSON.stringify(input).includes(jobId))
    ?.atMs ?? 0;

/** Premium, with a result that was restored and one that never left. */
const premium = async () => {
  const userId = world.addUser();
  const [restored, kept] = [await world.plant(userId, 'archived'), await world.plant(userId, 'live')];
  await stage.upgrade(userId);
  expect(await stage.ending(userId)).toBe('premium');
  world.reset();
  // The server skips to its next timer, whosever that is: what follows is told by the clock as it is now.
  await stage.sleep(1);
  return { userId, restored, kept, jobs: [restored, kept] };
};

const isArchivedAsAnnounced = async (userId: UserId, jobs: MemoryJob[]) => {
  const ended = mailsTo(userId).find((mail) => mail.kind === 'subscription.ended');
  if (ended?.kind !== 'subscription.ended') throw new Error('the owner was not told');
  const announcedMs = Date.parse(ended.facts.archiveDueAt ?? '');
  expect(announcedMs - ended.atMs).toBeGreaterThan((RETENTION_SECONDS - 10) * 1000);
  for (const job of jobs) {
    expect(job.resultState).toBe('archived');
    expect(archivedAtMs(job)).toBeGreaterThanOrEqual(announcedMs);
    expect(archivedAtMs(job)).toBeLessThan(announcedMs + 60_000);
  }
  expect(await illegalitiesOf(world, userId)).toEqual([]);
};

describe('the end of the period', () => {
  it('archives the results again, at the time that the owner was told and not before', async () => {
    const { userId, jobs } = await premium();
    await stage.cancel(userId, 'period_end');
    expect(await stage.ending(userId)).toBe('premium');
    expect(mailsTo(userId)).toEqual([]);
    world.billing.endPeriod(paidBy(userId));
    await stage.tell(userId);
    await stage.sleep(RETENTION_SECONDS - 20);
    expect(kindsTo(userId)).toEqual(['subscription.ended']);
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['live', 'live']);
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, jobs);
    expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 2900, refunded: 0 });
  });

  it('that is renewed changes nothing', async () => {
    const { userId, jobs } = await premium();
    world.billing.endPeriod(paidBy(userId));
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(mailsTo(userId)).toEqual([]);
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['live', 'live']);
    expect(await illegalitiesOf(world, userId, { most: 2 })).toEqual([]);
  });

  it('cancelled at once is not refunded, since it was used', async () => {
    const { userId, jobs } = await premium();
    await stage.cancel(userId, 'now');
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, jobs);
    expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 2900, refunded: 0 });
  });

  it('of a plan that was granted comes when its owner gives it up', async () => {
    const userId = world.addUser('premium');
    const job = await world.plant(userId, 'live');
    await stage.cancel(userId, 'now');
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, [job]);
  });

  it('cannot be asked for by who is Free', async () => {
    const userId = world.addUser();
    await expect(stage.cancel(userId, 'now')).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await stage.ending(userId)).toBe('free');
  });

  it('archives the others when one cannot be archived', async () => {
    const { userId, restored, kept } = await premium();
    world.fail('storage.result.archive', { kind: 'permanent', of: restored.jobId });
    await stage.cancel(userId, 'now');
    expect(await stage.ending(userId)).toBe('free');
    expect([restored.resultState, kept.resultState]).toEqual(['live', 'archived']);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

describe('a payment that fails', () => {
  it('gives a grace period with reminders, then ends Premium', async () => {
    const { userId, jobs } = await premium();
    world.billing.failRenewal(paidBy(userId));
    const failedAtMs = world.now();
    await stage.tell(userId);
    await stage.sleep(GRACE_PERIOD_SECONDS - HOUR);
    expect(world.records.tables.user(userId).plan).toBe('premium');
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['live', 'live']);
    const days = mailsTo(userId).map(({ atMs }) => Math.round((atMs - failedAtMs) / (DAY * 1000)));
    expect(days).toEqual([0, 3, 6]);
    expect(mailsTo(userId).map(({ facts }) => 'reminder' in facts && facts.reminder)).toEqual([1, 2, 3]);

    expect(await stage.ending(userId)).toBe('free');
    expect(kindsTo(userId)).toEqual([...Array(3).fill('subscription.payment_failed'), 'subscription.ended']);
    const [ended] = mailsTo(userId).filter(({ kind }) => kind === 'subscription.ended');
    expect(Math.round(((ended?.atMs ?? 0) - failedAtMs) / (DAY * 1000))).toBe(7);
    await isArchivedAsAnnounced(userId, jobs);
  });

  it('and is made good within the grace period changes nothing', async () => {
    const { userId, jobs } = await premium();
    world.billing.failRenewal(paidBy(userId));
    await stage.tell(userId);
    await stage.sleep(4 * DAY);
    world.billing.payOverdue(paidBy(userId));
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(kindsTo(userId)).toEqual(['subscription.payment_failed', 'subscription.payment_failed']);
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['live', 'live']);
    expect(await illegalitiesOf(world, userId, { most: 2 })).toEqual([]);
  });

  it('for the last time, by the payment service’s own count, ends Premium at once', async () => {
    const { userId, jobs } = await premium();
    world.billing.failRenewal(paidBy(userId));
    await stage.tell(userId);
    await stage.sleep(DAY);
    world.billing.giveUpCollecting(paidBy(userId));
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(kindsTo(userId)).toEqual(['subscription.payment_failed', 'subscription.ended']);
    await isArchivedAsAnnounced(userId, jobs);
  });

  it('while results are restored begins the grace period when they are', async () => {
    const userId = world.addUser();
    const job = await world.plant(userId, 'archived');
    world.retrievalSeconds = 12 * HOUR;
    await stage.upgrade(userId);
    await stage.sleep(HOUR);
    world.billing.failRenewal(paidBy(userId));
    await stage.tell(userId);
    await stage.sleep(14 * HOUR);
    expect(kindsTo(userId)).toEqual(['subscription.restored', 'subscription.payment_failed']);
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, [job]);
  });
});

describe('a dispute', () => {
  it('ends Premium, and is not refunded as well', async () => {
    const { userId, jobs } = await premium();
    world.billing.dispute(paidBy(userId));
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('undone: the payment was disputed');
    expect(world.billing.moneyOf(userId)).toEqual({ charged: 2900, refunded: 0, disputed: 2900 });
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['archived', 'archived']);
    expect(await illegalitiesOf(world, userId, { most: 0 })).toEqual([]);
  });

  it('of the second month leaves the first one paid', async () => {
    const { userId } = await premium();
    world.billing.endPeriod(paidBy(userId));
    world.billing.dispute(paidBy(userId));
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('undone: the payment was disputed');
    expect(world.billing.moneyOf(userId)).toEqual({ charged: 5800, refunded: 0, disputed: 2900 });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

describe('races', () => {
  it('an upgrade while the retention timer runs keeps the result', async () => {
    const userId = world.addUser();
    const job = world.submit('free', userId);
    const annotation = await stage.annotation(job.jobId);
    await stage.sleep(RETENTION_SECONDS - 60);
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(await annotation.result()).toBe('kept: the plan keeps results');
    expect(job).toMatchObject({ resultState: 'live', generation: 1 });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('an upgrade while the archive copy is in flight brings the result back', async () => {
    const userId = world.addUser();
    const job = world.submit('free', userId);
    await stage.openCheckout(userId);
    let isPaid = false;
    world.on('storage.result.archive', async () => {
      if (isPaid) return;
      isPaid = true;
      world.billing.payAs(userId);
      await stage.tell(userId);
    });
    const annotation = await stage.annotation(job.jobId);
    expect(await annotation.result()).toBe('archived');
    expect(await stage.ending(userId)).toBe('premium');
    expect(job).toMatchObject({ resultState: 'live' });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('an upgrade while a downgrade archives calls that off', async () => {
    const { userId, jobs } = await premium();
    let begun = 0;
    world.on('storage.result.archive', async () => {
      begun += 1;
      // All are being copied: the time-skipping server skips no more when a copy is called off that no worker has begun.
      if (begun === jobs.length) {
        await stage.openCheckout(userId);
        world.billing.payAs(userId);
        await stage.tell(userId);
      }
      await cancellation();
    });
    await stage.cancel(userId, 'now');
    expect(await stage.ending(userId)).toBe('premium');
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['live', 'live']);
    expect(await illegalitiesOf(world, userId, { most: 2 })).toEqual([]);
  });

  it('a result that is complete after the downgrade has a retention window of its own', async () => {
    const { userId, jobs } = await premium();
    await stage.cancel(userId, 'now');
    await stage.sleep(60);
    const young = world.submit('free', userId);
    const annotation = await stage.annotation(young.jobId);
    await stage.sleep(10);
    expect(young.resultState).toBe('live');
    expect(await stage.ending(userId)).toBe('free');
    await annotation.result();
    expect(young.resultState).toBe('archived');
    await isArchivedAsAnnounced(userId, jobs);
  });

  it('a result that is annotated across the downgrade is archived when the others are', async () => {
    const { userId, jobs } = await premium();
    const young = world.submit('premium', userId);
    const annotation = await stage.annotation(young.jobId);
    await stage.sleep(RETENTION_SECONDS - 60);
    await stage.cancel(userId, 'now');
    // Its own timer ends first, and leaves it to the downgrade.
    expect(await annotation.result()).toBe('kept: the plan keeps results');
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, [...jobs, young]);
  });

  it('a downgrade while its owner restores a result lets it end, and archives it with the others', async () => {
    const userId = world.addUser();
    const jobs = [await world.plant(userId, 'archived'), await world.plant(userId, 'live')];
    const [failed] = jobs;
    if (!failed) throw new Error('no job');
    world.fail('storage.result.restore', { kind: 'permanent', of: failed.jobId });
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    world.reset();
    world.retrievalSeconds = 150;
    const again = await stage.restore(failed.jobId);
    await stage.sleep(5);
    await stage.cancel(userId, 'now');
    await stage.sleep(200);
    await stage.tellRetrieved(failed.jobId);
    expect(await again.result()).toBe('restored');
    expect(illegalities(world, failed.jobId)).toEqual([]);
    expect(await stage.ending(userId)).toBe('free');
    await isArchivedAsAnnounced(userId, jobs);
  });

  it('events that come late, twice and together change nothing', async () => {
    const { userId, jobs } = await premium();
    await Promise.all(Array.from({ length: 10 }, () => stage.tell(userId)));
    expect(await stage.ending(userId)).toBe('premium');
    await stage.cancel(userId, 'now');
    await Promise.all(Array.from({ length: 10 }, () => stage.tell(userId)));
    expect(await stage.ending(userId)).toBe('free');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(kindsTo(userId)).toEqual(['subscription.ended']);
    await isArchivedAsAnnounced(userId, jobs);
  });
});
