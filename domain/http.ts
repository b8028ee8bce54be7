// The public API's bodies, as zod schemas: the gateway validates with them, `/openapi.json` is made from them,
// and the pages take their types from them. Objects refuse unknown fields.

import { z } from 'zod';
import { RESTORE_STATES } from './billing.ts';
import { CONSEQUENCE_MODES, JOB_PHASES, JOB_STATUSES, RESULT_STATES } from './jobs.ts';
import { PLANS } from './plans.ts';
import { patientFields } from './patients.ts';
import { ROLES } from './principal.ts';
import { SAMPLE_STATES } from './review.ts';

const timestamp = z.iso.datetime({ offset: true });
const id = z.uuid();

/** A reference genome's name: `GRCh38`, `sars-cov-2`, `demo`. */
export const genomeName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dot, dash or underscore');

/** Any text a person may type; the one character that Postgres cannot store in text is refused here. */
const freeText = (maximum: number) =>
  z
    .string()
    .min(1)
    .max(maximum)
    .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

// ---- Envelope

export const success = <Status extends number, Shape extends z.ZodRawShape>(status: Status, shape: Shape) =>
  z.object({ code: z.literal(status), status: z.literal('success'), ...shape });

export const errorBody = z.object({
  code: z.int(),
  status: z.literal('error'),
  error: z.object({
    type: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
    request_id: z.string(),
  }),
});
export type ErrorBody = z.infer<typeof errorBody>;

export const page = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
};

// ---- Uploads

export const createUpload = z.strictObject({
  /** The owner's name of the file; any text, it never becomes part of an address. */
  file_name: freeText(4096),
  size_bytes: z.int().min(0).optional(),
  genome: genomeName.optional(),
});

export const postUpload = z.object({
  url: z.url(),
  fields: z.record(z.string(), z.string()),
  expires_at: timestamp,
});
export const multipartUpload = z.object({
  upload_id: z.string(),
  part_size: z.int(),
  parts: z.array(z.object({ number: z.int(), url: z.url() })),
  complete_url: z.url(),
  expires_at: timestamp,
});
export const upload = z.union([postUpload, multipartUpload]);
export type PostUpload = z.infer<typeof postUpload>;
export type MultipartUpload = z.infer<typeof multipartUpload>;

export const completeUpload = z.strictObject({
  parts: z
    .array(z.strictObject({ number: z.int().min(1).max(10_000), etag: z.string().min(1).max(200) }))
    .min(1)
    .max(10_000),
});

export const inputFile = z.object({
  input_file: z.string(),
  file_name: z.string(),
  size: z.int(),
  uploaded_at: timestamp,
});

// ---- Annotations

export const createAnnotation = z.strictObject({
  input_file: z.string().min(1).max(200),
  genome: genomeName.optional(),
  consequence_mode: z.enum(CONSEQUENCE_MODES).optional(),
});

export const listAnnotations = z.strictObject({ ...page, job_status: z.enum(JOB_STATUSES).optional() });

export const progress = z.object({ phase: z.enum(JOB_PHASES), records: z.int(), percent: z.number().min(0).max(100) });

export const jobError = z.object({
  type: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
  remedy: z.string(),
});

export const jobListItem = z.object({
  job_id: id,
  job_details: z.object({ file_name: z.string(), genome: z.string(), consequence_mode: z.enum(CONSEQUENCE_MODES) }),
  job_status: z.enum(JOB_STATUSES),
  input_file: z.string(),
  submitted_at: timestamp,
  completed_at: timestamp.nullable(),
  result_state: z.enum(RESULT_STATES).nullable(),
});
export type JobListItem = z.infer<typeof jobListItem>;

export const summary = z.object({
  records: z.int(),
  consequences: z.record(z.string(), z.int()),
  types: z.object({ snv: z.int(), indel: z.int(), other: z.int() }),
  transitions: z.int(),
  transversions: z.int(),
  ti_tv: z.number().nullable(),
  contigs: z.record(z.string(), z.int()),
  known: z.int().nullable(),
  novel: z.int().nullable(),
});
export type Summary = z.infer<typeof summary>;

export const job = z.object({
  job_id: id,
  job_status: z.enum(JOB_STATUSES),
  input_file: z.string(),
  file_name: z.string(),
  genome: z.string(),
  /** As asked for; what `auto` came to is in the log and the provenance. */
  consequence_mode: z.enum(CONSEQUENCE_MODES),
  progress,
  submitted_at: timestamp,
  started_at: timestamp.nullable(),
  completed_at: timestamp.nullable(),
  result_state: z.enum(RESULT_STATES).nullable(),
  /** When a Free owner's result will be archived. */
  result_expires_at: timestamp.optional(),
  /** The log file's content, once there is one. */
  log: z.string().nullable(),
  summary: summary.nullable(),
  error: jobError.optional(),
  /** The way back from the archive, while the result waits for it, or when it failed. */
  restore: z.object({ state: z.enum(RESTORE_STATES), error: jobError.optional() }).optional(),
  /** Of the request that submitted it, where the installation traces. */
  trace_id: z.string().optional(),
  /** Where operators look further, as far as the installation says. */
  links: z.object({ trace: z.url().optional(), history: z.url().optional() }).optional(),
});
export type Job = z.infer<typeof job>;

/** One server-sent event `job` of `GET /annotations/{job_id}/events`. */
export const jobEvent = job.pick({
  job_id: true,
  job_status: true,
  progress: true,
  started_at: true,
  completed_at: true,
  result_state: true,
  error: true,
});
export type JobEvent = z.infer<typeof jobEvent>;

export const setRetention = z.strictObject({
  /** From now on: how many seconds until the result may be archived. */
  retention_seconds: z.int().min(0).max(31_536_000),
});

export const downloadLink = z.object({ url: z.url(), expires_at: timestamp });

// ---- References

export const reference = z.object({
  name: genomeName,
  description: z.string(),
  contigs: z.int(),
  total_length: z.int(),
  has_known_variants: z.boolean(),
  is_default: z.boolean(),
});

// ---- Identity

export const createApiKey = z.strictObject({
  name: freeText(100),
  scopes: z
    .array(z.enum(['annotations:read', 'annotations:write']))
    .min(1)
    .optional(),
  expires_at: timestamp.optional(),
});

export const apiKey = z.object({
  api_key_id: id,
  name: z.string(),
  scopes: z.array(z.string()),
  /** The first characters of the key, to tell keys apart. */
  prefix: z.string(),
  created_at: timestamp,
  expires_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
});

/** `GET /me`: who is signed in, and what their plan allows. */
export const me = z.object({
  user_id: id,
  email: z.string(),
  name: z.string().nullable(),
  role: z.enum(ROLES),
  plan: z.enum(PLANS),
  upload_limit_bytes: z.int(),
  retention_seconds: z.int().nullable(),
  /** When the caller last proved who they are; absent for an API key, which cannot sign. */
  authenticated_at: timestamp.optional(),
  /** How long after that they can sign a decision. */
  signature_max_age_seconds: z.int(),
});
export type Me = z.infer<typeof me>;

// ---- Samples

export const createSample = z.strictObject({
  /** Unique in the organization. It may identify a person, and is treated as such. */
  barcode: z
    .string()
    .regex(/^[^\s\p{C}](?:[^\p{C}]{0,198}[^\s\p{C}])?$/u, '1 to 200 characters, without blanks around'),
  job_id: id,
  patient: patientFields.optional(),
});

export const sampleListItem = z.object({
  sample_id: id,
  barcode: z.string(),
  /** The annotation that stands for the sample now; a re-annotation replaces it. */
  job_id: id,
  /** SHA-256 of the annotated VCF, lower-case hex. */
  result_checksum: z.string().nullable(),
  /** In its open delivery, if it is in one. */
  state: z.enum(SAMPLE_STATES).optional(),
  created_at: timestamp,
});

export const sample = sampleListItem.extend({
  /** For those who may read it; each reading is audited. */
  patient: patientFields.optional(),
  patient_erased_at: timestamp.optional(),
});
export type Sample = z.infer<typeof sample>;

export const listSamples = z.strictObject(page);

// ---- Organization

export const member = z.object({
  user_id: id,
  email: z.string(),
  name: z.string().nullable(),
  role: z.enum(ROLES),
});

export const organization = z.object({
  organization_id: id,
  name: z.string(),
  /** A user without a laboratory has a personal organization of one. */
  kind: z.enum(['personal', 'laboratory']),
  members: z.array(member),
});
export type Organization = z.infer<typeof organization>;

export const addMember = z.strictObject({ email: z.email().max(320) });

export const setMemberRole = z.strictObject({ role: z.enum(ROLES) });
