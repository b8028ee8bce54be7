// Partners, the programs that may call us, and where and how partners are told.

import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { TOKEN_AUDIENCES, WEBHOOK_STATES } from '../../domain/partners.ts';
import {
  at,
  createdAt,
  ownedBy,
  ownedRowsPolicy,
  ownPartnerPolicy,
  partnerThroughPolicy,
  systemRowsPolicy,
} from './columns.ts';

export const partners = pgTable(
  'partners',
  {
    partnerId: uuid('partner_id').primaryKey(),
    organizationId: ownedBy(),
    name: text('name').notNull(),
    email: text('email'),
    createdAt: createdAt(),
    disabledAt: at('disabled_at'),
  },
  (t) => [unique('partners_name').on(t.organizationId, t.name), ownedRowsPolicy(), ownPartnerPolicy()],
);

/** A token for one caller at one callee: only its SHA-256 is stored. Looked up before anyone is known. */
export const serviceTokens = pgTable(
  'service_tokens',
  {
    tokenId: uuid('token_id').primaryKey(),
    /** Null for a token of the installation itself. */
    organizationId: uuid('organization_id'),
    /** `partner:<id>` or the name of a program. */
    caller: text('caller').notNull(),
    audience: text('audience', { enum: TOKEN_AUDIENCES }).notNull(),
    partnerId: uuid('partner_id').references(() => partners.partnerId),
    scopes: text('scopes').array().notNull(),
    prefix: text('prefix').notNull(),
    tokenHash: text('token_hash').notNull().unique('service_tokens_hash'),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
  },
  (t) => [index('service_tokens_of_partner').on(t.partnerId), systemRowsPolicy()],
);

/** Where a partner is told, and with which secrets the messages are signed: the newest first, older ones until they expire. */
export const webhookEndpoints = pgTable(
  'webhook_endpoints',
  {
    endpointId: uuid('endpoint_id').primaryKey(),
    organizationId: ownedBy(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.partnerId),
    url: text('url').notNull(),
    /** Each encrypted under the installation's key. */
    secrets: jsonb('secrets').$type<{ sealed: string; createdAt: string; expiresAt: string | null }[]>().notNull(),
    createdAt: createdAt(),
    /** After too many failures in a row, or by a person. */
    disabledAt: at('disabled_at'),
    disabledReason: text('disabled_reason'),
    failuresInARow: integer('failures_in_a_row').notNull().default(0),
    failingSince: at('failing_since'),
  },
  (t) => [index('webhook_endpoints_of_partner').on(t.partnerId), ownedRowsPolicy(), ownPartnerPolicy()],
);

/** One message to one endpoint, whatever became of it. */
export const webhookMessages = pgTable(
  'webhook_messages',
  {
    /** Also the header `webhook-id`: the same for every attempt. */
    messageId: uuid('message_id').primaryKey(),
    organizationId: ownedBy(),
    endpointId: uuid('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.endpointId),
    eventType: text('event_type').notNull(),
    payload: jsonb('payload').$type<Record<string, unknown>>().notNull(),
    state: text('state', { enum: WEBHOOK_STATES }).notNull().default('pending'),
    isTest: boolean('is_test').notNull().default(false),
    createdAt: createdAt(),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('webhook_messages_announcement').on(sql`(payload #>> '{data,announcement_id}')`),
    index('webhook_messages_pending')
      .on(t.createdAt)
      .where(sql`state = 'pending'`),
    index('webhook_messages_ended')
      .on(t.endedAt)
      .where(sql`state <> 'pending'`),
    index('webhook_messages_of_endpoint').on(t.endpointId, t.createdAt.desc(), t.messageId.desc()),
    ownedRowsPolicy(),
    partnerThroughPolicy('webhook_messages', 'webhook_endpoints', 'endpoint_id'),
  ],
);

export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    attemptId: uuid('attempt_id').primaryKey(),
    organizationId: ownedBy(),
    messageId: uuid('message_id')
      .notNull()
      .references(() => webhookMessages.messageId),
    at: at('at')
      .notNull()
      .default(sql`now()`),
    /** Null when there was no answer. */
    status: integer('status'),
    /** Why there was none, or the beginning of what was answered. */
    outcome: text('outcome').notNull(),
    durationMs: integer('duration_ms').notNull(),
  },
  (t) => [
    index('webhook_attempts_of_message').on(t.messageId, t.at),
    ownedRowsPolicy(),
    partnerThroughPolicy('webhook_attempts', 'webhook_messages', 'message_id'),
  ],
);
