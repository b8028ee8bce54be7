// What the store of record must answer to the sagas of paying and restoring: run against Postgres and against the model
// in memory. Every function may be called twice, and answers the same.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestoreMove } from '../../activities/records/billing.ts';
import type { StripeAccount, StripeSubscription } from '../../domain/billing.ts';
import type { JobId, UserId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import {
  GRACE_PERIOD_SECONDS,
  inMemory,
  inPostgres,
  RETENTION_SECONDS,
  type Subject,
} from './billing-records-subjects.ts';

const FAILURE = { type: 'archive_missing' as const, message: 'gone' };
const EXPIRES = '2030-01-01T00:00:00.000Z';

const paying = (status: StripeSubscription['status'], subscriptionId = 'sub_1'): StripeSubscription => ({
  subscriptionId,
  status,
  createdAt: `2026-01-0${subscriptionId.slice(-1)}T00:00:00.000Z`,
  currentPeriodEnd: EXPIRES,
  cancelAtPeriodEnd: false,
  isDisputed: false,
});

const account = (customerId: string, rest: Partial<StripeAccount> = {}): StripeAccount => ({
  customerId,
  checkout: null,
  subscriptions: [],
  invoices: [],
  ...rest,
});

describe.for([
  ['the model in memory', inMemory],
  ['Postgres', inPostgres],
] as const)('%s', ([, create]) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
  });
  afterAll(() => subject.close());

  /** Calls twice, as a workflow task that is run again does; both must answer the same. */
  async function twice<T>(call: () => Promise<T>): Promise<T> {
    const first = await call();
    expect(await call()).toEqual(first);
    return first;
  }

  const live = async (owner: UserId): Promise<JobId> => {
    const id = await subject.submit(owner);
    await subject.records['records.job.start']({ jobId: id });
    const result = { prefix: `${id}/1`, sizeBytes: 7, sha256: 'ab'.repeat(32), records: 3 };
    await subject.records['records.job.complete']({ jobId: id, result });
    return id;
  };

  /** Generation 2. */
  const archiving = async (owner: UserId) => {
    const id = await live(owner);
    await subject.letPass(RETENTION_SECONDS);
    const begun = await subject.records['records.archive.begin']({ jobId: id, generation: 1 });
    if (begun.decision !== 'archive') throw new Error(`not archived: ${begun.decision}`);
    return { id, move: begun.move };
  };

  const archived = async (owner: UserId): Promise<JobId> => {
    const { id, move } = await archiving(owner);
    expect(await subject.records['records.archive.finish']({ jobId: id, move })).toBe(true);
    return id;
  };

  const customer = async (plan: Plan = 'free') => {
    const userId = await subject.addUser(plan);
    const { customerId } = await subject.records['records.account.saveCustomer']({
      userId,
      customerId: `cus_${randomUUID()}`,
    });
    return { userId, customerId };
  };

  const upgrade = async (userId: UserId) => {
    const upgradeId = randomUUID();
    const { total } = await twice(() => subject.records['records.plan.upgrade']({ userId, upgradeId }));
    return { upgradeId, total };
  };

  const beginRestore = async (id: JobId): Promise<RestoreMove> => {
    const begun = await subject.records['records.restore.begin']({ jobId: id });
    if (begun.decision !== 'restore') throw new Error(`not restored: ${begun.decision}`);
    // A repeat cannot know that it is one, and says that the move had begun.
    const again = await subject.records['records.restore.begin']({ jobId: id });
    expect(again).toEqual({ ...begun, isResumed: true });
    return begun.move;
  };

  const downgrade = (userId: UserId) =>
    twice(() => subject.records['records.plan.downgrade']({ userId, reason: 'ended' }));

  describe('accounts', () => {
    it('is nobody’s customer before the first checkout', async () => {
      const userId = await subject.addUser('free');
      expect(await twice(() => subject.records['records.account.find']({ userId }))).toEqual({
        plan: 'free',
        organizationId: expect.any(String),
        customerId: null,
        checkoutSessionId: null,
        upgradeId: null,
        archiveDueAt: null,
      });
      const save = subject.records['records.account.save']({ userId, account: account('cus_unknown') });
      await expect(save).rejects.toThrow('no customer');
    });

    it('keeps the first customer that is noted', async () => {
      const { userId, customerId } = await customer();
      const second = await subject.records['records.account.saveCustomer']({ userId, customerId: 'cus_second' });
      expect(second).toEqual({ customerId });
      expect((await subject.records['records.account.find']({ userId })).customerId).toBe(customerId);
    });

    it('remembers the payment page that was opened last', async () => {
      const { userId, customerId } = await customer();
      for (const sessionId of ['cs_1', 'cs_2']) {
        const page = { userId, sessionId, url: 'https://pay.test/1', expiresAt: EXPIRES };
        await twice(() => subject.records['records.account.saveCheckout'](page));
      }
      const found = await subject.records['records.account.find']({ userId });
      expect(found).toMatchObject({ customerId, checkoutSessionId: 'cs_2' });
    });

    it('answers what the account entitles to, and changes no plan', async () => {
      const { userId, customerId } = await customer();
      const held = account(customerId, { subscriptions: [paying('active'), paying('active', 'sub_2')] });
      const saved = await twice(() => subject.records['records.account.save']({ userId, account: held }));
      expect(saved).toEqual({
        plan: 'free',
        organizationId: expect.any(String),
        customerId,
        checkoutSessionId: null,
        upgradeId: null,
        archiveDueAt: null,
        standing: { kind: 'premium', subscription: paying('active') },
        duplicates: ['sub_2'],
        graceEndsAt: null,
      });
      expect(await subject.planOf(userId)).toBe('free');
    });

    it('gives a grace period that begins once, and begins anew after a payment', async () => {
      const { userId, customerId } = await customer();
      const late = account(customerId, { subscriptions: [paying('past_due')] });
      const saveLate = () => subject.records['records.account.save']({ userId, account: late });
      const first = await twice(saveLate);
      const untilEnd = Date.parse(first.graceEndsAt ?? '') - Date.now();
      // The model's clock may be ahead by what other cases let pass.
      expect(untilEnd).toBeGreaterThan((GRACE_PERIOD_SECONDS - 60) * 1000);
      await subject.letPass(24 * 3600);
      await saveLate();
      const paid = account(customerId, { subscriptions: [paying('active')] });
      const recovered = await subject.records['records.account.save']({ userId, account: paid });
      expect(recovered.graceEndsAt).toBeNull();
      const again = await saveLate();
      expect(Date.parse(again.graceEndsAt ?? '')).toBeGreaterThan(Date.parse(first.graceEndsAt ?? ''));
    });
  });

  describe('upgrade', () => {
    it('makes Premium once, ends the expiry of live results, and lists what is to come back', async () => {
      const { userId } = await customer();
      const away = [await archived(userId), (await archiving(userId)).id].toSorted();
      const here = await live(userId);
      const { upgradeId, total } = await upgrade(userId);
      expect(total).toBe(2);
      expect(await subject.planOf(userId)).toBe('premium');
      expect(await subject.audited(userId, 'user.upgraded')).toBe(1);
      expect(await subject.look(here)).toMatchObject({ expiresInSeconds: null, restore: null });
      const list = (limit: number) => subject.records['records.restore.listWaiting']({ upgradeId, limit });
      expect(await twice(() => list(10))).toEqual(away);
      expect(await list(1)).toEqual(away.slice(0, 1));
      const count = await subject.records['records.restore.count']({ upgradeId });
      expect(count).toEqual({ total: 2, restored: 0, failed: 0 });
      expect((await subject.records['records.account.find']({ userId })).upgradeId).toBe(upgradeId);
    });

    it('refuses a user whose customer is unknown', async () => {
      const userId = await subject.addUser('free');
      const refused = subject.records['records.plan.upgrade']({ userId, upgradeId: randomUUID() });
      await expect(refused).rejects.toThrow('no customer');
      expect(await subject.planOf(userId)).toBe('free');
    });

    it('does not archive a result any more', async () => {
      const { userId } = await customer();
      const id = await live(userId);
      await upgrade(userId);
      await subject.letPass(RETENTION_SECONDS);
      const begun = await twice(() => subject.records['records.archive.begin']({ jobId: id, generation: 1 }));
      expect(begun).toEqual({ decision: 'keep' });
    });

    it('counts a result that was being archived and stayed live as restored', async () => {
      const { userId } = await customer();
      const { id, move } = await archiving(userId);
      const { upgradeId } = await upgrade(userId);
      const begin = () => subject.records['records.restore.begin']({ jobId: id });
      expect(await twice(begin)).toEqual({ decision: 'wait' });
      await subject.records['records.archive.abandon']({ jobId: id, generation: move.generation });
      expect(await twice(begin)).toEqual({ decision: 'none' });
      const count = await subject.records['records.restore.count']({ upgradeId });
      expect(count).toEqual({ total: 1, restored: 1, failed: 0 });
    });
  });

  describe('restore', () => {
    const upgraded = async () => {
      const { userId } = await customer();
      const id = await archived(userId);
      return { userId, id, ...(await upgrade(userId)) };
    };

    it('moves an archived result to a live key of its own', async () => {
      const { id, upgradeId } = await upgraded();
      const first = await subject.records['records.restore.begin']({ jobId: id });
      expect(first).toMatchObject({ decision: 'restore', isResumed: false });
      const move = await beginRestore(id);
      expect(move).toEqual({
        generation: 3,
        archiveKey: `archive/${id}/2`,
        liveKey: `${id}/restored-3/annotated.vcf.gz`,
        sizeBytes: 7,
        sha256: 'ab'.repeat(32),
      });
      expect((await subject.look(id)).resultState).toBe('restoring');
      expect(await twice(() => subject.records['records.restore.finish']({ jobId: id, move }))).toBe(true);
      expect(await subject.look(id)).toEqual({
        resultState: 'live',
        generation: 3,
        archiveKey: null,
        resultKey: move.liveKey,
        expiresInSeconds: null,
        restore: { state: 'restored', error: null },
      });
      const count = await subject.records['records.restore.count']({ upgradeId });
      expect(count).toEqual({ total: 1, restored: 1, failed: 0 });
      expect(await subject.records['records.restore.begin']({ jobId: id })).toEqual({ decision: 'none' });
    });

    it('archives a restored result from the key where it is', async () => {
      const { userId, id } = await upgraded();
      const { liveKey, ...move } = await beginRestore(id);
      await subject.records['records.restore.finish']({ jobId: id, move: { liveKey, ...move } });
      await downgrade(userId);
      await subject.letPass(RETENTION_SECONDS);
      const begun = await subject.records['records.archive.begin']({ jobId: id, generation: 3 });
      expect(begun).toMatchObject({
        decision: 'archive',
        isResumed: false,
        move: { generation: 4, liveKey, archiveKey: `archive/${id}/4` },
      });
    });

    it('is refused while the plan archives results', async () => {
      const { userId } = await customer();
      const id = await archived(userId);
      expect(await twice(() => subject.records['records.restore.begin']({ jobId: id }))).toEqual({
        decision: 'refused',
      });
      expect((await subject.look(id)).resultState).toBe('archived');
    });

    it.for([
      ['failed', FAILURE],
      ['given_up', null],
    ] as const)('when abandoned it is %s, and the result archived as it was', async ([state, error]) => {
      const { id, upgradeId } = await upgraded();
      const { generation } = await beginRestore(id);
      await twice(() => subject.records['records.restore.abandon']({ jobId: id, generation, error }));
      expect(await subject.look(id)).toMatchObject({
        resultState: 'archived',
        generation: 4,
        archiveKey: `archive/${id}/2`,
        resultKey: null,
        restore: { state, error: error?.type ?? null },
      });
      const failed = error ? 1 : 0;
      expect(await subject.records['records.restore.count']({ upgradeId })).toEqual({ total: 1, restored: 0, failed });
      expect(await subject.records['records.restore.listWaiting']({ upgradeId, limit: 10 })).toEqual([]);
    });

    it('can be tried again after it failed, under another key', async () => {
      const { id, upgradeId } = await upgraded();
      const first = await beginRestore(id);
      await subject.records['records.restore.abandon']({ jobId: id, generation: first.generation, error: FAILURE });
      const second = await beginRestore(id);
      expect(second).toMatchObject({ generation: 5, archiveKey: first.archiveKey });
      expect(second.liveKey).not.toBe(first.liveKey);
      expect(await subject.records['records.restore.finish']({ jobId: id, move: first })).toBe(false);
      expect(await subject.records['records.restore.finish']({ jobId: id, move: second })).toBe(true);
      const count = await subject.records['records.restore.count']({ upgradeId });
      expect(count).toEqual({ total: 1, restored: 1, failed: 0 });
    });

    it('that was called failed before its end is counted by its end, when it is tried again', async () => {
      const { id, upgradeId } = await upgraded();
      const move = await beginRestore(id);
      await twice(() => subject.records['records.restore.markFailed']({ jobId: id, error: FAILURE }));
      expect(await subject.look(id)).toMatchObject({ resultState: 'restoring', restore: { state: 'failed' } });
      expect(await beginRestore(id)).toEqual(move);
      await subject.records['records.restore.finish']({ jobId: id, move });
      const count = await subject.records['records.restore.count']({ upgradeId });
      expect(count).toEqual({ total: 1, restored: 1, failed: 0 });
    });

    it('loses to an erasure, and is given up', async () => {
      const { id } = await upgraded();
      const move = await beginRestore(id);
      await subject.erase(id);
      await subject.records['records.erasure.begin']({ jobId: id });
      expect(await twice(() => subject.records['records.restore.finish']({ jobId: id, move }))).toBe(false);
      expect(await subject.look(id)).toMatchObject({
        resultState: 'deleted',
        archiveKey: null,
        resultKey: null,
        restore: { state: 'given_up' },
      });
    });

    it('of an erased result is nothing to do', async () => {
      const { id, upgradeId } = await upgraded();
      await subject.erase(id);
      expect(await twice(() => subject.records['records.restore.begin']({ jobId: id }))).toEqual({ decision: 'none' });
      expect(await subject.records['records.restore.listWaiting']({ upgradeId, limit: 10 })).toEqual([]);
    });
  });

  describe('downgrade', () => {
    it('says once when results are archived, and lists them then and not before', async () => {
      const { userId } = await customer();
      const [early, late] = [await live(userId), await live(userId)];
      await upgrade(userId);
      const { archiveDueAt } = await downgrade(userId);
      expect(archiveDueAt).not.toBeNull();
      expect(await subject.planOf(userId)).toBe('free');
      expect(await subject.audited(userId, 'user.downgraded')).toBe(1);
      expect((await subject.look(early)).expiresInSeconds).toBe(RETENTION_SECONDS);
      const due = (limit = 10) => subject.records['records.archive.listDue']({ userId, limit });
      expect(await due()).toEqual([]);
      // The annotation's own timer ends before the time that the owner was told.
      expect(await subject.records['records.archive.begin']({ jobId: late, generation: 1 })).toEqual({
        decision: 'keep',
      });
      await subject.letPass(RETENTION_SECONDS + 1);
      const both = [early, late].toSorted().map((id) => ({ jobId: id, generation: 1 }));
      expect(await twice(due)).toEqual(both);
      expect(await due(1)).toEqual(both.slice(0, 1));
      const begun = await subject.records['records.archive.begin']({ jobId: late, generation: 1 });
      expect(begun.decision).toBe('archive');
      expect((await due()).map(({ jobId }) => jobId)).toEqual([early]);
    });

    it('lists what is due although the clocks differ a little', async () => {
      const { userId } = await customer();
      const id = await live(userId);
      await upgrade(userId);
      await downgrade(userId);
      await subject.letPass(RETENTION_SECONDS - 5);
      const due = await subject.records['records.archive.listDue']({ userId, limit: 10 });
      expect(due).toEqual([{ jobId: id, generation: 1 }]);
    });

    it('is over when it is called finished', async () => {
      const { userId } = await customer();
      await upgrade(userId);
      const { archiveDueAt } = await downgrade(userId);
      expect((await subject.records['records.account.find']({ userId })).archiveDueAt).toBe(archiveDueAt);
      await twice(() => subject.records['records.plan.finishDowngrade']({ userId }));
      const found = await subject.records['records.account.find']({ userId });
      expect(found).toMatchObject({ plan: 'free', upgradeId: null, archiveDueAt: null });
      // The plan is Free already: nothing is announced again.
      expect(await downgrade(userId)).toEqual({ archiveDueAt: null });
    });

    it('gives up what still waits, and lets a restore that runs end', async () => {
      const { userId } = await customer();
      const [running, waiting] = [await archived(userId), await archived(userId)];
      const { upgradeId } = await upgrade(userId);
      const move = await beginRestore(running);
      await downgrade(userId);
      expect(await subject.records['records.restore.listWaiting']({ upgradeId, limit: 10 })).toEqual([]);
      expect(await subject.records['records.restore.begin']({ jobId: waiting })).toEqual({ decision: 'refused' });
      expect(await subject.records['records.restore.finish']({ jobId: running, move })).toBe(true);
      // It expires when the owner was told that the others do.
      expect(await subject.look(running)).toMatchObject({ resultState: 'live', expiresInSeconds: RETENTION_SECONDS });
    });

    it('of a plan that was granted needs no customer', async () => {
      const userId = await subject.addUser('premium');
      const id = await live(userId);
      expect((await downgrade(userId)).archiveDueAt).not.toBeNull();
      expect((await subject.look(id)).expiresInSeconds).toBe(RETENTION_SECONDS);
      const found = await subject.records['records.account.find']({ userId });
      expect(found).toMatchObject({ plan: 'free', customerId: null });
    });

    it('can be followed by another upgrade', async () => {
      const { userId } = await customer();
      const id = await archived(userId);
      await upgrade(userId);
      const { generation } = await beginRestore(id);
      await downgrade(userId);
      await subject.records['records.restore.abandon']({ jobId: id, generation, error: null });
      const { upgradeId, total } = await upgrade(userId);
      expect(total).toBe(1);
      expect(await subject.records['records.restore.listWaiting']({ upgradeId, limit: 10 })).toEqual([id]);
      expect((await subject.records['records.account.find']({ userId })).archiveDueAt).toBeNull();
    });
  });

  it('notes that an upgrade was undone', async () => {
    const { userId } = await customer();
    await subject.records['records.plan.recordUndone']({ userId, reason: 'cancelled', refunded: null });
    expect(await subject.audited(userId, 'subscription.undone')).toBe(1);
  });
});
