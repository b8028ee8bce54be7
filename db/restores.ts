// The way back from the archive: archived → restoring → live, decided by the same compare-and-set as every move
// (`db/results.ts`), and counted per upgrade.

import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm';
import type { RestoreState } from '../domain/billing.ts';
import { jobId, type JobId, type UserId } from '../domain/ids.ts';
import { archivesResults } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import { resultFileKey } from '../domain/result-files.ts';
import type { Database, Transaction } from './client.ts';
import { CLOCK_SKEW_MS, lockPlan, placeOf, tell } from './results.ts';
import { lockJob } from './saga.ts';
import { jobs, restores, subscriptions, type StoredJobError } from './schema/index.ts';

export interface RestoreMove {
  generation: number;
  archiveKey: string;
  /** Where the restored copy goes: a key of this move's own, so that no late act of an earlier move can touch it. */
  liveKey: string;
  sizeBytes: number;
  sha256: string;
}

/**
 * `isResumed`: the move had begun before, and may be as good as done: then its copies are not what one expects of a move
 * that begins. `wait`: a move that began before must end first. `refused`: the owner's plan archives results. `none`:
 * there is nothing to bring back, the result is live or erased.
 */
export type RestoreDecision =
  | { decision: 'restore'; move: RestoreMove; isResumed: boolean }
  | { decision: 'wait' }
  | { decision: 'refused' }
  | { decision: 'none' };

/** archived → restoring, if the owner's plan, looked up now, keeps results. */
export async function beginRestore(database: Database, principal: Principal, id: JobId): Promise<RestoreDecision> {
  return database.write(principal, async (tx) => {
    await lockPlan(tx, id);
    const { job, plan } = await lockJob(tx, id);
    if (job.resultState === 'archiving') return { decision: 'wait' };
    if (job.eraseRequestedAt || (job.resultState !== 'archived' && job.resultState !== 'restoring')) {
      await endRestore(tx, id, job.resultState === 'live' ? 'restored' : 'given_up', null);
      return { decision: 'none' };
    }
    const isResumed = job.resultState === 'restoring';
    if (!isResumed) {
      if (archivesResults(plan)) {
        await endRestore(tx, id, 'given_up', null);
        return { decision: 'refused' };
      }
      job.generation += 1;
      await tx
        .update(jobs)
        .set({ resultState: 'restoring', generation: job.generation, resultMovedAt: sql`now()` })
        .where(eq(jobs.jobId, id));
      await tell(tx, principal, job, 'result.restoring');
    }
    // Also one that begins anew: it may have been called failed, or given up, before its end.
    await openRestore(tx, job);
    if (!job.resultsFileArchiveId) throw new Error(`job ${id} is archived without an archive id`);
    const { sizeBytes, sha256 } = placeOf(job);
    return {
      decision: 'restore',
      isResumed,
      move: {
        generation: job.generation,
        archiveKey: job.resultsFileArchiveId,
        liveKey: resultFileKey(`${id}/restored-${job.generation}`, 'vcf'),
        sizeBytes,
        sha256,
      },
    };
  });
}

/** restoring → live. False when the result was erased meanwhile: the restored copy is then to be removed. */
export async function finishRestore(
  database: Database,
  principal: Principal,
  id: JobId,
  move: Pick<RestoreMove, 'generation' | 'liveKey'>,
): Promise<boolean> {
  return database.write(principal, async (tx) => {
    await lockPlan(tx, id);
    const { job, plan } = await lockJob(tx, id);
    if (job.resultState === 'deleted') await endRestore(tx, id, 'given_up', null);
    if (job.generation !== move.generation) return false;
    if (job.resultState === 'live') return true;
    if (job.resultState !== 'restoring') return false;
    // Downgraded meanwhile: it expires when the owner was told that the others do.
    const [subscription] = archivesResults(plan)
      ? await tx.select().from(subscriptions).where(eq(subscriptions.userId, job.userId))
      : [];
    await tx
      .update(jobs)
      .set({
        resultState: 'live',
        resultKey: move.liveKey,
        resultsFileArchiveId: null,
        resultExpiresAt: archivesResults(plan) ? (subscription?.archiveDueAt ?? sql`now()`) : null,
      })
      .where(eq(jobs.jobId, id));
    await endRestore(tx, id, 'restored', null);
    await tell(tx, principal, job, 'result.restored', 'result.restored');
    return true;
  });
}

/** restoring → archived again; with an error when it failed for good, without one when it was called off. */
export async function abandonRestore(
  database: Database,
  principal: Principal,
  id: JobId,
  generation: number,
  error: StoredJobError | null,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const { job } = await lockJob(tx, id);
    if (job.resultState === 'deleted') await endRestore(tx, id, 'given_up', null);
    if (job.resultState !== 'restoring' || job.generation !== generation) return;
    await tx
      .update(jobs)
      .set({ resultState: 'archived', generation: generation + 1 })
      .where(eq(jobs.jobId, id));
    await endRestore(tx, id, error ? 'failed' : 'given_up', error);
    if (error) {
      await tell(tx, principal, job, 'result.restore_abandoned', 'result.restore_failed', { type: error.type });
    } else {
      await tell(tx, principal, job, 'result.restore_abandoned');
    }
  });
}

/** The count of an upgrade, where the saga of one result could not keep it itself. */
export async function failRestore(
  database: Database,
  principal: Principal,
  id: JobId,
  error: StoredJobError,
): Promise<void> {
  await database.write(principal, (tx) => endRestore(tx, id, 'failed', error));
}

/** The results of an upgrade that still wait, in a stable order. */
export async function waitingRestores(
  database: Database,
  principal: Principal,
  upgradeId: string,
  limit: number,
): Promise<JobId[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({ jobId: restores.jobId })
      .from(restores)
      .where(and(eq(restores.upgradeId, upgradeId), eq(restores.state, 'waiting')))
      .orderBy(asc(restores.jobId))
      .limit(limit);
    return rows.map((row) => jobId(row.jobId));
  });
}

export interface RestoreCount {
  total: number;
  restored: number;
  failed: number;
}

export async function countRestores(
  database: Database,
  principal: Principal,
  upgradeId: string,
): Promise<RestoreCount> {
  return database.write(principal, (tx) => restoreCount(tx, upgradeId));
}

export async function restoreCount(tx: Transaction, upgradeId: string): Promise<RestoreCount> {
  const [row] = await tx
    .select({
      total: sql<number>`count(*)::int`,
      restored: sql<number>`(count(*) filter (where ${restores.state} = 'restored'))::int`,
      failed: sql<number>`(count(*) filter (where ${restores.state} = 'failed'))::int`,
    })
    .from(restores)
    .where(eq(restores.upgradeId, upgradeId));
  return row ?? { total: 0, restored: 0, failed: 0 };
}

/** A result whose owner's plan archives it and whose time has come. */
export interface DueResult {
  jobId: JobId;
  generation: number;
}

/** What is due within moments counts: the saga's timer runs by Temporal's clock, and nobody asks again. */
export async function dueResults(
  database: Database,
  principal: Principal,
  id: UserId,
  limit: number,
): Promise<DueResult[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({ jobId: jobs.jobId, generation: jobs.generation })
      .from(jobs)
      .where(
        and(
          eq(jobs.userId, id),
          eq(jobs.resultState, 'live'),
          lte(jobs.resultExpiresAt, sql`now() + make_interval(secs => ${CLOCK_SKEW_MS / 1000}::float8)`),
        ),
      )
      .orderBy(asc(jobs.jobId))
      .limit(limit);
    return rows.map((row) => ({ jobId: jobId(row.jobId), generation: row.generation }));
  });
}

/** How the restore of each of these jobs stands, for those that have one. */
export async function restoresOf(
  tx: Transaction,
  ids: readonly string[],
): Promise<Map<string, { state: RestoreState; error: StoredJobError | null }>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(restores)
    .where(inArray(restores.jobId, [...ids]));
  return new Map(rows.map(({ jobId: id, state, error }) => [id, { state, error }]));
}

/** Also for a result that is restored apart from an upgrade: tried again, or found by reconciliation. */
async function openRestore(tx: Transaction, job: typeof jobs.$inferSelect): Promise<void> {
  await tx.execute(sql`
    insert into ${restores} (job_id, organization_id, user_id, upgrade_id)
    select ${job.jobId}::uuid, ${job.organizationId}::uuid, ${job.userId}::uuid,
      coalesce((select upgrade_id from ${subscriptions} where user_id = ${job.userId}), ${job.userId})
    on conflict (job_id) do update
      set upgrade_id = excluded.upgrade_id, state = 'waiting', error = null, ended_at = null`);
}

async function endRestore(
  tx: Transaction,
  id: JobId,
  state: Exclude<RestoreState, 'waiting'>,
  error: StoredJobError | null,
): Promise<void> {
  await tx
    .update(restores)
    .set({ state, error, endedAt: sql`now()` })
    .where(and(eq(restores.jobId, id), eq(restores.state, 'waiting')));
}
