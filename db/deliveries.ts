// Deliveries: samples handed together to a partner, from their review to the partner's acknowledgement. Each move of a
// delivery is a compare-and-set of its state; every function may be called twice and answers the same.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import type { EventType } from '../domain/events.ts';
import { deliveryId, sampleId, type DeliveryId, type SampleId } from '../domain/ids.ts';
import { isAllowed, rolesOf } from '../domain/permissions.ts';
import { SAGAS, type Principal } from '../domain/principal.ts';
import { OPEN_DELIVERY_STATES, type DeliveryState } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { refuseRevoked, sinceOf, type ActingUser } from './revoked-sessions.ts';
import { deliveries, deliverySamples, jobs, partners, samples, users } from './schema/index.ts';
import { announce, announced } from './delivery-news.ts';
import { partnerReach } from './partner-reach.ts';
import { cancelNews } from './webhooks.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;

/**
 * Puts samples into review for a partner. Their results are held from here on.
 * @throws VarloomError `not_found` (partner or sample), `sample_in_delivery`, `result_not_live`, `result_not_ready`
 */
export async function createDelivery(
  database: Database,
  principal: UserPrincipal,
  request: { partnerId: string; sampleIds: readonly string[] },
): Promise<DeliveryId> {
  return database.write(principal, async (tx) => {
    const { organizationId } = principal;
    const [partner] = await tx
      .select()
      .from(partners)
      .where(
        and(
          eq(partners.partnerId, request.partnerId),
          eq(partners.organizationId, organizationId),
          isNull(partners.disabledAt),
        ),
      );
    if (!partner) throw new VarloomError('not_found', `There is no partner ${request.partnerId}.`);
    await holdSamples(tx, organizationId, request.sampleIds);
    const id = deliveryId(randomUUID());
    await tx.insert(deliveries).values({
      deliveryId: id,
      organizationId,
      partnerId: request.partnerId,
      createdBy: principal.userId,
    });
    for (let start = 0; start < request.sampleIds.length; start += 1000) {
      const rows = request.sampleIds.slice(start, start + 1000);
      await tx
        .insert(deliverySamples)
        .values(rows.map((sample) => ({ deliveryId: id, sampleId: sample, organizationId })));
    }
    await recordChange(tx, principal, {
      organizationId,
      entity: 'delivery',
      entityId: id,
      action: 'delivery.created',
      details: { partner: request.partnerId, samples: request.sampleIds.length },
      event: 'delivery.created',
    });
    return id;
  });
}

/** Every sample is there, in no other open delivery, and its result live: nothing moves it from here on. */
async function holdSamples(tx: Transaction, organizationId: string, ids: readonly string[]): Promise<void> {
  const rows = await tx
    .select({ sampleId: samples.sampleId, job: jobs })
    .from(samples)
    .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
    .where(and(inArray(samples.sampleId, [...ids]), eq(samples.organizationId, organizationId)))
    .orderBy(asc(samples.sampleId))
    .for('update');
  const found = new Map(rows.map((row) => [row.sampleId, row.job]));
  for (const id of ids) {
    const job = found.get(id);
    if (!job) throw new VarloomError('not_found', `There is no sample ${id}.`);
    if (job.eraseRequestedAt || job.status !== 'COMPLETED' || job.resultState === 'deleted') {
      throw new VarloomError('result_not_ready', `The result of sample ${id} is not there.`, { sample_id: id });
    }
    if (job.resultState !== 'live') {
      throw new VarloomError('result_not_live', `The result of sample ${id} is ${job.resultState}.`, { sample_id: id });
    }
  }
  const [taken] = await tx
    .select({ sampleId: deliverySamples.sampleId, deliveryId: deliverySamples.deliveryId })
    .from(deliverySamples)
    .where(and(inArray(deliverySamples.sampleId, [...ids]), eq(deliverySamples.isOpen, true)))
    .limit(1);
  if (taken) {
    throw new VarloomError('sample_in_delivery', `Sample ${taken.sampleId} is in another open delivery.`, {
      sample_id: taken.sampleId,
      delivery_id: taken.deliveryId,
    });
  }
}

/** Samples of a delivery that are not closed, in a stable order: those whose reviews are to run. */
export async function openSamples(
  database: Database,
  principal: Principal,
  { delivery, after, limit }: { delivery: DeliveryId; after: SampleId | null; limit: number },
): Promise<SampleId[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({ sampleId: deliverySamples.sampleId })
      .from(deliverySamples)
      .where(
        and(
          eq(deliverySamples.deliveryId, delivery),
          inArray(deliverySamples.state, ['in_review', 'reannotating']),
          after === null ? undefined : gt(deliverySamples.sampleId, after),
        ),
      )
      .orderBy(asc(deliverySamples.sampleId))
      .limit(limit);
    return rows.map((row) => sampleId(row.sampleId));
  });
}

/** in_review → ready when every sample is closed; → closed when none of them is to be delivered. Answers the state. */
export async function settleDelivery(database: Database, principal: Principal, id: DeliveryId): Promise<DeliveryState> {
  return database.write(principal, async (tx) => {
    const delivery = await lockDelivery(tx, id);
    const { open, accepted } = await countSamples(tx, id);
    if (delivery.state !== 'in_review' || open > 0) return delivery.state;
    return move(tx, principal, delivery, accepted > 0 ? 'settle' : 'close', { accepted });
  });
}

export async function countSamples(tx: Transaction, id: string): Promise<{ open: number; accepted: number }> {
  const [count] = await tx
    .select({
      open: sql<number>`(count(*) filter (where ${deliverySamples.state} in ('in_review', 'reannotating')))::int`,
      accepted: sql<number>`(count(*) filter (where ${deliverySamples.state} = 'accepted'))::int`,
    })
    .from(deliverySamples)
    .where(eq(deliverySamples.deliveryId, id));
  return count ?? { open: 0, accepted: 0 };
}

interface Move {
  from: readonly DeliveryState[];
  to: DeliveryState;
  action: EventType;
}

const MOVES = {
  settle: { from: ['in_review'], to: 'ready', action: 'delivery.ready' },
  release: { from: ['ready'], to: 'releasing', action: 'delivery.release_begun' },
  publish: { from: ['releasing'], to: 'released', action: 'delivery.released' },
  /** The partner could not be told: the manifest is closed to it, and people may try again. */
  revoke: { from: ['releasing'], to: 'ready', action: 'delivery.revoked' },
  recall: { from: ['in_review', 'ready', 'releasing'], to: 'recalled', action: 'delivery.recalled' },
  acknowledge: { from: ['releasing', 'released'], to: 'acknowledged', action: 'delivery.acknowledged' },
  close: { from: ['in_review', 'released'], to: 'closed', action: 'delivery.closed' },
} as const satisfies Record<string, Move>;
export type DeliveryMove = keyof typeof MOVES;
/** Moves that nobody makes: the saga does, when it is time. */
const BY_ITSELF: readonly DeliveryMove[] = ['settle', 'publish', 'revoke', 'close'];

/** `isMoved` is false when the delivery is in a state that the move does not begin from, nor has led to. */
export interface MoveOutcome {
  isMoved: boolean;
  state: DeliveryState;
}

/** One move of a delivery. `failure` is told to the people who may try again. */
export async function moveDelivery(
  database: Database,
  principal: Principal,
  id: DeliveryId,
  name: DeliveryMove,
  failure: string | null = null,
): Promise<MoveOutcome> {
  return database.write(principal, async (tx) => {
    const delivery = await lockDelivery(tx, id);
    const { from, to } = MOVES[name];
    if (delivery.state === to) return { isMoved: true, state: to };
    if (!(from as readonly DeliveryState[]).includes(delivery.state)) return { isMoved: false, state: delivery.state };
    return { isMoved: true, state: await move(tx, principal, delivery, name, failure ? { failure } : {}) };
  });
}

/**
 * What a director asks for, with the role as it is now.
 * @throws VarloomError `not_found`, `wrong_role`, `sign_in_again`, `wrong_state`
 */
export async function directDelivery(
  database: Database,
  principal: ActingUser,
  id: DeliveryId,
  name: 'release' | 'recall',
): Promise<DeliveryState> {
  return database.write(principal, async (tx) => {
    const [user] = await tx
      .select({ role: users.role, sessionsRevokedAt: users.sessionsRevokedAt })
      .from(users)
      .where(and(eq(users.userId, principal.userId), eq(users.organizationId, principal.organizationId)))
      .for('share');
    if (!user || !isAllowed(user.role, `delivery.${name}`)) {
      const roles = rolesOf(`delivery.${name}`).join(' or ');
      throw new VarloomError('wrong_role', `Only a ${roles} may ${name} a delivery.`, { role: roles });
    }
    refuseRevoked(user, sinceOf(principal));
    const delivery = await lockDelivery(tx, id);
    const { from, to } = MOVES[name];
    if (delivery.state === to) return to;
    if (!(from as readonly DeliveryState[]).includes(delivery.state)) {
      const message = `A delivery that is ${delivery.state} cannot be ${name === 'release' ? 'released' : 'recalled'}.`;
      throw new VarloomError('wrong_state', message, { state: delivery.state });
    }
    if (name === 'release' && (await partnerReach(tx, delivery.partnerId, 'share')) === 'disabled') {
      const message =
        'The partner is disabled: nothing is released to it. Recall the delivery; its samples can go to another partner.';
      throw new VarloomError('wrong_state', message, { state: delivery.state, partner: 'disabled' });
    }
    const moved = await move(tx, principal, delivery, name, {});
    if (name === 'release') {
      await tx.update(deliveries).set({ releasedBy: principal.userId }).where(eq(deliveries.deliveryId, id));
    }
    return moved;
  });
}

export async function lockDelivery(tx: Transaction, id: DeliveryId): Promise<DeliveryRow> {
  const [delivery] = await tx.select().from(deliveries).where(eq(deliveries.deliveryId, id)).for('update');
  if (!delivery) throw new VarloomError('not_found', `There is no delivery ${id}.`);
  return delivery;
}

async function move(
  tx: Transaction,
  principal: Principal,
  delivery: DeliveryRow,
  name: DeliveryMove,
  details: Record<string, unknown>,
): Promise<DeliveryState> {
  const { to, action } = MOVES[name];
  const isByItself = BY_ITSELF.includes(name);
  const actor = isByItself ? SAGAS.deliveryReview : principal;
  const at: Partial<Record<DeliveryState, object>> = {
    ready: { readyAt: sql`now()`, releaseFailure: details['failure'] ?? null },
    releasing: { releaseFailure: null, releaseNumber: sql`${deliveries.releaseNumber} + 1` },
    released: { releasedAt: sql`now()` },
    acknowledged: { acknowledgedAt: sql`now()` },
  };
  await tx
    .update(deliveries)
    .set({ state: to, ...at[to] })
    .where(eq(deliveries.deliveryId, delivery.deliveryId));
  if (!(OPEN_DELIVERY_STATES as readonly DeliveryState[]).includes(to)) {
    await tx
      .update(deliverySamples)
      .set({ isOpen: false, claimedBy: null, claimedAt: null })
      .where(eq(deliverySamples.deliveryId, delivery.deliveryId));
  }
  if (name === 'revoke' || name === 'recall') await cancelNews(tx, actor, delivery, 'delivery.released');
  if (name === 'release') await cancelNews(tx, actor, delivery, 'delivery.revoked');
  // Who was told, or could have been, hears that it holds no more. After a recall its saga announces it.
  const wasAnnounced = name === 'revoke' && (await announced(tx, delivery, 'delivery.released')).length > 0;
  if (wasAnnounced) await announce(tx, actor, delivery, 'delivery.revoked');
  const askedBy = isByItself ? { created_by: delivery.createdBy, released_by: delivery.releasedBy } : {};
  await recordChange(tx, actor, {
    organizationId: delivery.organizationId,
    entity: 'delivery',
    entityId: delivery.deliveryId,
    action,
    details: { ...details, ...askedBy },
    event: action,
  });
  return to;
}
