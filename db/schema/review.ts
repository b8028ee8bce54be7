// Clinical samples, their deliveries to partners, and the decisions of the reviewers.

import { sql } from 'drizzle-orm';
import {
  bigserial,
  boolean,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  DECISIONS,
  DELIVERY_STATES,
  FOLLOW_UPS,
  REASON_CODES,
  REVIEW_LEVELS,
  SAMPLE_STATES,
  SIGNATURE_MEANINGS,
} from '../../domain/review.ts';
import { ROLES } from '../../domain/principal.ts';
import { jobs } from './annotation.ts';
import {
  at,
  createdAt,
  noPartnerPolicy,
  ownedBy,
  ownedRowsPolicy,
  ownPartnerPolicy,
  partnerThroughPolicy,
} from './columns.ts';
import { users } from './identity.ts';
import { partners } from './partners.ts';
import { patients } from './patients.ts';

export const samples = pgTable(
  'samples',
  {
    sampleId: uuid('sample_id').primaryKey(),
    organizationId: ownedBy(),
    barcode: text('barcode').notNull(),
    /** The annotation that stands for the sample now; a re-annotation replaces it. */
    jobId: uuid('job_id')
      .notNull()
      .references(() => jobs.jobId),
    patientId: uuid('patient_id').references(() => patients.patientId),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.userId),
    createdAt: createdAt(),
  },
  (t) => [
    unique('samples_barcode').on(t.organizationId, t.barcode),
    index('samples_of_job').on(t.jobId),
    index('samples_of_organization').on(t.organizationId, t.createdAt.desc(), t.sampleId.desc()),
    ownedRowsPolicy(),
    partnerThroughPolicy('samples', 'delivery_samples', 'sample_id'),
  ],
);

export const deliveries = pgTable(
  'deliveries',
  {
    deliveryId: uuid('delivery_id').primaryKey(),
    organizationId: ownedBy(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.partnerId),
    state: text('state', { enum: DELIVERY_STATES }).notNull().default('in_review'),
    createdBy: uuid('created_by')
      .notNull()
      .references(() => users.userId),
    createdAt: createdAt(),
    readyAt: at('ready_at'),
    releasedAt: at('released_at'),
    releasedBy: uuid('released_by'),
    /** Counts up with each release: what the partner is told of it is told once, however often its saga begins anew. */
    releaseNumber: integer('release_number').notNull().default(0),
    acknowledgedAt: at('acknowledged_at'),
    /** Why the last release was taken back, for the people who try again. */
    releaseFailure: text('release_failure'),
  },
  (t) => [
    index('deliveries_of_organization').on(t.organizationId, t.createdAt.desc(), t.deliveryId.desc()),
    index('deliveries_of_partner').on(t.partnerId, t.createdAt.desc(), t.deliveryId.desc()),
    index('deliveries_unreleased')
      .on(t.state, t.createdAt)
      .where(sql`state in ('in_review', 'ready', 'releasing')`),
    ownedRowsPolicy(),
    ownPartnerPolicy(),
  ],
);

/** A sample in a delivery: where its review stands. */
export const deliverySamples = pgTable(
  'delivery_samples',
  {
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => deliveries.deliveryId),
    sampleId: uuid('sample_id')
      .notNull()
      .references(() => samples.sampleId),
    organizationId: ownedBy(),
    state: text('state', { enum: SAMPLE_STATES }).notNull().default('in_review'),
    level: text('level', { enum: REVIEW_LEVELS }).notNull().default('technical'),
    /** Counts up with each new annotation. */
    round: integer('round').notNull().default(1),
    /** Since when it waits at this level, and who has claimed it. */
    since: at('since').notNull().defaultNow(),
    claimedBy: uuid('claimed_by'),
    claimedAt: at('claimed_at'),
    /** True while its delivery is open: a sample is in one open delivery at a time. */
    isOpen: boolean('is_open').notNull().default(true),
    /** The annotation that will stand for the sample when it completes. */
    pendingJobId: uuid('pending_job_id'),
    /** Why the last re-annotation did not succeed. */
    reannotationFailure: text('reannotation_failure'),
  },
  (t) => [
    primaryKey({ columns: [t.deliveryId, t.sampleId] }),
    uniqueIndex('delivery_samples_one_open')
      .on(t.sampleId)
      .where(sql`is_open`),
    index('delivery_samples_of_sample').on(t.sampleId),
    index('delivery_samples_pending')
      .on(t.pendingJobId)
      .where(sql`pending_job_id is not null`),
    index('delivery_samples_waiting')
      .on(t.organizationId, t.level, t.since, t.sampleId)
      .where(sql`state = 'in_review' and is_open`),
    ownedRowsPolicy(),
    partnerThroughPolicy('delivery_samples', 'deliveries', 'delivery_id'),
  ],
);

/** An electronic signature: who, as what, meaning what, when, and over exactly which result. Never changed. */
export const decisions = pgTable(
  'decisions',
  {
    sequence: bigserial('sequence', { mode: 'number' }).primaryKey(),
    decisionId: uuid('decision_id').notNull().unique('decisions_id'),
    organizationId: ownedBy(),
    deliveryId: uuid('delivery_id').notNull(),
    sampleId: uuid('sample_id').notNull(),
    round: integer('round').notNull(),
    level: text('level', { enum: REVIEW_LEVELS }).notNull(),
    decision: text('decision', { enum: DECISIONS }).notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.userId),
    /** Their name and role when they signed. */
    signerName: text('signer_name').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    /** The reviewer in whose stead a delegate decided. */
    onBehalfOf: uuid('on_behalf_of'),
    meaning: text('meaning', { enum: SIGNATURE_MEANINGS }).notNull(),
    reasonCode: text('reason_code', { enum: REASON_CODES }),
    comment: text('comment'),
    followUp: text('follow_up', { enum: FOLLOW_UPS }),
    jobId: uuid('job_id').notNull(),
    /** SHA-256 of the result that was reviewed, lower-case hex. */
    checksum: text('checksum').notNull(),
    /** When the signer had last proved who they are. */
    authenticatedAt: at('authenticated_at').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [
    index('decisions_of_sample').on(t.deliveryId, t.sampleId, t.sequence),
    ownedRowsPolicy(),
    partnerThroughPolicy('decisions', 'deliveries', 'delivery_id'),
  ],
);

/** While a reviewer is away, another member decides in their stead. */
export const delegations = pgTable(
  'delegations',
  {
    delegationId: uuid('delegation_id').primaryKey(),
    organizationId: ownedBy(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.userId),
    delegateId: uuid('delegate_id')
      .notNull()
      .references(() => users.userId),
    startsAt: at('starts_at').notNull(),
    endsAt: at('ends_at').notNull(),
    revokedAt: at('revoked_at'),
    createdAt: createdAt(),
  },
  (t) => [index('delegations_of_delegate').on(t.delegateId, t.endsAt), ownedRowsPolicy(), noPartnerPolicy()],
);
