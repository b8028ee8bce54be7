// What the store of record keeps of paying and restoring, in memory, over the same jobs as `memory-records.ts`.
// `tests/integration/billing-records-contract.test.ts` holds it to the real one.

import type { BillingRecordsActivities } from '../../../activities/records/billing.ts';
import { CLOCK_SKEW_MS } from '../../../db/results.ts';
import type { RestoreState } from '../../../domain/billing.ts';
import { duplicatesOf, standingOf, subscriptionStateOf } from '../../../domain/billing.ts';
import type { JobId, UserId } from '../../../domain/ids.ts';
import { archivesResults } from '../../../domain/plans.ts';
import { resultFileKey } from '../../../domain/result-files.ts';
import type { MemoryJob, MemorySubscription, MemoryTables } from './memory-tables.ts';

export interface MemoryBillingRecordsOptions {
  tables: MemoryTables;
  retentionSeconds: number;
  gracePeriodSeconds: number;
}

const NOTHING: MemorySubscription = {
  customerId: null,
  checkoutSessionId: null,
  state: 'none',
  graceEndsAtMs: null,
  upgradeId: null,
  archiveDueAtMs: null,
};

export function createMemoryBillingRecords(options: MemoryBillingRecordsOptions): BillingRecordsActivities {
  const { tables, retentionSeconds, gracePeriodSeconds } = options;
  const { subscriptions, restores } = tables;

  const known = (userId: UserId) => {
    const { plan, organizationId } = tables.user(userId);
    const { customerId, checkoutSessionId, upgradeId, archiveDueAtMs } = subscriptions.get(userId) ?? NOTHING;
    return { plan, organizationId, customerId, checkoutSessionId, upgradeId, archiveDueAt: iso(archiveDueAtMs) };
  };
  const change = (userId: UserId, changes: Partial<MemorySubscription>) =>
    void subscriptions.set(userId, { ...NOTHING, ...subscriptions.get(userId), ...changes });
  const paying = (userId: UserId): MemorySubscription => {
    const subscription = subscriptions.get(userId);
    if (!subscription) throw new Error(`user ${userId} has no customer of the payment service`);
    return subscription;
  };
  const waiting = (job: Pick<MemoryJob, 'jobId' | 'userId'>, upgradeId: string) =>
    void restores.set(job.jobId, { userId: job.userId, upgradeId, state: 'waiting', error: null });
  const endRestore = (
    jobId: JobId,
    state: Exclude<RestoreState, 'waiting'>,
    error: { type: string; message: string } | null = null,
  ) => {
    const row = restores.get(jobId);
    if (row?.state === 'waiting') Object.assign(row, { state, error });
  };

  return {
    'records.account.find': async ({ userId }) => known(userId),

    'records.account.saveCustomer': async ({ userId, customerId }) => {
      tables.user(userId);
      const noted = subscriptions.get(userId)?.customerId;
      if (noted) return { customerId: noted };
      change(userId, { customerId });
      return { customerId };
    },

    'records.account.saveCheckout': async ({ userId, sessionId }) => {
      const subscription = subscriptions.get(userId);
      if (!subscription || subscription.checkoutSessionId === sessionId) return;
      const state = subscription.state === 'none' ? 'awaiting_payment' : subscription.state;
      change(userId, { checkoutSessionId: sessionId, state });
    },

    'records.account.save': async ({ userId, account }) => {
      const subscription = paying(userId);
      const answer = known(userId);
      const standing = standingOf(account);
      const graceEndsAtMs =
        standing.kind !== 'past_due' ? null : (subscription.graceEndsAtMs ?? tables.now() + gracePeriodSeconds * 1000);
      change(userId, { state: subscriptionStateOf(standing), graceEndsAtMs });
      const duplicates = duplicatesOf(account).map(({ subscriptionId }) => subscriptionId);
      return { ...answer, standing, duplicates, graceEndsAt: iso(graceEndsAtMs) };
    },

    'records.plan.upgrade': async ({ userId, upgradeId }) => {
      if (paying(userId).upgradeId !== upgradeId) {
        tables.user(userId).plan = 'premium';
        change(userId, { upgradeId, archiveDueAtMs: null });
        for (const job of tables.jobsOf(userId)) {
          if (job.resultState === 'live') job.resultExpiresAtMs = null;
          const isAway = ['archived', 'archiving', 'restoring'].includes(job.resultState ?? '');
          if (isAway) waiting(job, upgradeId);
        }
        tables.audit.push(`user.upgraded ${userId}`);
      }
      return { total: ofUpgrade(tables, upgradeId).length };
    },

    'records.plan.downgrade': async ({ userId }) => {
      const user = tables.user(userId);
      if (user.plan === 'free') return { archiveDueAt: known(userId).archiveDueAt };
      user.plan = 'free';
      const archiveDueAtMs = tables.now() + retentionSeconds * 1000;
      change(userId, { upgradeId: null, archiveDueAtMs });
      for (const job of tables.jobsOf(userId)) {
        if (job.resultState === 'live') job.resultExpiresAtMs ??= archiveDueAtMs;
        endRestore(job.jobId, 'given_up');
      }
      tables.audit.push(`user.downgraded ${userId}`);
      return { archiveDueAt: iso(archiveDueAtMs) };
    },

    'records.plan.finishDowngrade': async ({ userId }) => {
      if (subscriptions.has(userId)) change(userId, { archiveDueAtMs: null });
    },

    'records.plan.recordUndone': async ({ userId }) => {
      tables.user(userId);
      tables.audit.push(`subscription.undone ${userId}`);
    },

    'records.restore.listWaiting': async ({ upgradeId, limit }) =>
      ofUpgrade(tables, upgradeId)
        .flatMap(([jobId, { state }]) => (state === 'waiting' ? [jobId] : []))
        .toSorted()
        .slice(0, limit),

    'records.restore.count': async ({ upgradeId }) => {
      const rows = ofUpgrade(tables, upgradeId).map(([, { state }]) => state);
      const restored = rows.filter((state) => state === 'restored').length;
      return { total: rows.length, restored, failed: rows.filter((state) => state === 'failed').length };
    },

    'records.restore.begin': async ({ jobId }) => {
      const job = tables.job(jobId);
      if (job.resultState === 'archiving') return { decision: 'wait' };
      if (job.isEraseRequested || (job.resultState !== 'archived' && job.resultState !== 'restoring')) {
        endRestore(jobId, job.resultState === 'live' ? 'restored' : 'given_up');
        return { decision: 'none' };
      }
      const isResumed = job.resultState === 'restoring';
      if (!isResumed) {
        if (archivesResults(tables.user(job.userId).plan)) {
          endRestore(jobId, 'given_up');
          return { decision: 'refused' };
        }
        job.resultState = 'restoring';
        job.generation += 1;
      }
      waiting(job, subscriptions.get(job.userId)?.upgradeId ?? job.userId);
      if (!job.archiveKey || !job.result) throw new Error(`job ${jobId} is archived without an archive id`);
      const { generation, archiveKey } = job;
      const { sizeBytes, sha256 } = job.result;
      const liveKey = resultFileKey(`${jobId}/restored-${generation}`, 'vcf');
      return { decision: 'restore', isResumed, move: { generation, archiveKey, liveKey, sizeBytes, sha256 } };
    },

    'records.restore.finish': async ({ jobId, move }) => {
      const job = tables.job(jobId);
      if (job.resultState === 'deleted') endRestore(jobId, 'given_up');
      if (job.generation !== move.generation) return false;
      if (job.resultState === 'live') return true;
      if (job.resultState !== 'restoring') return false;
      const resultExpiresAtMs = archivesResults(tables.user(job.userId).plan)
        ? (subscriptions.get(job.userId)?.archiveDueAtMs ?? tables.now())
        : null;
      Object.assign(job, { resultState: 'live', resultKey: move.liveKey, archiveKey: null, resultExpiresAtMs });
      endRestore(jobId, 'restored');
      return true;
    },

    'records.restore.abandon': async ({ jobId, generation, error }) => {
      const job = tables.job(jobId);
      if (job.resultState === 'deleted') endRestore(jobId, 'given_up');
      if (job.resultState !== 'restoring' || job.generation !== generation) return;
      Object.assign(job, { resultState: 'archived', generation: generation + 1 });
      endRestore(jobId, error ? 'failed' : 'given_up', error);
    },

    'records.restore.markFailed': async ({ jobId, error }) => endRestore(jobId, 'failed', error),

    'records.archive.listDue': async ({ userId, limit }) =>
      tables
        .jobsOf(userId)
        .filter(({ resultState, resultExpiresAtMs: at }) => {
          return resultState === 'live' && at !== null && at <= tables.now() + CLOCK_SKEW_MS;
        })
        .map(({ jobId, generation }) => ({ jobId, generation }))
        .toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))
        .slice(0, limit),

    // Events are the gateway's: no saga on skipped time is told of any by the store of record.
    'records.event.listUntold': async () => ({ userIds: [], before: new Date(tables.now()).toISOString() }),
    'records.event.recordTold': async () => {},
  };
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const ofUpgrade = ({ restores }: MemoryTables, upgradeId: string) =>
  [...restores].filter(([, row]) => row.upgradeId === upgradeId);
