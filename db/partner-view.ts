// Deliveries as a partner sees them: its own, once a director has released them, and never who reviewed them.

import { and, asc, eq, gt, inArray, isNotNull, sql } from 'drizzle-orm';
import type { ActionOn } from '../domain/audit.ts';
import { VarloomError } from '../domain/errors.ts';
import { isId, type DeliveryId, type PartnerId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { ANNOUNCED_STATES, type DeliveryState } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { moveDelivery } from './deliveries.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { decisions, deliveries, deliverySamples, jobs, samples } from './schema/index.ts';

export type ServicePrincipal = Extract<Principal, { kind: 'service' }>;

/** While it is being released the partner is told, and what it is told of must be there when it asks. */
const VISIBLE = ANNOUNCED_STATES;

export interface PartnerCaller {
  principal: ServicePrincipal;
  partnerId: PartnerId;
}

export interface PartnerDelivery {
  deliveryId: string;
  state: DeliveryState;
  /** Null while it is being released. */
  releasedAt: Date | null;
  acknowledgedAt: Date | null;
  sampleCount: number;
}

const isVisible = ({ principal, partnerId }: PartnerCaller) =>
  and(
    eq(deliveries.partnerId, partnerId),
    eq(deliveries.organizationId, principal.organizationId),
    inArray(deliveries.state, [...VISIBLE]),
    // One that was closed without being released is none of the partner's business.
    isNotNull(deliveries.releasedBy),
  );

const columns = {
  deliveryId: deliveries.deliveryId,
  state: deliveries.state,
  releasedAt: deliveries.releasedAt,
  acknowledgedAt: deliveries.acknowledgedAt,
  // Spelled out: of a single table, Drizzle writes column names alone, and here they would mean the inner table's.
  sampleCount: sql<number>`(select count(*)::int from delivery_samples s
    where s.delivery_id = deliveries.delivery_id and s.state = 'accepted')`,
};

/** Newest first; reading it is recorded. */
export async function listPartnerDeliveries(
  database: Database,
  caller: PartnerCaller,
  { limit, cursor }: PageRequest,
): Promise<Page<PartnerDelivery>> {
  return database.write(caller.principal, async (tx) => {
    const { rows, next } = toPage(
      await tx
        .select({ ...columns, cursorTime: cursorTime(deliveries.createdAt), cursorId: deliveries.deliveryId })
        .from(deliveries)
        .where(and(isVisible(caller), afterCursor(cursor, deliveries.createdAt, deliveries.deliveryId)))
        .orderBy(...newestFirst(deliveries.createdAt, deliveries.deliveryId))
        .limit(limit + 1),
      limit,
    );
    await recordChange(tx, caller.principal, {
      organizationId: caller.principal.organizationId,
      entity: 'partner',
      entityId: caller.partnerId,
      action: 'partner.deliveries_listed',
      details: { deliveries: rows.length },
    });
    return { rows: rows.map(({ cursorTime: _time, cursorId: _id, ...delivery }) => delivery), next };
  });
}

/** Reading it is recorded. @throws VarloomError `not_found` */
export async function readPartnerDelivery(
  database: Database,
  caller: PartnerCaller,
  id: DeliveryId,
): Promise<PartnerDelivery> {
  return database.write(caller.principal, async (tx) => {
    const delivery = await visibleDelivery(tx, caller, id);
    await record(tx, caller, id, 'delivery.read_by_partner');
    return delivery;
  });
}

/** An accepted sample: what the manifest says of it, and where its files are. */
export interface DeliveredSample {
  sampleId: string;
  barcode: string;
  job: Pick<
    typeof jobs.$inferSelect,
    | 'jobId'
    | 'fileName'
    | 'genome'
    | 'consequenceMode'
    | 'records'
    | 'resultState'
    | 'resultPrefix'
    | 'resultKey'
    | 'resultSizeBytes'
    | 'resultSha256'
  >;
  decisions: Pick<typeof decisions.$inferSelect, 'level' | 'decision' | 'role' | 'at' | 'checksum'>[];
}

export interface DeliveredPage {
  delivery: PartnerDelivery;
  rows: DeliveredSample[];
  /** The last sample's id, when there are more. */
  next: string | null;
}

/** The accepted samples in the order of their ids; reading them is recorded. @throws VarloomError `not_found` */
export async function readManifest(
  database: Database,
  caller: PartnerCaller,
  id: DeliveryId,
  { limit, cursor }: PageRequest,
): Promise<DeliveredPage> {
  if (cursor !== undefined && !isId(cursor)) {
    throw new VarloomError('invalid_request', 'The cursor is not one that this list gave.', { cursor: 'invalid' });
  }
  return database.write(caller.principal, async (tx) => {
    const delivery = await visibleDelivery(tx, caller, id);
    const found = await tx
      .select({ sampleId: samples.sampleId, barcode: samples.barcode, round: deliverySamples.round })
      .from(deliverySamples)
      .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
      .where(
        and(
          eq(deliverySamples.deliveryId, id),
          eq(deliverySamples.state, 'accepted'),
          cursor === undefined ? undefined : gt(deliverySamples.sampleId, cursor),
        ),
      )
      .orderBy(asc(deliverySamples.sampleId))
      .limit(limit + 1);
    const rows = await delivered(tx, id, found.slice(0, limit));
    await record(tx, caller, id, 'delivery.manifest_read', { samples: rows.length });
    return { delivery, rows, next: found.length > limit ? (rows.at(-1)?.sampleId ?? null) : null };
  });
}

/** What was accepted: the annotation that was signed for, whichever stands for the sample by now. */
async function delivered(
  tx: Transaction,
  id: DeliveryId,
  found: { sampleId: string; barcode: string; round: number }[],
): Promise<DeliveredSample[]> {
  if (found.length === 0) return [];
  const rounds = new Map(found.map(({ sampleId, round }) => [sampleId, round]));
  const decided = await tx
    .select({ decision: decisions, job: jobs })
    .from(decisions)
    .innerJoin(jobs, eq(jobs.jobId, decisions.jobId))
    .where(and(eq(decisions.deliveryId, id), inArray(decisions.sampleId, [...rounds.keys()])))
    .orderBy(asc(decisions.sequence));
  return found.map(({ sampleId, barcode }) => {
    const own = decided.filter(
      ({ decision }) => decision.sampleId === sampleId && decision.round === rounds.get(sampleId),
    );
    const job = own.at(-1)?.job;
    if (!job) throw new Error('an accepted sample has no decision');
    const signed = own.map(({ decision: { level, decision, role, at, checksum } }) => ({
      level,
      decision,
      role,
      at,
      checksum,
    }));
    return { sampleId, barcode, job, decisions: signed };
  });
}

/** released → acknowledged. Asked again, it answers the same. @throws VarloomError `not_found`, `wrong_state` */
export async function acknowledgeDelivery(database: Database, caller: PartnerCaller, id: DeliveryId): Promise<void> {
  await database.write(caller.principal, (tx) => visibleDelivery(tx, caller, id));
  const { isMoved, state } = await moveDelivery(database, caller.principal, id, 'acknowledge');
  if (!isMoved) throw new VarloomError('wrong_state', `The delivery is ${state}.`, { state });
}

async function visibleDelivery(tx: Transaction, caller: PartnerCaller, id: DeliveryId): Promise<PartnerDelivery> {
  const [row] = await tx
    .select(columns)
    .from(deliveries)
    .where(and(eq(deliveries.deliveryId, id), isVisible(caller)));
  if (!row) throw new VarloomError('not_found', `There is no delivery ${id}.`);
  return row;
}

function record(
  tx: Transaction,
  { principal, partnerId }: PartnerCaller,
  id: DeliveryId,
  action: ActionOn<'delivery'>,
  details: Record<string, unknown> = {},
): Promise<void> {
  const { organizationId } = principal;
  return recordChange(tx, principal, {
    organizationId,
    entity: 'delivery',
    entityId: id,
    action,
    details: { partner: partnerId, ...details },
  });
}
