// Who pays for what: subscriptions as last read from the payment service, its invoices and events, and the results that
// an upgrade brings back.

import { sql } from 'drizzle-orm';
import { bigint, boolean, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { INVOICE_STATES, RESTORE_STATES, SUBSCRIPTION_STATES } from '../../domain/billing.ts';
import type { StoredJobError } from './annotation.ts';
import { at, createdAt, ownedBy, ownedRowsPolicy, systemRowsPolicy } from './columns.ts';
import { users } from './identity.ts';

/** One row per user who has begun to pay. A Premium user without an upgrade was granted the plan. */
export const subscriptions = pgTable(
  'subscriptions',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.userId),
    organizationId: ownedBy(),
    /** Null when a granted plan was given up. */
    customerId: text('customer_id').unique('subscriptions_customer'),
    checkoutSessionId: text('checkout_session_id'),
    checkoutUrl: text('checkout_url'),
    checkoutExpiresAt: at('checkout_expires_at'),
    paymentRefusal: text('payment_refusal'),
    state: text('state', { enum: SUBSCRIPTION_STATES }).notNull().default('none'),
    stripeSubscriptionId: text('stripe_subscription_id'),
    currentPeriodEnd: at('current_period_end'),
    cancelAtPeriodEnd: boolean('cancel_at_period_end').notNull().default(false),
    graceEndsAt: at('grace_ends_at'),
    /** The upgrade that made the owner Premium; its results are in `restores`. Null on the Free plan. */
    upgradeId: uuid('upgrade_id'),
    /** After a downgrade, until it is done: when the owner's results will be archived. */
    archiveDueAt: at('archive_due_at'),
    /** When the payment service was last asked. */
    syncedAt: at('synced_at').notNull().defaultNow(),
    createdAt: createdAt(),
  },
  (t) => [
    index('subscriptions_paying')
      .on(t.syncedAt)
      .where(sql`upgrade_id is not null or state <> 'none' or archive_due_at is not null`),
    ownedRowsPolicy(),
  ],
);

export const invoices = pgTable(
  'invoices',
  {
    invoiceId: text('invoice_id').primaryKey(),
    organizationId: ownedBy(),
    userId: uuid('user_id').notNull(),
    number: text('number'),
    state: text('state', { enum: INVOICE_STATES }).notNull(),
    amountDue: bigint('amount_due', { mode: 'number' }).notNull(),
    amountPaid: bigint('amount_paid', { mode: 'number' }).notNull(),
    amountRefunded: bigint('amount_refunded', { mode: 'number' }).notNull(),
    currency: text('currency').notNull(),
    createdAt: at('created_at').notNull(),
    hostedUrl: text('hosted_url'),
    paymentIntentId: text('payment_intent_id'),
  },
  (t) => [
    index('invoices_of_user').on(t.userId, t.createdAt.desc(), t.invoiceId.desc()),
    index('invoices_payment').on(t.paymentIntentId),
    ownedRowsPolicy(),
  ],
);

/** Events of the payment service: each counts once. What they say is read anew, so that their order does not matter. */
export const billingEvents = pgTable(
  'billing_events',
  {
    eventId: text('event_id').primaryKey(),
    type: text('type').notNull(),
    /** Whom it concerns; null when nobody here is known by what it names. */
    userId: uuid('user_id'),
    receivedAt: at('received_at').notNull().defaultNow(),
    /** When the user's saga was told. */
    toldAt: at('told_at'),
  },
  (t) => [
    index('billing_events_untold')
      .on(t.receivedAt)
      .where(sql`told_at is null and user_id is not null`),
    systemRowsPolicy(),
  ],
);

export const restores = pgTable(
  'restores',
  {
    jobId: uuid('job_id').primaryKey(),
    organizationId: ownedBy(),
    userId: uuid('user_id').notNull(),
    upgradeId: uuid('upgrade_id').notNull(),
    state: text('state', { enum: RESTORE_STATES }).notNull().default('waiting'),
    error: jsonb('error').$type<StoredJobError>(),
    createdAt: createdAt(),
    endedAt: at('ended_at'),
  },
  (t) => [
    index('restores_of_upgrade').on(t.upgradeId, t.state, t.jobId),
    index('restores_by_time').on(t.upgradeId, t.createdAt.desc(), t.jobId.desc()),
    index('restores_unsettled')
      .on(t.state, t.createdAt)
      .where(sql`state in ('waiting', 'failed')`),
    ownedRowsPolicy(),
  ],
);
