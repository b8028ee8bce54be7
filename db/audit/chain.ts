// The audit log as its verification reads it: every chain from its first entry to its head, at one moment, and the first
// fault of each. An entry that was changed, moved, removed, cut off or forged by whoever owns the database shows here; a
// chain that was computed anew as a whole shows by the signed checkpoints (`activities/audit/verify.ts`).

import { asc, eq, sql } from 'drizzle-orm';
import type { Transaction } from '../client.ts';
import { cursorTime } from '../keyset.ts';
import { auditCheckpoints, auditHeads, auditLog } from '../schema/index.ts';
import { GENESIS_HASH, hashOfEntry, type EntryText } from './entry-hash.ts';

/** Long enough to be worth a round trip, short enough to be held in memory. */
const PAGE = 2_000;

export interface ChainFault {
  /** The first entry that is not as it was written, or is not there. */
  seq: number;
  fault: string;
}

export interface ChainReport {
  /** Entries that are whole, from the first on. */
  entries: number;
  /** Of the last whole entry. */
  hash: string;
  fault: ChainFault | undefined;
  /** The hashes of the entries that were asked for, as far as the chain is whole. */
  marked: Map<number, string>;
}

/** Every organization that has entries, a head or a checkpoint, in order. */
export async function chainedOrganizations(tx: Transaction): Promise<string[]> {
  const rows = await tx.execute<{ id: string }>(sql`
    select organization_id::text as id from ${auditLog} union
    select organization_id::text from ${auditHeads} union
    select organization_id::text from ${auditCheckpoints} order by 1`);
  return rows.map(({ id }) => id);
}

/** Walks one organization's chain. `marks` are the entries whose hash is wanted. */
export async function walkChain(
  tx: Transaction,
  organizationId: string,
  marks: ReadonlySet<number>,
): Promise<ChainReport> {
  const report: ChainReport = { entries: 0, hash: GENESIS_HASH, fault: undefined, marked: new Map() };
  for await (const { stored, ...entry } of entriesOf(tx, organizationId)) {
    report.fault = faultOf({ ...entry, stored }, report);
    if (report.fault) return report;
    report.entries += 1;
    report.hash = stored;
    if (marks.has(report.entries)) report.marked.set(report.entries, stored);
  }
  report.fault = await faultAtEnd(tx, organizationId, report);
  return report;
}

interface StoredEntry extends EntryText {
  /** The hash that the row holds. */
  stored: string;
}

function faultOf(entry: StoredEntry, { entries, hash }: ChainReport): ChainFault | undefined {
  const expected = entries + 1;
  const seq = Number(entry.seq);
  if (seq > expected) {
    return { seq: expected, fault: `it is missing: after entry ${entries} comes entry ${seq}` };
  }
  if (seq < expected) return { seq, fault: 'it is there twice, or numbered as none can be: one was forged' };
  const isAsWritten = hashOfEntry(entry) === entry.stored;
  const isLinked = entry.prevHash === hash;
  if (isAsWritten && isLinked) return undefined;
  if (isLinked) return { seq, fault: 'it was changed: its content is not what its hash was made of' };
  if (isAsWritten) {
    return { seq, fault: 'it was forged, or what came before it was changed: it does not follow the entry before' };
  }
  return { seq, fault: 'it was moved or forged: neither its content nor its place is what its hash was made of' };
}

/** What only shows when the chain is compared with its head, and with the number of rows. */
async function faultAtEnd(
  tx: Transaction,
  organizationId: string,
  { entries, hash }: ChainReport,
): Promise<ChainFault | undefined> {
  const [head] = await tx.select().from(auditHeads).where(eq(auditHeads.organizationId, organizationId));
  if (!head) return entries > 0 ? { seq: entries, fault: 'the head of the chain was removed' } : undefined;
  if (head.seq > entries) {
    return { seq: entries + 1, fault: `the log was cut off: the head says that there are ${head.seq} entries` };
  }
  if (head.seq < entries) {
    return { seq: head.seq + 1, fault: `it is beyond the head, which says that there are ${head.seq} entries` };
  }
  if (head.hash !== hash) return { seq: entries, fault: 'the head names another hash for it' };
  // Rows that are alike in everything could hide from a reader that goes on after the last one it saw.
  const rows = await tx.$count(auditLog, eq(auditLog.organizationId, organizationId));
  if (rows !== entries)
    return { seq: entries, fault: `there are ${rows} rows for ${entries} entries: some were forged` };
  return undefined;
}

async function* entriesOf(tx: Transaction, organizationId: string): AsyncGenerator<StoredEntry> {
  let after: { seq: string; sequence: number } | undefined;
  for (;;) {
    const rows = await tx
      .select({
        sequence: auditLog.sequence,
        seq: sql<string>`${auditLog.seq}::text`,
        organizationId: auditLog.organizationId,
        // Infinity has no text of this form, and is no time of an entry.
        at: sql<string>`coalesce(${cursorTime(auditLog.at)}, ${auditLog.at}::text)`,
        actor: auditLog.actor,
        action: auditLog.action,
        entity: auditLog.entity,
        entityId: auditLog.entityId,
        details: sql<string>`${auditLog.details}::text`,
        prevHash: auditLog.prevHash,
        stored: auditLog.hash,
      })
      .from(auditLog)
      .where(
        after
          ? sql`${auditLog.organizationId} = ${organizationId}
              and (${auditLog.seq}, ${auditLog.sequence}) > (${after.seq}::bigint, ${after.sequence}::bigint)`
          : eq(auditLog.organizationId, organizationId),
      )
      .orderBy(asc(auditLog.seq), asc(auditLog.sequence))
      .limit(PAGE);
    for (const { sequence: _, ...entry } of rows) yield entry;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last;
  }
}
