// What reconciliation asks of the store of record, in memory: for a world at rest, where nothing is too young to be looked at.
// `tests/integration/reconciliation-contract.test.ts` holds it to the real one.

import type { ReconciliationActivities, UnsettledResult } from '../../../activities/records/reconciliation.ts';
import { planOf, standingOf, subscriptionStateOf } from '../../../domain/billing.ts';
import type { UserId } from '../../../domain/ids.ts';
import { archivesResults } from '../../../domain/plans.ts';
import type { MemoryJob, MemoryTables } from './memory-tables.ts';

export function createMemoryReconciliation(tables: MemoryTables): ReconciliationActivities {
  const { subscriptions, restores, now } = tables;

  const needOf = (job: MemoryJob): UnsettledResult['needs'] | undefined => {
    const isArchiving = archivesResults(tables.user(job.userId).plan);
    switch (job.resultState) {
      case 'archived':
        return !isArchiving && restores.get(job.jobId)?.state !== 'failed' ? 'restore' : undefined;
      case 'live':
        return isArchiving && !tables.isHeld(job.jobId) && (job.resultExpiresAtMs ?? 0) < now() ? 'archive' : undefined;
      case 'archiving':
        return 'resume';
      case 'restoring':
        return 'restore';
      case 'deleted':
      case null:
        return undefined;
    }
  };

  return {
    'records.account.listDiffering': async ({ accounts }) =>
      accounts.flatMap(({ customerId, account }): UserId[] => {
        const found = [...subscriptions].find(([, row]) => row.customerId === customerId);
        if (!found) return [];
        const [userId, { upgradeId, state }] = found;
        const standing = standingOf({ ...account, checkout: null });
        const isPaidHere = upgradeId !== null;
        const isSame =
          isPaidHere === (planOf(standing) === 'premium') && (!isPaidHere || state === subscriptionStateOf(standing));
        return isSame ? [] : [userId];
      }),

    'records.account.listOverdue': async () =>
      [...subscriptions].flatMap(([userId, { archiveDueAtMs, graceEndsAtMs, state, upgradeId }]) => {
        const isLate = [archiveDueAtMs, graceEndsAtMs].some((atMs) => atMs !== null && atMs < now());
        const isWaiting = [...restores.values()].some((row) => row.upgradeId === upgradeId && row.state === 'waiting');
        return isLate || isWaiting || state === 'awaiting_payment' ? [userId] : [];
      }),

    'records.result.listUnsettled': async () =>
      [...tables.jobs.values()].flatMap((job) => {
        const needs = job.isEraseRequested ? undefined : needOf(job);
        const { jobId, generation, organizationId } = job;
        return needs ? [{ jobId, generation, organizationId, needs }] : [];
      }),

    'records.result.report': async ({ jobId, finding }) => {
      const line = `result.missing ${jobId} ${finding}`;
      const isNew = !tables.audit.includes(line);
      if (isNew) tables.audit.push(line);
      return { isNew };
    },
  };
}
