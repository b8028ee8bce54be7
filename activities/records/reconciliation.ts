// Postgres, as reconciliation sees it: what differs, is overdue, or does not rest where it should.

import { reportFinding } from '../../db/findings.ts';
import {
  differingUsers,
  overdueUsers,
  unsettledResults,
  type ListedAccount,
  type UnsettledResult,
} from '../../db/unsettled.ts';
import type { JobId, UserId } from '../../domain/ids.ts';
import type { RecordsDependencies } from './activities.ts';

export type { ListedAccount, UnsettledResult };

const BATCH = 200;

export function createReconciliationActivities({ database, principal }: Omit<RecordsDependencies, 'retentionSeconds'>) {
  return {
    'records.account.listDiffering': ({ accounts }: { accounts: ListedAccount[] }): Promise<UserId[]> =>
      differingUsers(database, principal(), accounts),

    'records.account.listOverdue': (): Promise<UserId[]> => overdueUsers(database, principal(), BATCH),

    'records.result.listUnsettled': (): Promise<UnsettledResult[]> => unsettledResults(database, principal(), BATCH),

    /** Writes what the store has lost into the audit log, once. */
    'records.result.report': ({ jobId, finding }: { jobId: JobId; finding: string }): Promise<{ isNew: boolean }> =>
      reportFinding(database, principal(), jobId, finding),
  };
}

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;
