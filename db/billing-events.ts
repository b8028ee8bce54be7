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
  return database.write(principal, async (tx) => {
    const { customerId, paymentIntentId, userId: named } = event.hints;
    const namedId = named !== undefined && isId(named) ? named : null;
    // One statement: the service waits for the answer.
    const [noted] = await tx
      .insert(billingEvents)
      .values({
        eventId: event.eventId,
        type: event.type,
        userId: sql`coalesce(
          (select ${subscriptions.userId} from ${subscriptions} where ${subscriptions.customerId} = ${customerId ?? null}),
          (select ${invoices.userId} from ${invoices} where ${invoices.paymentIntentId} = ${paymentIntentId ?? null} limit 1),
          (select ${users.userId} from ${users} where ${users.userId} = ${namedId}::uuid))`,
      })
      .onConflictDoNothing()
      .returning();
    if (noted) return { isNew: true, tell: noted.userId ? userId(noted.userId) : undefined };
    const [earlier] = await tx
      .select()
      .from(billingEvents)
      .where(and(eq(billingEvents.eventId, event.eventId), isNull(billingEvents.toldAt)));
    return { isNew: false, tell: earlier?.userId ? userId(earlier.userId) : undefined };
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
