// What Postgres knows of the checkpoints of the audit log: which chains have grown since their last one, which one is being
// written, and which was the last. The checkpoints themselves are signed and in the object store.

import { and, asc, eq, gt, isNotNull, lt, or, sql } from 'drizzle-orm';
import type { Principal } from '../../domain/principal.ts';
import type { Database, Transaction } from '../client.ts';
import { cursorTime } from '../keyset.ts';
import { auditCheckpoints, auditHeads, auditLog } from '../schema/index.ts';

/** What a checkpoint is for, and the one before it. */
export interface DueCheckpoint {
  organizationId: string;
  seq: number;
  hash: string;
  /** Of the entry, UTC with microseconds. */
  at: string;
  previous: { seq: number; documentHash: string } | null;
}

/** Organizations whose chain is not where its last checkpoint was, in order, after `after`. */
export async function organizationsWithoutCheckpoint(
  database: Database,
  principal: Principal,
  after: string | null,
  limit: number,
): Promise<string[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({ organizationId: auditHeads.organizationId })
      .from(auditHeads)
      .leftJoin(auditCheckpoints, eq(auditCheckpoints.organizationId, auditHeads.organizationId))
      .where(
        and(
          after === null ? undefined : gt(auditHeads.organizationId, after),
          or(sql`${auditHeads.seq} <> coalesce(${auditCheckpoints.seq}, 0)`, isNotNull(auditCheckpoints.pendingSeq)),
        ),
      )
      .orderBy(asc(auditHeads.organizationId))
      .limit(limit);
    return rows.map((row) => row.organizationId);
  });
}

/**
 * Notes which entry the next checkpoint is for: from now on it is this one, until it is finished. Undefined when the log is
 * shorter than at its last checkpoint, or does not have the entry: then there is nothing that may be signed.
 */
export async function beginCheckpoint(
  database: Database,
  principal: Principal,
  organizationId: string,
): Promise<DueCheckpoint | undefined> {
  return database.write(principal, async (tx) => {
    const [checkpoint] = await tx
      .insert(auditCheckpoints)
      .values({ organizationId, pendingSeq: sql`${headOf(organizationId)}` })
      .onConflictDoUpdate({
        target: auditCheckpoints.organizationId,
        set: { pendingSeq: sql`coalesce(${auditCheckpoints.pendingSeq}, ${headOf(organizationId)})` },
      })
      .returning();
    const seq = checkpoint?.pendingSeq ?? 0;
    if (!checkpoint || seq <= checkpoint.seq) {
      // Not to be taken for one that is under way: a log that was restored whole may go on.
      await tx
        .update(auditCheckpoints)
        .set({ pendingSeq: null })
        .where(eq(auditCheckpoints.organizationId, organizationId));
      return undefined;
    }
    const [entry] = await tx
      .select({ hash: auditLog.hash, at: cursorTime(auditLog.at) })
      .from(auditLog)
      .where(and(eq(auditLog.organizationId, organizationId), eq(auditLog.seq, seq)));
    if (!entry) return undefined;
    const { documentHash } = checkpoint;
    return { organizationId, seq, ...entry, previous: documentHash ? { seq: checkpoint.seq, documentHash } : null };
  });
}

const headOf = (organizationId: string) =>
  sql`(select ${auditHeads.seq} from ${auditHeads} where ${auditHeads.organizationId} = ${organizationId}::uuid)`;

/** The checkpoint is in the store. Repeated, or overtaken, it changes nothing. */
export async function finishCheckpoint(
  database: Database,
  principal: Principal,
  checkpoint: { organizationId: string; seq: number; documentHash: string },
): Promise<void> {
  const { organizationId, seq, documentHash } = checkpoint;
  await database.write(principal, async (tx) => {
    await tx
      .update(auditCheckpoints)
      .set({ seq, documentHash, pendingSeq: null })
      .where(
        and(
          eq(auditCheckpoints.organizationId, organizationId),
          eq(auditCheckpoints.pendingSeq, seq),
          lt(auditCheckpoints.seq, seq),
        ),
      );
  });
}

/** The last finished checkpoint of an organization, as Postgres knows it. */
export async function lastCheckpoint(
  tx: Transaction,
  organizationId: string,
): Promise<{ seq: number; documentHash: string } | undefined> {
  const [row] = await tx.select().from(auditCheckpoints).where(eq(auditCheckpoints.organizationId, organizationId));
  return row?.documentHash ? { seq: row.seq, documentHash: row.documentHash } : undefined;
}
