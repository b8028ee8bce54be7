// What the service did: mail it sent, events for others, and the audit log.

import { sql } from 'drizzle-orm';
import { bigserial, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { EventType } from '../../domain/events.ts';
import { at, ownedBy, ownedRowsPolicy } from './columns.ts';

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

/** A message is claimed before it is sent, and keeps its Message-ID, so that a repeat can be recognised. */
export const mailMessages = pgTable(
  'mail_messages',
  {
    messageId: text('message_id').primaryKey(),
    organizationId: ownedBy(),
    /** Null when the message is about the user's subscription. */
    jobId: uuid('job_id'),
    userId: uuid('user_id'),
    /** Which occasion of its kind a message about a subscription is for. */
    occasion: text('occasion'),
    kind: text('kind', { enum: [...MAIL_KINDS, ...SUBSCRIPTION_MAIL_KINDS] }).notNull(),
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

/** Append-only: the application role may insert and read, nothing else. */
export const auditLog = pgTable(
  'audit_log',
  {
    sequence: bigserial('sequence', { mode: 'number' }).primaryKey(),
    organizationId: ownedBy(),
    at: at('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    entity: text('entity').notNull(),
    entityId: text('entity_id').notNull(),
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
  },
  (t) => [index('audit_log_of_organization').on(t.organizationId, t.sequence), ownedRowsPolicy()],
);
