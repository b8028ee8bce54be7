// What the store of record must answer to reconciliation: run against Postgres and against the model in memory, each of
// which looks at what has rested for hours.

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StripeSubscription } from '../../domain/billing.ts';
import type { JobId, UserId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { inMemory, inPostgres, type Subject } from './billing-records-subjects.ts';

/** Longer than any act of a saga, shorter than the day after which every account is asked for again. */
const HOURS_SECONDS = 5 * 3600;
const organizationId: unknown = expect.any(String);
const FAILURE = { type: 'archive_missing' as const, message: 'gone' };

const accountOf = (customerId: string, status: StripeSubscription['status']) => ({
  customerId,
  checkout: null,
  subscriptions: [
    {
      subscriptionId: 'sub_1',
      status,
      createdAt: '2026-01-01T00:00:00.000Z',
      currentPeriodEnd: null,
      cancelAtPeriodEnd: false,
      isDisputed: false,
    },
  ],
  invoices: [],
});

describe.for([
  ['the model in memory', inMemory],
  ['Postgres', inPostgres],
] as const)('%s', ([, create]) => {
  let subject: Subject;
  let records: Subject['records'];
  beforeEach(async () => {
    subject = await create();
    ({ records } = subject);
  });
  afterEach(() => subject.close());

  const live = async (owner: UserId): Promise<JobId> => {
    const jobId = await subject.submit(owner);
    await records['records.job.start']({ jobId });
    const result = { prefix: `${jobId}/1`, sizeBytes: 7, sha256: 'ab'.repeat(32), records: 3 };
    await records['records.job.complete']({ jobId, result });
    return jobId;
  };
  const archiving = async (owner: UserId) => {
    const jobId = await live(owner);
    const begun = await records['records.archive.begin']({ jobId, generation: 1 });
    if (begun.decision !== 'archive') throw new Error(`not archived: ${begun.decision}`);
    return { jobId, move: begun.move };
  };
  const archived = async (owner: UserId): Promise<JobId> => {
    const { jobId, move } = await archiving(owner);
    expect(await records['records.archive.finish']({ jobId, move })).toBe(true);
    return jobId;
  };
  const customer = async (plan: Plan = 'free') => {
    const userId = await subject.addUser(plan);
    const customerId = `cus_${randomUUID()}`;
    await records['records.account.saveCustomer']({ userId, customerId });
    return { userId, customerId };
  };
  const upgrade = (userId: UserId) => records['records.plan.upgrade']({ userId, upgradeId: randomUUID() });
  const payer = async () => {
    const who = await customer();
    await records['records.account.save']({ userId: who.userId, account: accountOf(who.customerId, 'active') });
    await upgrade(who.userId);
    return who;
  };
  const unsettled = async () => {
    await subject.letPass(HOURS_SECONDS);
    return records['records.result.listUnsettled']();
  };

  describe('a result', () => {
    it('of a Free owner that is live past its time is to be archived, and of a Premium owner not', async () => {
      const jobId = await live(await subject.addUser('free'));
      await live(await subject.addUser('premium'));
      expect(await unsettled()).toEqual([{ jobId, generation: 1, organizationId, needs: 'archive' }]);
    });

    it('that is to be erased is left alone, and so is one that was', async () => {
      const jobId = await live(await subject.addUser('free'));
      await subject.erase(jobId);
      expect(await unsettled()).toEqual([]);
      await records['records.erasure.begin']({ jobId });
      expect(await unsettled()).toEqual([]);
    });

    it('that is archived rests there, until its owner pays; then it is to be restored, unless that failed', async () => {
      const { userId } = await customer();
      const [jobId, failed] = [await archived(userId), await archived(userId)];
      expect(await unsettled()).toEqual([]);
      await upgrade(userId);
      await records['records.restore.markFailed']({ jobId: failed, error: FAILURE });
      expect(await unsettled()).toEqual([{ jobId, generation: 2, organizationId, needs: 'restore' }]);
    });

    it('whose move has begun and not ended is to be moved on', async () => {
      const { userId } = await customer();
      const onTheWayBack = await archived(userId);
      await upgrade(userId);
      expect(await records['records.restore.begin']({ jobId: onTheWayBack })).toMatchObject({ decision: 'restore' });
      const { jobId } = await archiving(await subject.addUser('free'));
      const found = await unsettled();
      expect(found).toHaveLength(2);
      expect(found).toContainEqual({ jobId, generation: 2, organizationId, needs: 'resume' });
      expect(found).toContainEqual({ jobId: onTheWayBack, generation: 3, organizationId, needs: 'restore' });
    });

    it('that is missing is reported once for each finding', async () => {
      const jobId = await live(await subject.addUser('free'));
      const report = async (finding: string) => (await records['records.result.report']({ jobId, finding })).isNew;
      expect(await report('live_missing')).toBe(true);
      expect(await report('live_missing')).toBe(false);
      expect(await report('archive_missing')).toBe(true);
    });
  });

  describe('an account', () => {
    const differing = (customerId: string, status: StripeSubscription['status']) =>
      records['records.account.listDiffering']({ accounts: [{ customerId, account: accountOf(customerId, status) }] });

    it('that is as recorded, or nobody’s here, does not differ', async () => {
      const { customerId } = await payer();
      expect(await differing(customerId, 'active')).toEqual([]);
      expect(await differing('cus_unknown', 'active')).toEqual([]);
      expect(await differing((await customer()).customerId, 'canceled')).toEqual([]);
    });

    it.for(['canceled', 'unpaid', 'past_due'] as const)('that was paid for and is %s now differs', async (status) => {
      const { userId, customerId } = await payer();
      expect(await differing(customerId, status)).toEqual([userId]);
    });

    it('that pays and is Free here differs', async () => {
      const { userId, customerId } = await customer();
      expect(await differing(customerId, 'active')).toEqual([userId]);
    });

    const overdue = async () => {
      await subject.letPass(HOURS_SECONDS);
      return records['records.account.listOverdue']();
    };

    it('that pays, or never has, is not overdue', async () => {
      await payer();
      await customer();
      expect(await overdue()).toEqual([]);
    });

    it('is overdue when what was due after a downgrade was not done, and not once it was', async () => {
      const { userId } = await payer();
      await records['records.plan.downgrade']({ userId, reason: 'ended' });
      expect(await overdue()).toEqual([userId]);
      await records['records.plan.finishDowngrade']({ userId });
      expect(await overdue()).toEqual([]);
    });

    it('is overdue while a result waits to be restored, and not once it was', async () => {
      const { userId, customerId } = await customer();
      const jobId = await archived(userId);
      await records['records.account.save']({ userId, account: accountOf(customerId, 'active') });
      await upgrade(userId);
      expect(await overdue()).toEqual([userId]);
      await records['records.restore.markFailed']({ jobId, error: FAILURE });
      expect(await overdue()).toEqual([]);
    });

    it('is overdue when its payment page has closed without a word', async () => {
      const { userId } = await customer();
      const expiresAt = new Date(Date.now() + 1000).toISOString();
      const page = { userId, sessionId: 'cs_1', url: 'https://pay.test/1', expiresAt };
      await records['records.account.saveCheckout'](page);
      expect(await overdue()).toEqual([userId]);
    });
  });
});
