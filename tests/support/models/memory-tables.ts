// The tables of the models in memory: what the sagas' functions read and write. Times are milliseconds since the epoch,
// by the clock of the world that the model is part of.

import { randomUUID } from 'node:crypto';
import type { RestoreState, SubscriptionState } from '../../../domain/billing.ts';
import type { UserId } from '../../../domain/ids.ts';
import { userId as asUserId, type JobId } from '../../../domain/ids.ts';
import type { ConsequenceMode, JobStatus, ResultState } from '../../../domain/jobs.ts';
import type { Plan } from '../../../domain/plans.ts';

export interface MemoryJob {
  jobId: JobId;
  userId: UserId;
  organizationId: string;
  inputFile: string;
  etag: string;
  inputSizeBytes: number;
  genome: string;
  consequenceMode: ConsequenceMode;
  status: JobStatus;
  isCancelRequested: boolean;
  isEraseRequested: boolean;
  /** Running, and nothing has been heard of it for long. */
  isSilent: boolean;
  error: { type: string; message: string } | null;
  resultState: ResultState | null;
  generation: number;
  resultExpiresAtMs: number | null;
  result: { prefix: string; sizeBytes: number; sha256: string; records: number } | null;
  /** Key of the live copy when it is a restored one. */
  resultKey: string | null;
  archiveKey: string | null;
  isInputErased: boolean;
}

export interface MemoryUser {
  userId: UserId;
  organizationId: string;
  plan: Plan;
}

export interface MemorySubscription {
  customerId: string | null;
  checkoutSessionId: string | null;
  state: SubscriptionState;
  graceEndsAtMs: number | null;
  upgradeId: string | null;
  archiveDueAtMs: number | null;
}

export interface MemoryRestore {
  userId: UserId;
  upgradeId: string;
  state: RestoreState;
  error: { type: string; message: string } | null;
}

export interface MemoryTables {
  now: () => number;
  jobs: Map<JobId, MemoryJob>;
  users: Map<UserId, MemoryUser>;
  subscriptions: Map<UserId, MemorySubscription>;
  restores: Map<JobId, MemoryRestore>;
  /** Changes of plan and of subscriptions, as the audit log has them: `<action> <userId>`. */
  audit: string[];
  job(id: JobId): MemoryJob;
  user(id: UserId): MemoryUser;
  jobsOf(id: UserId): MemoryJob[];
  /** Whether the job's result is part of an open delivery; the model of the review says so. */
  isHeld(id: JobId): boolean;
  addUser(plan: Plan, id?: UserId): MemoryUser;
  clear(): void;
}

export function createMemoryTables(now: () => number): MemoryTables {
  const found = <T>(row: T | undefined, what: string): T => {
    if (row === undefined) throw new Error(`there is no ${what}`);
    return row;
  };
  const tables: MemoryTables = {
    now,
    jobs: new Map(),
    users: new Map(),
    subscriptions: new Map(),
    restores: new Map(),
    audit: [],
    job: (id) => found(tables.jobs.get(id), `job ${id}`),
    user: (id) => found(tables.users.get(id), `user ${id}`),
    jobsOf: (id) => [...tables.jobs.values()].filter((job) => job.userId === id),
    isHeld: () => false,
    addUser(plan, id = asUserId(randomUUID())) {
      const user = { userId: id, organizationId: randomUUID(), plan };
      tables.users.set(id, user);
      return user;
    },
    clear() {
      for (const table of [tables.jobs, tables.users, tables.subscriptions, tables.restores]) table.clear();
      tables.audit.length = 0;
    },
  };
  return tables;
}
