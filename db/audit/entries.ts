// The audit log as an administrator reads it: newest first, filtered, by pages or all of it.

import { and, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import type { OrganizationId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import { recordChange } from '../changes.ts';
import type { Database } from '../client.ts';
import type { UserPrincipal } from '../identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from '../keyset.ts';
import { auditLog } from '../schema/index.ts';

export interface AuditFilter {
  /** A kind of entity, or one of it: `delivery`, `delivery/<id>`. */
  entity?: string | undefined;
  actor?: string | undefined;
  /** From this time on, and before that. ISO 8601. */
  from?: string | undefined;
  to?: string | undefined;
}

export interface AuditEntry {
  seq: number;
  /** UTC with microseconds, as it was hashed. */
  at: string;
  actor: string;
  action: string;
  entity: string;
  entityId: string;
  details: Record<string, unknown>;
  /** As Postgres writes jsonb: this is what was hashed. */
  detailsText: string;
  prevHash: string;
  hash: string;
}

export async function listAuditEntries(
  database: Database,
  principal: Principal,
  organizationId: OrganizationId,
  { limit, cursor, ...filter }: AuditFilter & PageRequest,
): Promise<Page<AuditEntry>> {
  return database.read(principal, async (tx) => {
    const rows = await tx
      .select({
        seq: auditLog.seq,
        at: cursorTime(auditLog.at),
        actor: auditLog.actor,
        action: auditLog.action,
        entity: auditLog.entity,
        entityId: auditLog.entityId,
        details: auditLog.details,
        detailsText: sql<string>`${auditLog.details}::text`,
        prevHash: auditLog.prevHash,
        hash: auditLog.hash,
      })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.organizationId, organizationId),
          ...conditions(filter),
          afterCursor(cursor, auditLog.at, auditLog.seq, isSeq),
        ),
      )
      .orderBy(...newestFirst(auditLog.at, auditLog.seq))
      .limit(limit + 1);
    return toPage(
      rows.map((row) => ({ ...row, cursorTime: row.at, cursorId: String(row.seq) })),
      limit,
    );
  });
}

/** Who has read the log, or taken all of it away, and what they asked for. */
export async function recordReading(
  database: Database,
  principal: UserPrincipal,
  { entity, actor, from, to, cursor }: AuditFilter & { cursor?: string | undefined },
  as: 'audit_log.read' | 'audit_log.exported',
): Promise<void> {
  const { organizationId } = principal;
  const asked = Object.entries({ entity, actor, from, to, cursor }).filter(([, value]) => value !== undefined);
  await database.write(principal, (tx) =>
    recordChange(tx, principal, {
      organizationId,
      entity: 'audit_log',
      entityId: organizationId,
      action: as,
      details: Object.fromEntries(asked),
    }),
  );
}

const isSeq = (text: string): boolean => /^\d{1,15}$/.test(text);

function conditions({ entity, actor, from, to }: AuditFilter): (SQL | undefined)[] {
  // Neither a kind of entity nor an id has a slash in it but those of ids that were made of two.
  const slash = entity?.indexOf('/') ?? -1;
  const [kind, id] = entity && slash >= 0 ? [entity.slice(0, slash), entity.slice(slash + 1)] : [entity, undefined];
  return [
    kind === undefined ? undefined : eq(auditLog.entity, kind),
    id === undefined ? undefined : eq(auditLog.entityId, id),
    actor === undefined ? undefined : eq(auditLog.actor, actor),
    from === undefined ? undefined : gte(auditLog.at, sql`${from}::timestamptz`),
    to === undefined ? undefined : lt(auditLog.at, sql`${to}::timestamptz`),
  ];
}

/** Long enough to be worth a round trip, short enough to be held in memory. */
const EXPORT_PAGE = 1_000;

/** All that match, newest first, a page at a time: nothing is held open while the reader is slow. */
export async function* exportAuditEntries(
  database: Database,
  principal: Principal,
  organizationId: OrganizationId,
  { limit = Infinity, cursor, ...filter }: AuditFilter & Partial<PageRequest>,
): AsyncGenerator<AuditEntry[]> {
  let at = cursor;
  let left = limit;
  do {
    const request = { ...filter, cursor: at, limit: Math.min(left, EXPORT_PAGE) };
    const { rows, next } = await listAuditEntries(database, principal, organizationId, request);
    yield rows;
    left -= rows.length;
    at = next ?? undefined;
  } while (at !== undefined && left > 0);
}
