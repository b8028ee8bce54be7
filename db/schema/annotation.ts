// Reference genomes, uploads and annotation jobs.

import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ErrorDetails, ErrorType } from '../../domain/errors.ts';
import { CONSEQUENCE_MODES, JOB_PHASES, JOB_SOURCES, JOB_STATUSES, RESULT_STATES } from '../../domain/jobs.ts';
import { at, createdAt, ownedBy, ownedRowsPolicy, readableByAllPolicy, systemRowsPolicy } from './columns.ts';

/** One installed file of a reference: its object key in the results bucket, its size, and its SHA-256 (hex). */
export interface ReferenceFile {
  key: string;
  sizeBytes: number;
  sha256: string;
}

export interface ReferenceFiles {
  fasta: ReferenceFile;
  fastaIndex: ReferenceFile;
  gff: ReferenceFile;
  known?: ReferenceFile;
  knownIndex?: ReferenceFile;
}

/** Reference genomes belong to the installation, not to an organization: all read them, only the system writes. */
export const references = pgTable(
  'references',
  {
    name: text('name').primaryKey(),
    description: text('description').notNull(),
    files: jsonb('files').$type<ReferenceFiles>().notNull(),
    contigs: jsonb('contigs').$type<{ name: string; length: number }[]>().notNull(),
    isDefault: boolean('is_default').notNull(),
    installedAt: at('installed_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('references_one_default')
      .on(t.isDefault)
      .where(sql`is_default`),
    systemRowsPolicy(),
    readableByAllPolicy(),
  ],
);

export const uploads = pgTable(
  'uploads',
  {
    /** Also the object key in the inputs bucket, and the API's `input_file`. Unguessable. */
    uploadId: uuid('upload_id').primaryKey(),
    organizationId: ownedBy(),
    userId: uuid('user_id').notNull(),
    fileName: text('file_name').notNull(),
    genome: text('genome'),
    source: text('source', { enum: JOB_SOURCES }).notNull(),
    sizeLimitBytes: bigint('size_limit_bytes', { mode: 'number' }).notNull(),
    multipartUploadId: text('multipart_upload_id'),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
    /** When the object was first seen in the store, and as what. */
    receivedAt: at('received_at'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    etag: text('etag'),
    /** The object is gone: erased by its owner, or never submitted. */
    removedAt: at('removed_at'),
  },
  (t) => [
    index('uploads_of_user').on(t.userId, t.createdAt.desc(), t.uploadId.desc()),
    index('uploads_unsubmitted')
      .on(t.expiresAt)
      .where(sql`removed_at is null`),
    ownedRowsPolicy(),
  ],
);

export interface StoredJobError {
  type: ErrorType;
  message: string;
  details?: ErrorDetails;
}

export const jobs = pgTable(
  'jobs',
  {
    jobId: uuid('job_id').primaryKey(),
    organizationId: ownedBy(),
    userId: uuid('user_id').notNull(),
    uploadId: uuid('upload_id')
      .notNull()
      .references(() => uploads.uploadId),
    source: text('source', { enum: JOB_SOURCES }).notNull(),
    fileName: text('file_name').notNull(),
    inputEtag: text('input_etag').notNull(),
    inputSizeBytes: bigint('input_size_bytes', { mode: 'number' }).notNull(),
    genome: text('genome').notNull(),
    consequenceMode: text('consequence_mode', { enum: CONSEQUENCE_MODES }).notNull(),
    status: text('status', { enum: JOB_STATUSES }).notNull().default('PENDING'),
    submittedAt: at('submitted_at').notNull().defaultNow(),
    startedAt: at('started_at'),
    completedAt: at('completed_at'),
    cancelRequestedAt: at('cancel_requested_at'),
    eraseRequestedAt: at('erase_requested_at'),
    error: jsonb('error').$type<StoredJobError>(),

    /** The result: its state moves only by compare-and-set of state and generation. */
    resultState: text('result_state', { enum: RESULT_STATES }),
    generation: integer('generation').notNull().default(0),
    resultExpiresAt: at('result_expires_at'),
    resultPrefix: text('result_prefix'),
    /** Key of the live copy when it is a restored one; otherwise it lies under the prefix. */
    resultKey: text('result_key'),
    /** When the last move of the result began. */
    resultMovedAt: at('result_moved_at'),
    resultSizeBytes: bigint('result_size_bytes', { mode: 'number' }),
    resultSha256: text('result_sha256'),
    /** Object key of the archived copy, while the result is archived. */
    resultsFileArchiveId: text('results_file_archive_id'),
    records: bigint('records', { mode: 'number' }),
    /** W3C trace context of the request that submitted it, where that was traced: its saga continues the trace. */
    traceparent: text('traceparent'),
  },
  (t) => [
    index('jobs_of_user').on(t.userId, t.submittedAt.desc(), t.jobId.desc()),
    index('jobs_of_user_by_status').on(t.userId, t.status, t.submittedAt.desc(), t.jobId.desc()),
    index('jobs_unended')
      .on(t.submittedAt)
      .where(sql`status in ('PENDING', 'RUNNING')`),
    index('jobs_to_erase')
      .on(t.eraseRequestedAt)
      .where(sql`erase_requested_at is not null and result_state is distinct from 'deleted'`),
    index('jobs_of_upload').on(t.uploadId),
    index('jobs_of_user_by_result').on(t.userId, t.resultState, t.jobId),
    index('jobs_moving')
      .on(t.resultMovedAt)
      .where(sql`result_state in ('archiving', 'restoring')`),
    // For the metrics: what ended since they were last looked at, and how many results rest where.
    index('jobs_ended')
      .on(t.completedAt)
      .where(sql`completed_at is not null`),
    index('jobs_by_result')
      .on(t.resultState, t.organizationId)
      .where(sql`result_state is not null`),
    uniqueIndex('jobs_one_per_page_upload')
      .on(t.uploadId)
      .where(sql`source = 'page'`),
    ownedRowsPolicy(),
  ],
);

/** Written at most twice a second while a job runs; apart from `jobs`, so that its rows stay quiet. */
export const jobProgress = pgTable(
  'job_progress',
  {
    jobId: uuid('job_id').primaryKey(),
    organizationId: ownedBy(),
    phase: text('phase', { enum: JOB_PHASES }).notNull(),
    records: bigint('records', { mode: 'number' }).notNull(),
    percent: real('percent').notNull(),
    updatedAt: at('updated_at').notNull(),
  },
  () => [ownedRowsPolicy()],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    organizationId: ownedBy(),
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    jobId: uuid('job_id').notNull(),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.key] }), ownedRowsPolicy()],
);
