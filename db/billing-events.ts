// Events of the payment service, as the gateway takes them in: each counts once, however often it comes.

import { and, asc, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { isId, userId, type UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { billingEvents, invoices, subscriptions, users } from './schema/index.ts';

/** Whom an event may concern, as it says itself: hints, by which the user is looked up here. */
export interface BillingEventHints {
  customerId?: string | undefined;
  paymentIntentId?: string | undefined;
  /** As we wrote it into the checkout; needed when the event comes before the customer is noted. */
  userId?: string | undefined;
}

export interface NotedEvent {
  isNew: boolean;
  /** Whose saga is to be told; undefined when nobody is known, or it was told already. */
  tell: UserId | undefined;
}

export async function noteBillingEvent(
  database: Database,
  principal: Principal,
  event: { eventId: string; type: string; hints: BillingEventHints },
): Promise<NotedEvent> {
  const { customerId = null, paymentIntentId = null, userId: named } = event.hints;
  const namedId = named !== undefined && isId(named) ? named : null;
  return database.write(principal, async (tx) => {
    // One statement: the service waits for the answer. What another delivery of the event notes at this very moment it
    // does not see, and leaves to that one.
    const [found] = await tx.execute<{ is_new: boolean; user_id: string | null }>(sql`
      with noted as (
        insert into ${billingEvents} (event_id, type, user_id)
        values (${event.eventId}, ${event.type}, coalesce(
          (select user_id from ${subscriptions} where customer_id = ${customerId}),
          (select user_id from ${invoices} where payment_intent_id = ${paymentIntentId} limit 1),
          (select user_id from ${users} where user_id = ${namedId}::uuid)))
        on conflict do nothing
        returning user_id)
      select true as is_new, user_id from noted
      union all
      select false, user_id from ${billingEvents} where event_id = ${event.eventId} and told_at is null`);
    return { isNew: found?.is_new ?? false, tell: found?.user_id ? userId(found.user_id) : undefined };
  });
}

export async function recordTold(database: Database, principal: Principal, eventId: string): Promise<void> {
  await database.write(principal, async (tx) => {
    await tx
      .update(billingEvents)
      .set({ toldAt: sql`now()` })
      .where(and(eq(billingEvents.eventId, eventId), isNull(billingEvents.toldAt)));
  });
}

/** Users whose saga was not told of an event that came before `before`. */
export async function untoldUsers(
  database: Database,
  principal: Principal,
  { before, limit }: { before: Date; limit: number },
): Promise<UserId[]> {
  return database.write(principal, async (tx) => {
    const rows = await tx
      .select({ userId: billingEvents.userId })
      .from(billingEvents)
      .where(and(isNull(billingEvents.toldAt), isNotNull(billingEvents.userId), lt(billingEvents.receivedAt, before)))
      .orderBy(asc(billingEvents.receivedAt))
      .limit(limit);
    return [...new Set(rows.flatMap((row) => (row.userId ? [userId(row.userId)] : [])))];
  });
}

/** Every event of these users that came before `before` has been told of. */
export async function recordUsersTold(
  database: Database,
  principal: Principal,
  ids: readonly UserId[],
  before: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await database.write(principal, async (tx) => {
    await tx
      .update(billingEvents)
      .set({ toldAt: sql`now()` })
      .where(
        and(
          isNull(billingEvents.toldAt),
          lt(billingEvents.receivedAt, before),
          or(...ids.map((id) => eq(billingEvents.userId, id))),
        ),
      );
  });
}
