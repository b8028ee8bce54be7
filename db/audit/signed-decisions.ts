// What a signed decision is held to: the audit entry of each holds the SHA-256 of its whole row, the comment included, so that
// the chain of the log covers what was signed without repeating it.

import { createHash } from 'node:crypto';
import { and, asc, eq, gt, inArray, sql, type AnyColumn } from 'drizzle-orm';
import { isId } from '../../domain/ids.ts';
import type { Transaction } from '../client.ts';
import { cursorTime } from '../keyset.ts';
import { auditLog, decisions } from '../schema/index.ts';
import type { ChainFault } from './chain.ts';

/** The form's name is a part of the text: another form, with another column say, would be another name. */
const FORM = 'varloom-decision-1';

/** Infinity has no text of the form of a time. */
const timeText = (time: AnyColumn) => sql<string>`coalesce(${cursorTime(time)}, ${time}::text)`;

/** Every column of a decision, in the order in which they are hashed; times with their microseconds. */
export const signedColumns = {
  sequence: decisions.sequence,
  decisionId: decisions.decisionId,
  organizationId: decisions.organizationId,
  deliveryId: decisions.deliveryId,
  sampleId: decisions.sampleId,
  round: decisions.round,
  level: decisions.level,
  decision: decisions.decision,
  userId: decisions.userId,
  signerName: decisions.signerName,
  role: decisions.role,
  onBehalfOf: decisions.onBehalfOf,
  meaning: decisions.meaning,
  reasonCode: decisions.reasonCode,
  comment: decisions.comment,
  followUp: decisions.followUp,
  jobId: decisions.jobId,
  checksum: decisions.checksum,
  authenticatedAt: timeText(decisions.authenticatedAt),
  at: timeText(decisions.at),
};

export type SignedRow = Record<keyof typeof signedColumns, string | number | null>;

/** Lower-case hex SHA-256 of the fields, each as its length in bytes, a colon, itself and a comma; `-,` where it is null. */
export function hashOfDecision(row: SignedRow): string {
  const hash = createHash('sha256').update(`${FORM.length}:${FORM},`);
  // The columns give the order, whatever order the row has; `entries` forgets that they are the names of a row.
  for (const [name] of Object.entries(signedColumns) as [keyof SignedRow, unknown][]) {
    const field = row[name];
    hash.update(field === null ? '-,' : `${Buffer.byteLength(String(field))}:${field},`);
  }
  return hash.digest('hex');
}

/** As many entries are read, and their decisions looked up, at a time. */
const PAGE = 1_000;

/** Decisions that are not what was signed, or are gone. Entries written before they held a hash say nothing. */
export async function faultsOfDecisions(tx: Transaction, organizationId: string): Promise<ChainFault[]> {
  const faults: ChainFault[] = [];
  for (let after = 0; ;) {
    const entries = await tx
      .select({
        seq: auditLog.seq,
        decision: sql<string | null>`${auditLog.details} ->> 'decision'`,
        signed: sql<string>`${auditLog.details} ->> 'signed_sha256'`,
      })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.organizationId, organizationId),
          gt(auditLog.seq, after),
          inArray(auditLog.action, ['sample.accepted', 'sample.rejected']),
          sql`${auditLog.details} ->> 'signed_sha256' is not null`,
        ),
      )
      .orderBy(asc(auditLog.seq))
      .limit(PAGE);
    const ids = entries.flatMap(({ decision }) => (decision !== null && isId(decision) ? [decision] : []));
    const rows = ids.length === 0 ? [] : await readSigned(tx, ids);
    const found = new Map(rows.map((row) => [row.decisionId, hashOfDecision(row)]));
    for (const { seq, decision, signed } of entries) {
      const now = found.get(decision ?? '');
      if (now === signed) continue;
      const what = now === undefined ? 'is not there any more' : 'was changed after it was signed';
      faults.push({ seq, fault: `the decision ${decision} that it records ${what}` });
    }
    const last = entries.at(-1);
    if (!last || entries.length < PAGE) return faults;
    after = last.seq;
  }
}

const readSigned = (tx: Transaction, ids: string[]) =>
  tx.select(signedColumns).from(decisions).where(inArray(decisions.decisionId, ids));
