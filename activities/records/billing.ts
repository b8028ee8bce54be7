// Postgres, as the sagas of paying and restoring see it: short database steps, run as local activities.

import { recordUsersTold, untoldUsers } from '../../db/billing-events.ts';
import { downgrade, finishDowngrade, recordUndone, upgrade } from '../../db/plan-changes.ts';
import {
  abandonRestore,
  beginRestore,
  countRestores,
  dueResults,
  failRestore,
  finishRestore,
  waitingRestores,
  type DueResult,
  type RestoreCount,
  type RestoreDecision,
  type RestoreMove,
} from '../../db/restores.ts';
import {
  findAccount,
  saveAccount,
  saveCheckout,
  saveCustomer,
  type AccountStanding,
  type KnownAccount,
} from '../../db/subscriptions.ts';
import type { StoredJobError } from '../../db/schema/index.ts';
import type { StripeAccount } from '../../domain/billing.ts';
import type { JobId, UserId } from '../../domain/ids.ts';
import type { RecordsDependencies } from './activities.ts';

export type { AccountStanding, DueResult, KnownAccount, RestoreCount, RestoreDecision, RestoreMove };

export interface BillingRecordsDependencies extends RecordsDependencies {
  /** How long Premium stays after a payment failed. */
  gracePeriodSeconds: number;
}

/** What came in the last moments is the gateway's to tell. */
const GRACE_MS = 15_000;
const UNTOLD_BATCH = 200;

export function createBillingRecordsActivities(deps: BillingRecordsDependencies) {
  const { database, principal, retentionSeconds, gracePeriodSeconds } = deps;
  return {
    'records.account.find': ({ userId }: { userId: UserId }): Promise<KnownAccount> =>
      findAccount(database, principal(), userId),

    /** Answers the customer that is noted: of two made at once, the first. */
    'records.account.saveCustomer': async (input: {
      userId: UserId;
      customerId: string;
    }): Promise<{ customerId: string }> => ({
      customerId: await saveCustomer(database, principal(), input.userId, input.customerId),
    }),

    'records.account.saveCheckout': ({
      userId,
      ...checkout
    }: {
      userId: UserId;
      sessionId: string;
      url: string;
      expiresAt: string;
    }): Promise<void> => saveCheckout(database, principal(), userId, checkout),

    'records.account.save': ({
      userId,
      account,
    }: {
      userId: UserId;
      account: StripeAccount;
    }): Promise<AccountStanding> => saveAccount(database, principal(), userId, account, gracePeriodSeconds),

    'records.plan.upgrade': ({
      userId,
      upgradeId,
    }: {
      userId: UserId;
      upgradeId: string;
    }): Promise<{ total: number }> => upgrade(database, principal(), userId, upgradeId),

    'records.plan.downgrade': ({
      userId,
      reason,
    }: {
      userId: UserId;
      reason: 'ended' | 'undone' | 'disputed';
    }): Promise<{ archiveDueAt: string | null }> =>
      downgrade(database, principal(), userId, { reason, retentionSeconds }),

    'records.plan.finishDowngrade': ({ userId }: { userId: UserId }): Promise<void> =>
      finishDowngrade(database, principal(), userId),

    'records.plan.recordUndone': ({
      userId,
      ...details
    }: {
      userId: UserId;
      reason: string;
      refunded: { amount: number; currency: string } | null;
    }): Promise<void> => recordUndone(database, principal(), userId, details),

    'records.restore.listWaiting': ({ upgradeId, limit }: { upgradeId: string; limit: number }): Promise<JobId[]> =>
      waitingRestores(database, principal(), upgradeId, limit),

    'records.restore.count': ({ upgradeId }: { upgradeId: string }): Promise<RestoreCount> =>
      countRestores(database, principal(), upgradeId),

    'records.restore.begin': ({ jobId }: { jobId: JobId }): Promise<RestoreDecision> =>
      beginRestore(database, principal(), jobId),

    'records.restore.finish': ({ jobId, move }: { jobId: JobId; move: RestoreMove }): Promise<boolean> =>
      finishRestore(database, principal(), jobId, move),

    'records.restore.abandon': ({
      jobId,
      generation,
      error,
    }: {
      jobId: JobId;
      generation: number;
      error: StoredJobError | null;
    }): Promise<void> => abandonRestore(database, principal(), jobId, generation, error),

    /** For a restore whose saga ended without saying how. */
    'records.restore.markFailed': ({ jobId, error }: { jobId: JobId; error: StoredJobError }): Promise<void> =>
      failRestore(database, principal(), jobId, error),

    'records.archive.listDue': ({ userId, limit }: { userId: UserId; limit: number }): Promise<DueResult[]> =>
      dueResults(database, principal(), userId, limit),

    /** Users who were not told of an event of the payment service that came before `before`. */
    'records.event.listUntold': async (): Promise<{ userIds: UserId[]; before: string }> => {
      const before = new Date(Date.now() - GRACE_MS);
      const userIds = await untoldUsers(database, principal(), { before, limit: UNTOLD_BATCH });
      return { userIds, before: before.toISOString() };
    },

    'records.event.recordTold': ({ userIds, before }: { userIds: UserId[]; before: string }): Promise<void> =>
      recordUsersTold(database, principal(), userIds, new Date(before)),
  };
}

export type BillingRecordsActivities = ReturnType<typeof createBillingRecordsActivities>;
