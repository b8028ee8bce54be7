// The public API's bodies about partners: who they are, their tokens and webhooks, and what their own programs get.
// Beside `http.ts`, for the same uses.

import { z } from 'zod';
import { page } from './http.ts';
import { CONSEQUENCE_MODES } from './jobs.ts';
import { DISABLED_REASONS, SCOPES_OF_AUDIENCE, TOKEN_AUDIENCES, WEBHOOK_STATES } from './partners.ts';
import { ROLES } from './principal.ts';
import { DECISIONS, DELIVERY_STATES, REVIEW_LEVELS } from './review.ts';

const timestamp = z.iso.datetime({ offset: true });
const id = z.uuid();

const isPrintable = (text: string) => !/\p{Cc}/u.test(text);

// ---- Partners

export const createPartner = z.strictObject({
  name: z.string().trim().min(1).max(200).refine(isPrintable, 'must not contain control characters'),
  email: z.email().max(320).optional(),
  webhook_url: z.string().max(2000).optional(),
});

export const partner = z.object({
  partner_id: id,
  name: z.string(),
  email: z.string().nullable(),
  created_at: timestamp,
  /** Set: nothing goes to this partner any more. */
  disabled_at: timestamp.nullable(),
});
export type Partner = z.infer<typeof partner>;

export const listPartners = z.strictObject(page);

/** Secrets are in this answer, and in no other. */
export const createdPartner = z.object({
  partner_id: id,
  token_id: id,
  token: z.string(),
  endpoint_id: id.nullable(),
  webhook_secret: z.string().nullable(),
});

// ---- Tokens

export const createServiceToken = z.strictObject({
  /** Default: all that a partner's program may do. */
  scopes: z.array(z.enum(SCOPES_OF_AUDIENCE.partner)).min(1).max(10).optional(),
  /** Default: in a year. */
  expires_at: timestamp.optional(),
});

export const createdServiceToken = z.object({ token_id: id, token: z.string(), expires_at: timestamp });

export const serviceToken = z.object({
  token_id: id,
  audience: z.enum(TOKEN_AUDIENCES),
  scopes: z.array(z.string()),
  /** The first characters of the token, to tell tokens apart. */
  prefix: z.string(),
  created_at: timestamp,
  expires_at: timestamp,
  last_used_at: timestamp.nullable(),
});
export type ServiceToken = z.infer<typeof serviceToken>;

// ---- Webhook endpoints and the delivery log

export const webhookUrl = z.strictObject({ url: z.string().min(1).max(2000) });

export const webhookEndpoint = z.object({
  endpoint_id: id,
  url: z.string(),
  created_at: timestamp,
  disabled_at: timestamp.nullable(),
  disabled_reason: z.enum(DISABLED_REASONS).nullable(),
  /** Since when nothing has arrived there; null while it works. */
  failing_since: timestamp.nullable(),
  /** Messages given up one after the other. */
  failures_in_a_row: z.int(),
  /** The secrets that sign now, the newest first. */
  secrets: z.array(z.object({ created_at: timestamp, expires_at: timestamp.nullable() })),
});
export type WebhookEndpoint = z.infer<typeof webhookEndpoint>;

export const webhookAttempt = z.object({
  at: timestamp,
  /** Null when there was no answer. */
  status: z.int().nullable(),
  /** Why there was none, or the beginning of what was answered. */
  outcome: z.string(),
  duration_ms: z.int(),
});

export const webhookMessage = z.object({
  message_id: id,
  event_type: z.string(),
  state: z.enum(WEBHOOK_STATES),
  is_test: z.boolean(),
  /** The delivery that it tells of; null for a test. */
  delivery_id: id.nullable(),
  created_at: timestamp,
  ended_at: timestamp.nullable(),
  attempts: z.array(webhookAttempt),
});
export type WebhookMessage = z.infer<typeof webhookMessage>;

export const listWebhookMessages = z.strictObject(page);

// ---- The partner's own programs

export const partnerDelivery = z.object({
  delivery_id: id,
  state: z.enum(DELIVERY_STATES),
  /** Null while it is being released. */
  released_at: timestamp.nullable(),
  acknowledged_at: timestamp.nullable(),
  /** How many samples were accepted, and are in the manifest. */
  sample_count: z.int(),
});
export type PartnerDelivery = z.infer<typeof partnerDelivery>;

export const listPartnerDeliveries = z.strictObject(page);

const links = z.object({
  /** Null when the result is not live. */
  result: z.url().nullable(),
  index: z.url().nullable(),
  log: z.url().nullable(),
  provenance: z.url().nullable(),
});

export const manifestSample = z.object({
  sample_id: id,
  barcode: z.string(),
  /** The annotation whose result this is. */
  job_id: id,
  genome: z.string(),
  /** As asked for; what `auto` came to is in the provenance. */
  consequence_mode: z.enum(CONSEQUENCE_MODES),
  records: z.int().nullable(),
  result: z.object({ size_bytes: z.int(), sha256: z.string() }).nullable(),
  /** What made it from what; null when the document cannot be read. */
  provenance: z
    .object({ engine: z.unknown(), input: z.unknown(), reference: z.unknown(), sha256: z.string() })
    .nullable(),
  /** Of the round that accepted it, in order. */
  decisions: z.array(
    z.object({
      level: z.enum(REVIEW_LEVELS),
      decision: z.enum(DECISIONS),
      role: z.enum(ROLES),
      at: timestamp,
      checksum: z.string(),
    }),
  ),
  links,
});

export const manifest = z.object({
  delivery_id: id,
  state: z.enum(DELIVERY_STATES),
  /** Null while it is being released. */
  released_at: timestamp.nullable(),
  /** Until then the links are valid; ask for the manifest again for new ones. */
  expires_at: timestamp,
  samples: z.array(manifestSample),
  next: z.string().nullable(),
});
export type Manifest = z.infer<typeof manifest>;
export type ManifestSample = z.infer<typeof manifestSample>;

/** A manifest is as long as its delivery; it is read page by page. */
export const readManifest = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(200),
  cursor: z.string().max(200).optional(),
});

// ---- Operations

export const operationsStatus = z.object({
  jobs: z.record(z.string(), z.int()),
  deliveries: z.record(z.string(), z.int()),
  webhooks: z.record(z.string(), z.int()),
  /** How long the oldest message that is pending has waited. */
  oldest_pending_webhook_seconds: z.int().nullable(),
});
