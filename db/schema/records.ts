// What the service did: mail it sent, events for others, and the audit log.

import { sql } from 'drizzle-orm';
import { bigint, bigserial, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events.ts';
import { at, ownedBy, ownedRowsPolicy, systemRowsPolicy } from './columns.ts';

/** Mail about a job. */
export const MAIL_KINDS = ['annotation.completed', 'annotation.failed'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** Mail about a subscription. */
export const SUBSCRIPTION_MAIL_KINDS = [
  'subscription.restored',
  'subscription.payment_failed',
  'subscription.ended',
  'subscription.undone',
] as const;
export type SubscriptionMailKind = (typeof SUBSCRIPTION_MAIL_KINDS)[number];

/** Mail about a delivery and its review; `delivery.released` goes to the partner. */
export const REVIEW_MAIL_KINDS = [
  'review.reminder',
  'review.escalation',
  'delivery.ready',
  'delivery.release_failed',
  'delivery.released',
] as const;
export type ReviewMailKind = (typeof REVIEW_MAIL_KINDS)[number];

/** Mail to a laboratory's administrators about a partner's webhook endpoint. */
export const ENDPOINT_MAIL_KINDS = ['webhook_endpoint.disabled'] as const;
export type EndpointMailKind = (typeof ENDPOINT_MAIL_KINDS)[number];

/** A message is claimed before it is sent, and keeps its Message-ID, so that a repeat can be recognised. */
export const mailMessages = pgTable(
  'mail_messages',
  {
    messageId: text('message_id').primaryKey(),
    organizationId: ownedBy(),
    /** Null when the message is not about a job. */
    jobId: uuid('job_id'),
    userId: uuid('user_id'),
    /** Which occasion of its kind a message about something else is for. */
    occasion: text('occasion'),
    kind: text('kind', {
      enum: [...MAIL_KINDS, ...SUBSCRIPTION_MAIL_KINDS, ...REVIEW_MAIL_KINDS, ...ENDPOINT_MAIL_KINDS],
    }).notNull(),
    claimedAt: at('claimed_at').notNull().defaultNow(),
    sentAt: at('sent_at'),
  },
  (t) => [
    uniqueIndex('mail_messages_once').on(t.jobId, t.kind),
    uniqueIndex('mail_messages_once_per_occasion').on(t.userId, t.kind, t.occasion),
    ownedRowsPolicy(),
  ],
);

/** Events to be relayed, written in the transaction of the change that they tell. */
export const outbox = pgTable(
  'outbox',
  {
    sequence: bigserial('sequence', { mode: 'number' }).primaryKey(),
    eventId: uuid('event_id').notNull().defaultRandom(),
    organizationId: ownedBy(),
    type: text('type').$type<EventType>().notNull(),
    subject: text('subject').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
    occurredAt: at('occurred_at').notNull().defaultNow(),
    publishedAt: at('published_at'),
  },
  (t) => [
    index('outbox_unpublished')
      .on(t.sequence)
      .where(sql`published_at is null`),
    ownedRowsPolicy(),
  ],
);

/**
 * Append-only: the application role may insert and read, nothing else. A trigger of the migration sets `at`, `seq` and both
 * hashes, whatever is inserted: the entries of an organization are a chain, in which each holds the hash of the one before.
 */
export const auditLog = pgTable(
  'audit_log',
  {
    /** Of no meaning, and under no hash: the order that counts is `seq`. */
    sequence: bigserial('sequence', { mode: 'number' }).primaryKey(),
    organizationId: ownedBy(),
    /** When it was chained, under the lock of the chain: never earlier than the entry before. */
    at: at('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    entity: text('entity').notNull(),
    entityId: text('entity_id').notNull(),
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
    /** 1, 2, 3 … without gaps, for each organization. */
    seq: bigint('seq', { mode: 'number' }).notNull().default(0),
    prevHash: text('prev_hash').notNull().default(''),
    /** Lower-case hex SHA-256; what it covers, `db/audit/entry-hash.ts` says. */
    hash: text('hash').notNull().default(''),
  },
  (t) => [
    uniqueIndex('audit_log_chain').on(t.organizationId, t.seq),
    index('audit_log_by_time').on(t.organizationId, t.at.desc(), t.seq.desc()),
    index('audit_log_by_entity').on(t.organizationId, t.entity, t.at.desc(), t.seq.desc()),
    index('audit_log_by_entity_id').on(t.organizationId, t.entityId, t.at.desc(), t.seq.desc()),
    index('audit_log_by_actor').on(t.organizationId, t.actor, t.at.desc(), t.seq.desc()),
    ownedRowsPolicy(),
  ],
);

/** The end of each organization's chain, kept by the same trigger: the application role may only read it. */
export const auditHeads = pgTable(
  'audit_heads',
  {
    organizationId: ownedBy().primaryKey(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    hash: text('hash').notNull(),
    at: at('at').notNull(),
  },
  () => [ownedRowsPolicy()],
);

/** The last signed checkpoint of each organization's chain; the checkpoints themselves are in the object store. */
export const auditCheckpoints = pgTable(
  'audit_checkpoints',
  {
    organizationId: ownedBy().primaryKey(),
    /** Of the entry that the checkpoint is for; 0 before the first. */
    seq: bigint('seq', { mode: 'number' }).notNull().default(0),
    /** Lower-case hex SHA-256 of the checkpoint's text. */
    documentHash: text('document_hash'),
    /** Which entry the next one is for, noted before it is written: a repetition writes the same. */
    pendingSeq: bigint('pending_seq', { mode: 'number' }),
  },
  () => [systemRowsPolicy()],
);
