// Messages to partners: queued in the transaction of what they tell, sent by `webhook/<messageId>`, and logged attempt
// by attempt.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { ActionOn } from '../domain/audit.ts';
import { VarloomError } from '../domain/errors.ts';
import {
  deliveryId,
  isId,
  messageId,
  type DeliveryId,
  type MessageId,
  type OrganizationId,
  type PartnerId,
} from '../domain/ids.ts';
import type { PartnerEvent } from '../domain/partners.ts';
import type { Principal } from '../domain/principal.ts';
import { ANNOUNCED_STATES, type DeliveryState } from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { afterCursor, cursorTime, newestFirst, toPage, type Page, type PageRequest } from './keyset.ts';
import { deliveries, webhookAttempts, webhookEndpoints, webhookMessages } from './schema/index.ts';
import { ownEndpoint, type EndpointOfPartner, type EndpointRow } from './webhook-endpoints.ts';

export type MessageRow = typeof webhookMessages.$inferSelect;
export type AttemptRow = typeof webhookAttempts.$inferSelect;

export interface WebhookEvent {
  partnerId: PartnerId;
  organizationId: OrganizationId;
  eventType: PartnerEvent;
  /** Becomes `data` of the message's body: ids and states, nothing personal. */
  payload: Record<string, unknown>;
}

/**
 * In the caller's transaction: a message for each endpoint of the partner that is enabled. Start `webhook/<id>` for each
 * afterwards; what nobody starts, the Schedule `tend-webhooks` does.
 */
export async function enqueueWebhook(tx: Transaction, principal: Principal, event: WebhookEvent): Promise<MessageId[]> {
  const endpoints = await tx
    .select()
    .from(webhookEndpoints)
    .where(
      and(
        eq(webhookEndpoints.partnerId, event.partnerId),
        eq(webhookEndpoints.organizationId, event.organizationId),
        isNull(webhookEndpoints.disabledAt),
      ),
    )
    .orderBy(asc(webhookEndpoints.createdAt), asc(webhookEndpoints.endpointId));
  const queued: MessageId[] = [];
  for (const endpoint of endpoints) queued.push(await queue(tx, principal, endpoint, event));
  return queued;
}

/** In the caller's transaction: news of a delivery that holds no more is not sent any more, where it has not arrived yet. */
export async function cancelNews(
  tx: Transaction,
  principal: Principal,
  { deliveryId, partnerId }: { deliveryId: string; partnerId: string },
  eventType: PartnerEvent,
): Promise<void> {
  const endpoints = tx
    .select({ endpointId: webhookEndpoints.endpointId })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.partnerId, partnerId));
  const cancelled = await tx
    .update(webhookMessages)
    .set({ state: 'cancelled', endedAt: sql`now()` })
    .where(
      and(
        inArray(webhookMessages.endpointId, endpoints),
        eq(webhookMessages.eventType, eventType),
        eq(webhookMessages.state, 'pending'),
        sql`${webhookMessages.payload} #>> '{data,delivery_id}' = ${deliveryId}`,
      ),
    )
    .returning();
  for (const message of cancelled) {
    await recordMessage(tx, principal, message, 'webhook_message.cancelled', { event_type: eventType });
  }
}

/** A message that says nothing but that it came. @throws VarloomError `not_found`, `endpoint_disabled` */
export async function enqueueTest(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
): Promise<MessageId> {
  return database.write(principal, async (tx) => {
    const endpoint = await ownEndpoint(tx, principal, at);
    refuseDisabled(endpoint);
    return queue(tx, principal, endpoint, {
      eventType: 'webhook.tested',
      payload: { endpoint_id: endpoint.endpointId },
    });
  });
}

async function queue(
  tx: Transaction,
  principal: Principal,
  endpoint: Pick<EndpointRow, 'endpointId' | 'organizationId'>,
  { eventType, payload }: Pick<WebhookEvent, 'eventType' | 'payload'>,
): Promise<MessageId> {
  const id = messageId(randomUUID());
  const { endpointId, organizationId } = endpoint;
  await tx.insert(webhookMessages).values({
    messageId: id,
    organizationId,
    endpointId,
    eventType,
    // As Standard Webhooks proposes it.
    payload: { type: eventType, timestamp: new Date().toISOString(), data: payload },
    isTest: eventType === 'webhook.tested',
  });
  await recordMessage(tx, principal, { messageId: id, organizationId, endpointId }, 'webhook_message.queued', {
    event_type: eventType,
  });
  return id;
}

// ---- The delivery log

export interface LoggedMessage {
  message: MessageRow;
  /** What it tells of; null for a test. */
  deliveryId: DeliveryId | null;
  /** Oldest first. */
  attempts: AttemptRow[];
}

/** Newest first. @throws VarloomError `not_found` */
export async function listMessages(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
  { limit, cursor }: PageRequest,
): Promise<Page<LoggedMessage>> {
  return database.write(principal, async (tx) => {
    await ownEndpoint(tx, principal, at);
    const { createdAt, messageId: idColumn } = webhookMessages;
    const { rows, next } = toPage(
      await tx
        .select({ message: webhookMessages, cursorTime: cursorTime(createdAt), cursorId: idColumn })
        .from(webhookMessages)
        .where(and(eq(webhookMessages.endpointId, at.endpointId), afterCursor(cursor, createdAt, idColumn)))
        .orderBy(...newestFirst(createdAt, idColumn))
        .limit(limit + 1),
      limit,
    );
    const ids = rows.map(({ message }) => message.messageId);
    const attempts =
      ids.length === 0
        ? []
        : await tx
            .select()
            .from(webhookAttempts)
            .where(inArray(webhookAttempts.messageId, ids))
            .orderBy(asc(webhookAttempts.at), asc(webhookAttempts.attemptId));
    const byMessage = Map.groupBy(attempts, (attempt) => attempt.messageId);
    const logged = rows.map(({ message }) => ({
      message,
      deliveryId: deliveryOf(message),
      attempts: byMessage.get(message.messageId) ?? [],
    }));
    return { rows: logged, next };
  });
}

function deliveryOf({ payload }: Pick<MessageRow, 'payload'>): DeliveryId | null {
  const id = String(Object(payload['data'])['delivery_id']);
  return isId(id) ? deliveryId(id) : null;
}

/**
 * Sends a message again, whatever became of it. Until the next attempt its `ended_at` says since when it waits.
 * @throws VarloomError `not_found`, `endpoint_disabled`, `news_outdated`
 */
export async function reopenMessage(
  database: Database,
  principal: UserPrincipal,
  at: EndpointOfPartner,
  id: MessageId,
): Promise<void> {
  await database.write(principal, async (tx) => {
    const endpoint = await ownEndpoint(tx, principal, at);
    const [message] = await tx
      .select()
      .from(webhookMessages)
      .where(and(eq(webhookMessages.messageId, id), eq(webhookMessages.endpointId, at.endpointId)))
      .for('update');
    if (!message) throw new VarloomError('not_found', `There is no webhook message ${id}.`);
    refuseDisabled(endpoint);
    await refuseOutdated(tx, message);
    await tx
      .update(webhookMessages)
      .set({ state: 'pending', endedAt: sql`now()` })
      .where(eq(webhookMessages.messageId, id));
    await recordMessage(tx, principal, message, 'webhook_message.resent', { was: message.state });
  });
}

/** A delivery that was taken back since is not announced any more, nor one that was released again called revoked. */
async function refuseOutdated(tx: Transaction, message: MessageRow): Promise<void> {
  const { eventType } = message;
  const id = deliveryOf(message);
  if ((eventType !== 'delivery.released' && eventType !== 'delivery.revoked') || id === null) return;
  const [delivery] = await tx
    .select({ state: deliveries.state })
    .from(deliveries)
    .where(eq(deliveries.deliveryId, id))
    // A recall at this moment comes before or after.
    .for('share');
  const isAnnounced = delivery && (ANNOUNCED_STATES as readonly DeliveryState[]).includes(delivery.state);
  if (!delivery || isAnnounced === (eventType === 'delivery.released')) return;
  throw new VarloomError('news_outdated', `The delivery is ${delivery.state} by now.`, { state: delivery.state });
}

function refuseDisabled(endpoint: EndpointRow): void {
  if (endpoint.disabledAt) {
    throw new VarloomError('endpoint_disabled', 'Nothing is sent to a disabled endpoint.', {
      reason: endpoint.disabledReason,
    });
  }
}

export function recordMessage(
  tx: Transaction,
  principal: Principal,
  message: Pick<MessageRow, 'messageId' | 'organizationId' | 'endpointId'>,
  action: ActionOn<'webhook_message'>,
  details: Record<string, unknown>,
): Promise<void> {
  return recordChange(tx, principal, {
    organizationId: message.organizationId,
    entity: 'webhook_message',
    entityId: message.messageId,
    action,
    details: { endpoint: message.endpointId, ...details },
  });
}
