// What every change writes beside itself, in its own transaction: an audit row, and an event where others want to know.

import { and, eq, sql } from 'drizzle-orm';
import type { AuditAction, AuditEntity } from '../domain/audit.ts';
import type { EventType } from '../domain/events.ts';
import type { OrganizationId } from '../domain/ids.ts';
import { actorOf, type Principal } from '../domain/principal.ts';
import { beforeCommit, type Transaction } from './client.ts';
import { auditLog, outbox } from './schema/index.ts';

export interface Change {
  organizationId: OrganizationId | string;
  entity: AuditEntity;
  entityId: string;
  /** Also the type of the event, when there is one. */
  action: AuditAction;
  details?: Record<string, unknown>;
  event?: EventType;
}

/** Whether such a change was committed before: for what is told once. `details` need not name all that was recorded. */
export async function isRecorded(
  tx: Transaction,
  {
    organizationId,
    entityId,
    action,
    details = {},
  }: Pick<Change, 'organizationId' | 'entityId' | 'action' | 'details'>,
): Promise<boolean> {
  const known = await tx
    .select({ sequence: auditLog.sequence })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.organizationId, organizationId),
        eq(auditLog.entityId, entityId),
        eq(auditLog.action, action),
        sql`${auditLog.details} @> ${JSON.stringify(details)}::jsonb`,
      ),
    )
    .limit(1);
  return known.length > 0;
}

type AuditEntry = typeof auditLog.$inferInsert;
type OutboxEvent = typeof outbox.$inferInsert;
interface Records {
  entries: AuditEntry[];
  events: OutboxEvent[];
}
const recorded = new WeakMap<Transaction, Records>();

/**
 * Has the change recorded with its transaction, as the last act of it: an audit entry locks the chain of its organization
 * until the commit, and a transaction that then waited for a row could wait for one that waits for the chain.
 */
export async function recordChange(tx: Transaction, principal: Principal, change: Change): Promise<void> {
  const { organizationId, action, entity, entityId, details = {} } = change;
  const { entries, events } = recordsOf(tx);
  entries.push({ organizationId, actor: actorOf(principal), action, entity, entityId, details });
  if (change.event) {
    events.push({ organizationId, type: change.event, subject: `${entity}/${entityId}`, data: details });
  }
}

function recordsOf(tx: Transaction): Records {
  const known = recorded.get(tx);
  if (known) return known;
  const records: Records = { entries: [], events: [] };
  beforeCommit(tx, () => write(tx, records));
  recorded.set(tx, records);
  return records;
}

async function write(tx: Transaction, { entries, events }: Records): Promise<void> {
  // Two organizations' chains are locked by everyone in the same order.
  const inOrder = entries.toSorted((a, b) => a.organizationId.localeCompare(b.organizationId));
  await Promise.all([
    events.length > 0 ? tx.insert(outbox).values(events).execute() : undefined,
    tx.insert(auditLog).values(inOrder).execute(),
  ]);
}
