// Paying and restoring on skipped time: what a person who pays gets, however the payment and the store behave.

import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../../domain/ids.ts';
import { usePayingStage } from '../../tests/support/models/paying-stage.ts';
import { CHECKOUT_SECONDS, illegalitiesOf } from '../../tests/support/models/world.ts';

const stage = usePayingStage();
const { world } = stage;

const HOUR = 3600;

const mailsTo = (userId: UserId) =>
  world.subscriptionMails.filter((mail) => mail.userId === userId).map(({ kind, facts }) => ({ kind, facts }));
const restored = (total: number, failed = 0) => ({
  kind: 'subscription.restored',
  facts: { total, restored: total - failed, failed },
});

describe('checkout', () => {
  it('that expires unpaid leaves everything as it was', async () => {
    const userId = world.addUser();
    const job = await world.plant(userId, 'archived');
    const { expiresAt } = await stage.openCheckout(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(world.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(world.billing.openPagesOf(userId)).toEqual([]);
    expect(job.resultState).toBe('archived');
    expect(world.subscriptionMails).toEqual([]);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('asked for again while one is open is the same page', async () => {
    const userId = world.addUser();
    const first = await stage.openCheckout(userId);
    await stage.sleep(HOUR);
    expect(await stage.openCheckout(userId)).toEqual(first);
    expect(world.billing.openPagesOf(userId)).toHaveLength(1);
    expect(await stage.ending(userId)).toBe('free');
  });

  it('is closed when its owner does not want it any more', async () => {
    const userId = world.addUser();
    await stage.openCheckout(userId);
    await stage.cancel(userId, 'now');
    expect(await stage.ending(userId)).toBe('free');
    expect(world.billing.openPagesOf(userId)).toEqual([]);
    expect(world.billing.payAs(userId)).toBe('closed');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('is paid after hours', async () => {
    const userId = world.addUser();
    const job = await world.plant(userId, 'archived');
    await stage.openCheckout(userId);
    await stage.sleep(20 * HOUR);
    expect(world.billing.payAs(userId)).toBe('paid');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(job.resultState).toBe('live');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('that was paid is found when no event ever comes', async () => {
    const userId = world.addUser();
    const job = await world.plant(userId, 'archived');
    await stage.openCheckout(userId);
    world.billing.payAs(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(world.now()).toBeGreaterThan(0);
    expect(job.resultState).toBe('live');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('is paid by another card after one was declined', async () => {
    const userId = world.addUser();
    await world.plant(userId, 'archived');
    await stage.openCheckout(userId);
    expect(world.billing.payAs(userId, 'declined')).toBe('declined');
    await stage.tell(userId);
    await stage.sleep(60);
    expect(world.records.tables.user(userId).plan).toBe('free');
    expect(world.billing.payAs(userId)).toBe('paid');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 2900, refunded: 0 });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('that was declined and left alone leaves its owner Free', async () => {
    const userId = world.addUser();
    await stage.openCheckout(userId);
    world.billing.payAs(userId, 'declined');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('free');
    expect(world.billing.moneyOf(userId)).toEqual({ charged: 0, refunded: 0, disputed: 0 });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('is refused to who has Premium, and to who was just found to have paid', async () => {
    const userId = world.addUser();
    await stage.openCheckout(userId);
    await stage.sleep(1);
    world.billing.payAs(userId);
    const paid = stage.openCheckout(userId);
    await expect(paid).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    // No event has come: the refusal itself was news.
    await stage.sleep(60);
    expect(world.records.tables.user(userId).plan).toBe('premium');
    expect(await stage.ending(userId)).toBe('premium');
    await expect(stage.openCheckout(userId)).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await stage.ending(userId)).toBe('premium');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('leaves the plan of who was granted Premium alone', async () => {
    const userId = world.addUser('premium');
    const job = await world.plant(userId, 'live');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('granted: the plan does not depend on a payment');
    expect(world.records.tables.user(userId).plan).toBe('premium');
    expect(job.resultState).toBe('live');
  });

  it('paid twice by two pages is one subscription, and the later one is refunded', async () => {
    const userId = world.addUser();
    const job = await world.plant(userId, 'archived');
    await stage.openCheckout(userId);
    // A page whose address was lost on the way to us, and not to the payer.
    const customerId = world.billing.customerOf(userId) ?? '';
    const open = world.billing.activities['billing.checkout.open'];
    const other = await open({ userId, customerId, act: 'lost' });
    world.billing.payAs(userId);
    await stage.sleep(1);
    expect(world.billing.pay(other.sessionId)).toBe('closed');
    const first = world.billing.openPagesOf(userId)[0];
    expect(world.billing.pay(first ?? '')).toBe('paid');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(world.billing.moneyOf(userId)).toMatchObject({ charged: 5800, refunded: 2900 });
    expect(job.resultState).toBe('live');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('whose event comes before the answer of the page is not missed', async () => {
    const userId = world.addUser();
    world.on('records.account.saveCheckout', async () => {
      if (world.billing.payAs(userId) === 'paid') await stage.tell(userId);
    });
    await stage.openCheckout(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(world.now()).toBeGreaterThan(0);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

describe('restore', () => {
  const LONG = process.env['VARLOOM_LONG'] !== undefined;

  it.for([0, 1, 25])('of %d results ends with one mail', async (results) => {
    const userId = world.addUser();
    for (let index = 0; index < results; index++) await world.plant(userId, 'archived');
    const kept = await world.plant(userId, 'live');
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(mailsTo(userId)).toEqual([restored(results)]);
    expect(kept).toMatchObject({ resultState: 'live', resultKey: null });
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  // More than one run of the saga moves: one run begins four hundred.
  it(`of ${LONG ? 1000 : 405} results goes on in a new run, and ends with one mail`, async () => {
    const results = LONG ? 1000 : 405;
    const userId = world.addUser();
    for (let index = 0; index < results; index++) await world.plant(userId, 'archived');
    await stage.openCheckout(userId);
    const { workflowExecutionInfo } = await describeRun(userId);
    world.billing.payAs(userId);
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect((await describeRun(userId)).workflowExecutionInfo).not.toEqual(workflowExecutionInfo);
    expect(mailsTo(userId)).toEqual([restored(results)]);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  }, 240_000);

  const describeRun = async (userId: UserId) => {
    const { runId } = await stage.subscription(userId).describe();
    return { workflowExecutionInfo: runId };
  };

  it('tells how far it is', async () => {
    const userId = world.addUser();
    const jobs = [await world.plant(userId, 'archived'), await world.plant(userId, 'archived')];
    world.retrievalSeconds = 4 * HOUR;
    await stage.upgrade(userId);
    await stage.sleep(HOUR);
    expect(jobs.map(({ resultState }) => resultState)).toEqual(['restoring', 'restoring']);
    expect(world.subscriptionMails).toEqual([]);
    expect(await stage.ending(userId)).toBe('premium');
    expect(mailsTo(userId)).toEqual([restored(2)]);
  });

  it('that fails for good does not keep the others, and can be tried again', async () => {
    const userId = world.addUser();
    const jobs = await Promise.all([1, 2, 3, 4, 5].map(() => world.plant(userId, 'archived')));
    const [bad] = jobs;
    if (!bad) throw new Error('no job');
    world.fail('storage.result.restore', { kind: 'permanent', of: bad.jobId, type: 'restore_verification_failed' });
    await stage.upgrade(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(mailsTo(userId)).toEqual([restored(5, 1)]);
    expect(bad.resultState).toBe('archived');
    expect(world.records.tables.restores.get(bad.jobId)).toMatchObject({
      state: 'failed',
      error: { type: 'restore_verification_failed' },
    });
    expect(jobs.filter(({ resultState }) => resultState === 'live')).toHaveLength(4);
    expect(await illegalitiesOf(world, userId)).toEqual([]);

    world.fail('storage.result.restore', { kind: 'transient', times: 0 });
    expect(await (await stage.restore(bad.jobId)).result()).toBe('restored');
    expect(bad.resultState).toBe('live');
    expect(world.records.tables.restores.get(bad.jobId)?.state).toBe('restored');
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });

  it('that its owner began already is waited for', async () => {
    const userId = world.addUser();
    const [mine, other] = [await world.plant(userId, 'archived'), await world.plant(userId, 'archived')];
    world.retrievalSeconds = HOUR;
    await stage.openCheckout(userId);
    world.billing.payAs(userId);
    // The plan is set by hand for a moment, as an operator may.
    world.records.tables.user(userId).plan = 'premium';
    const handle = await stage.restore(mine.jobId);
    await expect.poll(() => mine.resultState).toBe('restoring');
    await stage.tell(userId);
    expect(await stage.ending(userId)).toBe('premium');
    expect(await handle.result()).toBe('restored');
    expect([mine.resultState, other.resultState]).toEqual(['live', 'live']);
    expect(mailsTo(userId)).toEqual([restored(2)]);
    expect(await illegalitiesOf(world, userId)).toEqual([]);
  });
});

it('the page expires by the service, not by us', () => {
  expect(CHECKOUT_SECONDS).toBe(24 * HOUR);
});
