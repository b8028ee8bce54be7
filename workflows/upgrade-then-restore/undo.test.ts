// Undoing an upgrade on skipped time: whichever step fails, is cancelled or called off, money and results end where they
// belong.

import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../../domain/ids.ts';
import { usePayingStage } from '../../tests/support/models/paying-stage.ts';
import { sideBySide } from '../../tests/support/models/side-by-side.ts';
import {
  cancellation,
  illegalitiesOf,
  RETENTION_SECONDS,
  type ActivityName,
} from '../../tests/support/models/world.ts';

const stage = usePayingStage();
const { world } = stage;

const HOUR = 3600;
const REFUNDED = { amount: 2900, currency: 'eur' };

const mailsTo = (userId: UserId) => world.subscriptionMails.filter((mail) => mail.userId === userId);
const kindsTo = (userId: UserId) => mailsTo(userId).map(({ kind }) => kind);

const withArchived = async (results = 2) => {
  const userId = world.addUser();
  const jobs = [];
  for (let index = 0; index < results; index++) jobs.push(await world.plant(userId, 'archived'));
  return { userId, jobs };
};

/** Of each user the first result is live again, the second waits for the store. */
const halfWays = async (users: number) => {
  world.retrievalSeconds = 12 * HOUR;
  const upgraded = await sideBySide(Array.from({ length: users }), async () => {
    const { userId, jobs } = await withArchived(2);
    const [done, waiting] = jobs;
    if (!done || !waiting) throw new Error('no jobs');
    await stage.upgrade(userId);
    return { userId, done, waiting };
  });
  await stage.sleep(60);
  for (const { done } of upgraded) {
    world.store.archive.completeRetrievals(done.archiveKey ?? '');
    await stage.tellRetrieved(done.jobId);
  }
  await stage.sleep(60);
  for (const { done, waiting } of upgraded) {
    expect([done.resultState, waiting.resultState]).toEqual(['live', 'restoring']);
  }
  return upgraded;
};
const halfWay = async () => {
  const [upgraded] = await halfWays(1);
  if (!upgraded) throw new Error('no user');
  return upgraded;
};

const isUndone = async (userId: UserId) => {
  expect(world.records.tables.user(userId).plan).toBe('free');
  expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 2900, refunded: 2900 });
  expect(await illegalitiesOf(world, userId, { most: 0 })).toEqual([]);
};

const STEPS = [
  'billing.customer.ensure',
  'records.account.saveCustomer',
  'billing.checkout.open',
  'records.account.saveCheckout',
  'billing.account.read',
  'records.account.find',
  'records.account.save',
  'records.plan.upgrade',
  'records.restore.listWaiting',
  'records.restore.begin',
  'storage.result.retrieve',
  'storage.result.checkRetrieval',
  'storage.result.restore',
  'storage.object.remove',
  'records.restore.finish',
  'records.restore.count',
  'mail.subscription.send',
] as const;

/** A step of the saga of one result, and not of its owner's. */
const isOfResult = (name: ActivityName) =>
  name.startsWith('storage.') ||
  (['records.restore.begin', 'records.restore.finish', 'records.restore.abandon'] as ActivityName[]).includes(name);

describe('a step that fails', () => {
  it('twice, before or after its act, changes nothing in the end', async () => {
    const cases = STEPS.flatMap((name) => (['before', 'after'] as const).map((when) => ({ name, when })));
    const upgraded = await sideBySide(cases, async ({ name, when }) => {
      const { userId, jobs } = await withArchived(1);
      const [job] = jobs;
      if (!job) throw new Error('no job');
      world.fail(name, { kind: 'transient', when, of: isOfResult(name) ? job.jobId : userId });
      await stage.upgrade(userId);
      return { name, when, userId };
    });
    // All have paid: nobody misses a page that expires. One is awaited at a time: two would skip time while activities run.
    const ended = [];
    for (const { name, when, userId } of upgraded) {
      const ending = await stage.ending(userId);
      ended.push({ name, when, ending, mails: kindsTo(userId), illegal: await illegalitiesOf(world, userId) });
    }
    const asEver = { ending: 'premium', mails: ['subscription.restored'], illegal: [] };
    expect(ended).toEqual(cases.map((one) => ({ ...one, ...asEver })));
    expect(world.unspent()).toEqual([]);
  });

  it.for(['billing.customer.ensure', 'billing.checkout.open'] as const)(
    '%s, for good: who asked is told, and nothing is paid',
    async (name) => {
      const { userId } = await withArchived(1);
      world.fail(name, { kind: 'permanent', type: 'billing_not_configured' });
      await expect(stage.openCheckout(userId)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
      expect(await stage.ending(userId)).toBe('free');
      expect(await illegalitiesOf(world, userId)).toEqual([]);
    },
  );

  it.for(['before', 'after'] as const)('the change of plan, for good, %s its act: all is undone', async (when) => {
    const { userId, jobs } = await withArchived(2);
    world.fail('records.plan.upgrade', { kind: 'permanent', when });
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('undone: the plan could not be changed');
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['archived', 'archived']);
    expect(mailsTo(userId)).toMatchObject([{ facts: { reason: 'plan_failed', refunded: REFUNDED } }]);
    await isUndone(userId);
  });

  it('a mail that cannot be sent does not touch the upgrade', async () => {
    const { userId } = await withArchived(1);
    world.fail('mail.subscription.send', { kind: 'permanent' });
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('a payment service that cannot be read for good fails the saga, and the next one converges', async () => {
    const { userId } = await withArchived(1);
    await stage.openCheckout(userId);
    await stage.sleep(1);
    world.billing.payAs(userId);
    world.fail('billing.account.read', { kind: 'permanent' });
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('threw WorkflowFailedError');
    world.fail('billing.account.read', { kind: 'transient', times: 0 });
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

describe('called off half-way', () => {
  it('by its owner, at once: refunded, Free, and results whole', async () => {
    const { userId, done, waiting } = await halfWay();
    await stage.cancel(userId, 'now');
    // The undo waits for nothing that time could bring.
    await expect.poll(() => world.records.tables.user(userId).plan).toBe('free');
    expect([done.resultState, waiting.resultState]).toEqual(['live', 'archived']);
    const announcedMs = world.records.tables.subscriptions.get(userId)?.archiveDueAtMs ?? 0;
    expect(announcedMs).toBeGreaterThan(world.now());

    expect(await stage.ending(userId)).toBe('undone: the upgrade was cancelled half-way');
    expect(done.resultState).toBe('archived');
    const archivedAtMs = world.calls.find(({ name }) => name === 'storage.result.archive')?.atMs ?? 0;
    expect(archivedAtMs).toBeGreaterThanOrEqual(announcedMs);
    expect(archivedAtMs).toBeLessThan(announcedMs + 60_000);
    expect(mailsTo(userId)).toMatchObject([{ facts: { reason: 'cancelled', refunded: REFUNDED } }]);
    await isUndone(userId);
  });

  it('by its owner, at the end of the period: it goes on until then', async () => {
    const { userId, done, waiting } = await halfWay();
    await stage.cancel(userId, 'period_end');
    expect(await stage.ending(userId)).toBe('premium');
    expect([done.resultState, waiting.resultState]).toEqual(['live', 'live']);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
    world.billing.endPeriod(world.billing.subscriptionsOf(userId)[0]?.subscriptionId ?? '');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(kindsTo(userId)).toEqual(['subscription.restored', 'subscription.ended']);
    expect([done.resultState, waiting.resultState]).toEqual(['archived', 'archived']);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('by the bank: Free, and nothing is refunded twice', async () => {
    const { userId, waiting } = await halfWay();
    world.billing.dispute(world.billing.subscriptionsOf(userId)[0]?.subscriptionId ?? '');
    await stage.tell(userId);
    await expect.poll(() => waiting.resultState).toBe('archived');
    expect(await stage.ending(userId)).toBe('undone: the payment was disputed');
    expect(world.billing.moneyOf(userId)).toEqual({ charged: 2900, refunded: 0, disputed: 2900 });
    expect(mailsTo(userId)).toMatchObject([{ facts: { reason: 'disputed', refunded: null } }]);
    expect(await illegalitiesOf(world, userId, { most: 0 })).toEqual([]);
  });

  it('is undone although a step of the undo fails once', async () => {
    const steps = [
      'billing.subscription.undo',
      'records.plan.downgrade',
      'records.plan.recordUndone',
      'records.restore.abandon',
      'storage.object.remove',
    ] as const;
    const upgraded = await halfWays(steps.length);
    const ended = await sideBySide(steps, async (name, index) => {
      const user = upgraded[index];
      if (!user) throw new Error('fewer users than steps');
      const { userId, waiting } = user;
      const of = isOfResult(name) ? waiting.jobId : userId;
      world.fail(name, { kind: 'transient', times: 1, when: 'after', of });
      await stage.cancel(userId, 'now');
      return { name, userId };
    });
    for (const { name, userId } of ended) {
      expect([name, await stage.ending(userId)]).toEqual([name, 'undone: the upgrade was cancelled half-way']);
      expect([name, kindsTo(userId)]).toEqual([name, ['subscription.undone']]);
      await isUndone(userId);
    }
    expect(world.unspent()).toEqual([]);
  });

  it('and paid again: the results come back after all', async () => {
    const { userId, done, waiting } = await halfWay();
    await stage.cancel(userId, 'now');
    await stage.sleep(10);
    world.retrievalSeconds = 60;
    await stage.openCheckout(userId);
    await stage.sleep(2 * RETENTION_SECONDS);
    // Not archived while its owner is about to pay.
    expect(done.resultState).toBe('live');
    expect(world.billing.payAs(userId)).toBe('paid');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect([done.resultState, waiting.resultState]).toEqual(['live', 'live']);
    expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 5800, refunded: 2900 });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

describe('cancellation by an operator', () => {
  const cancelAt = (userId: UserId, name: ActivityName, isCancellable: boolean) => {
    let isDone = false;
    world.on(name, async () => {
      if (isDone || !world.billing.subscriptionsOf(userId).length) return;
      isDone = true;
      await stage.subscription(userId).cancel();
      if (isCancellable) await cancellation();
    });
  };

  it('while payment is awaited closes the page', async () => {
    const { userId } = await withArchived(1);
    await stage.openCheckout(userId);
    await stage.sleep(HOUR);
    await stage.subscription(userId).cancel();
    expect(await stage.ending(userId)).toBe('undone: the upgrade was cancelled half-way');
    expect(world.billing.payAs(userId)).toBe('closed');
    expect(mailsTo(userId)).toEqual([]);
    expect(await illegalitiesOf(world, userId, { most: 0 })).toEqual([]);
  });

  it.for([
    ['billing.account.read', true],
    ['storage.result.retrieve', true],
    ['storage.result.checkRetrieval', true],
    ['storage.result.restore', true],
  ] as const)('at %s undoes the upgrade', async ([name, isCancellable]) => {
    const { userId, jobs } = await withArchived(1);
    cancelAt(userId, name, isCancellable);
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('undone: the upgrade was cancelled half-way');
    expect(jobs[0]?.resultState).toBe('archived');
    await isUndone(userId);
  });

  it('while results are restored undoes the upgrade', async () => {
    const { userId, done, waiting } = await halfWay();
    await stage.subscription(userId).cancel();
    expect(await stage.ending(userId)).toBe('undone: the upgrade was cancelled half-way');
    expect([done.resultState, waiting.resultState]).toEqual(['live', 'archived']);
    await isUndone(userId);
    // What was restored is archived by the next saga, at the time that was announced.
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(done.resultState).toBe('archived');
    await isUndone(userId);
  });

  it.for([
    'storage.object.remove',
    'records.restore.finish',
    'records.restore.count',
    'mail.subscription.send',
  ] as const)('at %s leaves results whole, and money and plan in agreement', async (name) => {
    const { userId } = await withArchived(1);
    cancelAt(userId, name, false);
    await stage.upgrade(userId);
    await stage.ending(userId);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('after an upgrade leaves Premium as it is', async () => {
    const { userId } = await withArchived(1);
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    world.on('billing.account.read', async () => {
      await stage.subscription(userId).cancel();
      await cancellation();
    });
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('threw WorkflowFailedError');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});
