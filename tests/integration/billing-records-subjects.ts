// The two that must answer alike about paying and restoring: Postgres, and the model in memory.

import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { createRecordsActivities, type RecordsActivities } from '../../activities/records/activities.ts';
import { createBillingRecordsActivities, type BillingRecordsActivities } from '../../activities/records/billing.ts';
import {
  createReconciliationActivities,
  type ReconciliationActivities,
} from '../../activities/records/reconciliation.ts';
import { principalOf, registerUser, type User } from '../../db/identity.ts';
import { requestErasure, submitJob } from '../../db/jobs.ts';
import { auditLog, jobs, restores, subscriptions, users } from '../../db/schema/index.ts';
import { createUpload } from '../../db/uploads.ts';
import type { RestoreState } from '../../domain/billing.ts';
import { jobId, uploadId, userId, type JobId, type UserId } from '../../domain/ids.ts';
import type { ResultState } from '../../domain/jobs.ts';
import type { Plan } from '../../domain/plans.ts';
import { system } from '../../domain/principal.ts';
import { createMemoryBillingRecords } from '../support/models/memory-billing-records.ts';
import { createMemoryReconciliation } from '../support/models/memory-reconciliation.ts';
import { createMemoryRecords } from '../support/models/memory-records.ts';
import { createMemoryTables } from '../support/models/memory-tables.ts';
import { ownDatabase } from '../support/own-database.ts';

export const RETENTION_SECONDS = 300;
export const GRACE_PERIOD_SECONDS = 7 * 24 * 3600;

export interface Subject {
  records: RecordsActivities & BillingRecordsActivities & ReconciliationActivities;
  addUser: (plan: Plan) => Promise<UserId>;
  submit: (owner: UserId) => Promise<JobId>;
  erase: (id: JobId) => Promise<void>;
  planOf: (id: UserId) => Promise<Plan>;
  look: (id: JobId) => Promise<{
    resultState: ResultState | null;
    generation: number;
    archiveKey: string | null;
    resultKey: string | null;
    /** To the nearest ten seconds; null when it does not expire. */
    expiresInSeconds: number | null;
    restore: { state: RestoreState; error: string | null } | null;
  }>;
  /** How often the audit log says this of the user. */
  audited: (id: UserId, action: 'user.upgraded' | 'user.downgraded' | 'subscription.undone') => Promise<number>;
  /** As though everything so far had happened so much earlier. */
  letPass: (seconds: number) => Promise<void>;
  close: () => Promise<void>;
}

const rounded = (seconds: number) => Math.round(seconds / 10) * 10;

export async function inMemory(): Promise<Subject> {
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const tables = createMemoryTables(now);
  const model = createMemoryRecords({ retentionSeconds: RETENTION_SECONDS, tables });
  const billing = createMemoryBillingRecords({
    tables,
    retentionSeconds: RETENTION_SECONDS,
    gracePeriodSeconds: GRACE_PERIOD_SECONDS,
  });
  return {
    records: { ...model.activities, ...billing, ...createMemoryReconciliation(tables) },
    addUser: async (plan) => tables.addUser(plan).userId,
    submit: async (owner) => {
      const job = { jobId: jobId(randomUUID()), inputFile: randomUUID(), etag: '"1"', inputSizeBytes: 5 };
      return model.add(job, tables.user(owner).plan, owner).jobId;
    },
    erase: async (id) => void (model.job(id).isEraseRequested = true),
    planOf: async (id) => tables.user(id).plan,
    look: async (id) => {
      const { resultState, generation, archiveKey, resultKey, resultExpiresAtMs } = model.job(id);
      const restore = tables.restores.get(id);
      return {
        resultState,
        generation,
        archiveKey,
        resultKey,
        expiresInSeconds: resultExpiresAtMs === null ? null : rounded((resultExpiresAtMs - now()) / 1000),
        restore: restore ? { state: restore.state, error: restore.error?.type ?? null } : null,
      };
    },
    audited: async (id, action) => tables.audit.filter((line) => line === `${action} ${id}`).length,
    letPass: async (seconds) => void (aheadMs += seconds * 1000),
    close: async () => {},
  };
}

export async function inPostgres(): Promise<Subject> {
  const own = await ownDatabase();
  const { database } = own;
  const owners = new Map<string, User>();
  const ownerOf = (id: JobId | UserId): User => {
    const owner = owners.get(id);
    if (!owner) throw new Error('not known here');
    return owner;
  };
  const asSystem = system('test');
  const dependencies = { database, principal: () => asSystem, retentionSeconds: RETENTION_SECONDS };
  return {
    records: {
      ...createRecordsActivities(dependencies),
      ...createBillingRecordsActivities({ ...dependencies, gracePeriodSeconds: GRACE_PERIOD_SECONDS }),
      ...createReconciliationActivities(dependencies),
    },
    addUser: async (plan) => {
      const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'someone@varloom.test' };
      const user = await registerUser(database, identity, { plan });
      owners.set(user.userId, user);
      return userId(user.userId);
    },
    submit: async (owner) => {
      const user = ownerOf(owner);
      const upload = uploadId(randomUUID());
      await createUpload(database, principalOf(user), {
        uploadId: upload,
        fileName: 'a.vcf',
        genome: null,
        source: 'api',
        sizeLimitBytes: 10 * 1024 ** 2,
        multipartUploadId: null,
        expiresAt: new Date(Date.now() + 1000),
      });
      const submitted = await submitJob(database, principalOf(user), {
        uploadId: upload,
        object: { etag: '"1"', sizeBytes: 5 },
        genome: 'demo',
        consequenceMode: 'auto',
        source: 'api',
      });
      owners.set(submitted.jobId, user);
      return submitted.jobId;
    },
    erase: async (id) => void (await requestErasure(database, principalOf(ownerOf(id)), id)),
    planOf: async (id) => {
      const [row] = await database.write(asSystem, (tx) => tx.select().from(users).where(eq(users.userId, id)));
      if (!row) throw new Error('no such user');
      return row.plan;
    },
    look: async (id) => {
      const [row] = await database.write(asSystem, (tx) =>
        tx
          .select({ job: jobs, restore: restores })
          .from(jobs)
          .leftJoin(restores, eq(restores.jobId, jobs.jobId))
          .where(eq(jobs.jobId, id)),
      );
      if (!row) throw new Error('no such job');
      const { job, restore } = row;
      return {
        resultState: job.resultState,
        generation: job.generation,
        archiveKey: job.resultsFileArchiveId,
        resultKey: job.resultKey,
        expiresInSeconds: job.resultExpiresAt ? rounded((job.resultExpiresAt.getTime() - Date.now()) / 1000) : null,
        restore: restore ? { state: restore.state, error: restore.error?.type ?? null } : null,
      };
    },
    audited: async (id, action) => {
      const rows = await database.write(asSystem, (tx) =>
        tx
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.entityId, id), eq(auditLog.action, action))),
      );
      return rows.length;
    },
    letPass: async (seconds) => {
      const earlier = sql`make_interval(secs => ${seconds}::float8)`;
      await database.write(asSystem, async (tx) => {
        await tx.update(jobs).set({
          resultExpiresAt: sql`${jobs.resultExpiresAt} - ${earlier}`,
          completedAt: sql`${jobs.completedAt} - ${earlier}`,
          resultMovedAt: sql`${jobs.resultMovedAt} - ${earlier}`,
        });
        await tx.update(restores).set({ createdAt: sql`${restores.createdAt} - ${earlier}` });
        await tx.update(subscriptions).set({
          archiveDueAt: sql`${subscriptions.archiveDueAt} - ${earlier}`,
          graceEndsAt: sql`${subscriptions.graceEndsAt} - ${earlier}`,
          checkoutExpiresAt: sql`${subscriptions.checkoutExpiresAt} - ${earlier}`,
          syncedAt: sql`${subscriptions.syncedAt} - ${earlier}`,
        });
      });
    },
    close: own.close,
  };
}
