// What `webhook/<messageId>` asks and records: what is to be sent, what came of each attempt, and which messages have no
// saga. Every function may be called twice.

import { randomUUID } from 'node:crypto';
import { and, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { endpointId, messageId, type EndpointId, type MessageId } from '../domain/ids.ts';
import { DEAD_ENDPOINT, WEBHOOK_RETRY_SECONDS, type WebhookState } from '../domain/partners.ts';
import { SAGAS, type Principal } from '../domain/principal.ts';
import type { Database, Transaction } from './client.ts';
import { webhookAttempts, webhookEndpoints, webhookMessages } from './schema/index.ts';
import { disableEndpoint, signingSecrets, type EndpointRow } from './webhook-endpoints.ts';
import { recordMessage, type MessageRow } from './webhooks.ts';

/** Longer than any wait between two attempts. */
const LONGEST_WAIT_SECONDS = 1.2 * Math.max(...WEBHOOK_RETRY_SECONDS);

/** What is to be sent where, or how the message has ended. */
export type Outgoing = { organizationId: string } & (
  | { state: 'pending'; endpointId: EndpointId; url: string; sealedSecrets: string[]; body: string; isTest: boolean }
  | { state: Exclude<WebhookState, 'pending'> }
);

export async function outgoingMessage(database: Database, principal: Principal, id: MessageId): Promise<Outgoing> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({ message: webhookMessages, endpoint: webhookEndpoints })
      .from(webhookMessages)
      .innerJoin(webhookEndpoints, eq(webhookEndpoints.endpointId, webhookMessages.endpointId))
      .where(eq(webhookMessages.messageId, id));
    if (!row) throw new VarloomError('not_found', `There is no webhook message ${id}.`);
    const { message, endpoint } = row;
    const { organizationId } = message;
    if (message.state !== 'pending') return { state: message.state, organizationId };
    return {
      organizationId,
      state: 'pending',
      endpointId: endpointId(endpoint.endpointId),
      url: endpoint.url,
      sealedSecrets: signingSecrets(endpoint.secrets, Date.now()).map(({ sealed }) => sealed),
      body: JSON.stringify(message.payload),
      isTest: message.isTest,
    };
  });
}

export interface Attempt {
  /** Null when there was no answer. */
  status: number | null;
  /** Why there was none, or the beginning of what was answered. */
  outcome: string;
  durationMs: number;
  verdict: 'delivered' | 'failed' | 'gone';
}

/** Logs an attempt and what follows from it: the state of the message from now on. */
export async function recordAttempt(
  database: Database,
  principal: Principal,
  id: MessageId,
  { verdict, ...attempt }: Attempt,
): Promise<WebhookState> {
  return database.write(principal, async (tx) => {
    const { message, endpoint } = await lockMessage(tx, id);
    const isFailingStill = verdict === 'failed' && (await wasTriedLately(tx, endpoint));
    await tx.insert(webhookAttempts).values({
      ...attempt,
      attemptId: randomUUID(),
      messageId: id,
      organizationId: message.organizationId,
    });
    switch (verdict) {
      case 'delivered':
        await tx
          .update(webhookEndpoints)
          .set({ failuresInARow: 0, failingSince: null })
          .where(eq(webhookEndpoints.endpointId, endpoint.endpointId));
        // It was, even if somebody disabled the endpoint meanwhile.
        return end(tx, message, 'delivered');
      case 'gone':
        if (message.state === 'pending') await end(tx, message, 'cancelled');
        if (!endpoint.disabledAt) await disableEndpoint(tx, SAGAS.deliverWebhook, endpoint, 'gone');
        return message.state === 'pending' ? 'cancelled' : message.state;
      case 'failed':
        return noteFailure(tx, message, endpoint, isFailingStill);
    }
  });
}

async function noteFailure(
  tx: Transaction,
  message: MessageRow,
  endpoint: EndpointRow,
  isFailingStill: boolean,
): Promise<WebhookState> {
  if (message.state !== 'pending') return message.state;
  await tx.update(webhookMessages).set({ endedAt: null }).where(eq(webhookMessages.messageId, message.messageId));
  // Who tests an endpoint expects that it may not work yet.
  if (message.isTest || endpoint.disabledAt) return 'pending';
  if (endpoint.failingSince && isFailingStill) return 'pending';
  await tx
    .update(webhookEndpoints)
    .set({ failingSince: sql`now()` })
    .where(eq(webhookEndpoints.endpointId, endpoint.endpointId));
  return 'pending';
}

/**
 * An endpoint that nothing was sent to for longer than any message waits has not been failing meanwhile: what failed before
 * was taken back, or given up on long ago.
 */
async function wasTriedLately(tx: Transaction, { endpointId: id, failingSince }: EndpointRow): Promise<boolean> {
  if (!failingSince) return false;
  const lately = sql`now() - make_interval(secs => ${LONGEST_WAIT_SECONDS}::float8)`;
  const tried = await tx
    .select({ attemptId: webhookAttempts.attemptId })
    .from(webhookMessages)
    .innerJoin(webhookAttempts, eq(webhookAttempts.messageId, webhookMessages.messageId))
    .where(
      and(
        eq(webhookMessages.endpointId, id),
        eq(webhookMessages.isTest, false),
        or(eq(webhookMessages.state, 'pending'), gt(webhookMessages.endedAt, lately)),
        gt(webhookAttempts.at, lately),
      ),
    )
    .limit(1);
  return tried.length > 0;
}

/**
 * After the last attempt. An endpoint that has been failing for too long by then, or on too many messages in a row, is
 * disabled; never before a message has had all its attempts.
 */
export async function giveUpMessage(database: Database, principal: Principal, id: MessageId): Promise<WebhookState> {
  return database.write(principal, async (tx) => {
    const { message, endpoint } = await lockMessage(tx, id);
    if (message.state !== 'pending') return message.state;
    await end(tx, message, 'failed');
    if (message.isTest) return 'failed';
    const failuresInARow = endpoint.failuresInARow + 1;
    const [noted] = await tx
      .update(webhookEndpoints)
      .set({ failuresInARow })
      .where(eq(webhookEndpoints.endpointId, endpoint.endpointId))
      .returning({
        hasFailedTooLong: sql<boolean>`coalesce(
          now() - ${webhookEndpoints.failingSince} >= make_interval(secs => ${DEAD_ENDPOINT.failingSeconds}::float8), false)`,
      });
    const isDead = noted?.hasFailedTooLong === true || failuresInARow >= DEAD_ENDPOINT.failedMessages;
    if (isDead && !endpoint.disabledAt) {
      await disableEndpoint(tx, SAGAS.deliverWebhook, endpoint, 'failing');
    }
    return 'failed';
  });
}

async function end<State extends Exclude<WebhookState, 'pending'>>(
  tx: Transaction,
  message: MessageRow,
  state: State,
): Promise<State> {
  if (message.state === state) return state;
  await tx
    .update(webhookMessages)
    .set({ state, endedAt: sql`now()` })
    .where(eq(webhookMessages.messageId, message.messageId));
  await recordMessage(tx, SAGAS.deliverWebhook, message, `webhook_message.${state}`, { event_type: message.eventType });
  return state;
}

/** The endpoint first, and with it every message to it: two attempts' records never wait for each other in a circle. */
async function lockMessage(tx: Transaction, id: MessageId): Promise<{ message: MessageRow; endpoint: EndpointRow }> {
  const [endpoint] = await tx
    .select()
    .from(webhookEndpoints)
    .where(
      inArray(
        webhookEndpoints.endpointId,
        tx
          .select({ endpointId: webhookMessages.endpointId })
          .from(webhookMessages)
          .where(eq(webhookMessages.messageId, id)),
      ),
    )
    .for('update');
  const [message] = await tx.select().from(webhookMessages).where(eq(webhookMessages.messageId, id)).for('update');
  if (!endpoint || !message) throw new VarloomError('not_found', `There is no webhook message ${id}.`);
  return { message, endpoint };
}

/** What was queued or asked for again in the last moments is the starter's to tell. */
const GRACE = sql`interval '1 minute'`;

/** Messages that wait to be sent and may have no saga: starting one that runs harms nothing. */
export async function untendedMessages(database: Database, principal: Principal, limit: number): Promise<MessageId[]> {
  return database.write(principal, async (tx) => {
    const lastAttempt = sql`(select max(${webhookAttempts.at}) from ${webhookAttempts}
      where ${webhookAttempts.messageId} = ${webhookMessages.messageId})`;
    const rows = await tx
      .select({ messageId: webhookMessages.messageId })
      .from(webhookMessages)
      .where(
        and(
          eq(webhookMessages.state, 'pending'),
          or(
            lt(webhookMessages.endedAt, sql`now() - ${GRACE}`),
            and(lt(webhookMessages.createdAt, sql`now() - ${GRACE}`), sql`${lastAttempt} is null`),
            sql`${lastAttempt} < now() - make_interval(secs => ${LONGEST_WAIT_SECONDS}::float8)`,
          ),
        ),
      )
      // In any order: those that cannot be helped must not keep the others waiting.
      .orderBy(sql`random()`)
      .limit(limit);
    return rows.map((row) => messageId(row.messageId));
  });
}
