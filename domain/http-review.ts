// The public API's bodies of the delivery review: deliveries, decisions, what waits for a reviewer, delegations.

import { z } from 'zod';
import { genomeName, page, summary } from './http.ts';
import { CONSEQUENCE_MODES } from './jobs.ts';
import { PARTNER_REACHES } from './partners.ts';
import { ROLES } from './principal.ts';
import {
  DECISIONS,
  DELIVERY_STATES,
  FOLLOW_UPS,
  REASON_CODES,
  REVIEW_LEVELS,
  SAMPLE_STATES,
  SIGNATURE_MEANINGS,
} from './review.ts';

const timestamp = z.iso.datetime({ offset: true });
const id = z.uuid();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

/** Postgres cannot store NUL in text. */
const comment = z
  .string()
  .min(1)
  .max(4000)
  .refine((text) => !text.includes('\0'), 'must not contain the character NUL');

// ---- Deliveries

export const createDelivery = z.strictObject({
  partner_id: id,
  sample_ids: z
    .array(id)
    .min(1)
    .max(10_000)
    .refine((ids) => new Set(ids.map((one) => one.toLowerCase())).size === ids.length, 'names a sample twice'),
});

export const listDeliveries = z.strictObject({ ...page, state: z.enum(DELIVERY_STATES).optional() });

export const deliveryListItem = z.object({
  delivery_id: id,
  partner_id: id,
  partner_name: z.string(),
  state: z.enum(DELIVERY_STATES),
  created_at: timestamp,
  ready_at: timestamp.optional(),
  released_at: timestamp.optional(),
  acknowledged_at: timestamp.optional(),
  /** Why the last release was taken back. */
  release_failure: z.string().optional(),
});
export type DeliveryListItem = z.infer<typeof deliveryListItem>;

/** A signature: who, as what, meaning what, when, and over exactly which result. */
export const signedDecision = z.object({
  level: z.enum(REVIEW_LEVELS),
  decision: z.enum(DECISIONS),
  by: id,
  /** Their name when they signed. */
  by_name: z.string(),
  /** The role that the signature was given in. */
  role: z.enum(ROLES),
  meaning: z.enum(SIGNATURE_MEANINGS),
  at: timestamp,
  comment: z.string().optional(),
  reason_code: z.enum(REASON_CODES).optional(),
  then: z.enum(FOLLOW_UPS).optional(),
  /** SHA-256 of the result that was reviewed. */
  checksum: sha256,
  /** Counts up with each new annotation: a decision of an earlier round was about another result. */
  round: z.int(),
  /** The reviewer in whose stead a delegate decided. */
  on_behalf_of: id.optional(),
});
export type SignedDecision = z.infer<typeof signedDecision>;

export const deliverySample = z.object({
  sample_id: id,
  barcode: z.string(),
  state: z.enum(SAMPLE_STATES),
  level: z.enum(REVIEW_LEVELS),
  round: z.int(),
  /** Since when it waits at this level. */
  since: timestamp,
  claimed_by: id.optional(),
  /** Until then the others are kept away. */
  claimed_until: timestamp.optional(),
  result_checksum: sha256.nullable(),
  job_id: id,
  /** Why the last re-annotation did not succeed. */
  reannotation_failure: z.string().optional(),
  /** In the order in which they were taken. */
  decisions: z.array(signedDecision),
});
export type DeliverySample = z.infer<typeof deliverySample>;

export const delivery = deliveryListItem.extend({
  /** How the partner would learn of a release now. */
  partner_reach: z.enum(PARTNER_REACHES).optional(),
  /** How many samples are in each state. */
  sample_counts: z.record(z.enum(SAMPLE_STATES), z.int()),
  /** In the order of their ids. */
  samples: z.array(deliverySample),
  /** Pass it as `sample_cursor` to get the next samples; null on the last page. */
  next: z.string().nullable(),
});
export type Delivery = z.infer<typeof delivery>;

export const readDelivery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(200),
  sample_cursor: z.string().max(200).optional(),
});

const link = z.object({ url: z.url(), expires_at: timestamp });

/** What a reviewer looks at before deciding. */
export const reviewedSample = deliverySample.extend({
  delivery_id: id,
  delivery_state: z.enum(DELIVERY_STATES),
  genome: z.string(),
  consequence_mode: z.enum(CONSEQUENCE_MODES),
  log: z.string().nullable(),
  summary: summary.nullable(),
  /** Null where there is nothing to be downloaded. */
  links: z.object({ result: link.nullable(), log: link.nullable(), provenance: link.nullable() }),
});
export type ReviewedSample = z.infer<typeof reviewedSample>;

// ---- Decisions

export const decide = z.strictObject({
  level: z.enum(REVIEW_LEVELS),
  decision: z.enum(DECISIONS),
  /** Of the result that was looked at, as the sample shows it. */
  result_checksum: sha256,
  meaning: z.enum(SIGNATURE_MEANINGS).optional(),
  comment: comment.optional(),
  reason_code: z.enum(REASON_CODES).optional(),
  /** On a reject: what is to follow. */
  then: z.enum(FOLLOW_UPS).optional(),
  /** With `then: "reannotate"`: what is to be different. */
  reannotate: z
    .strictObject({ genome: genomeName.optional(), consequence_mode: z.enum(CONSEQUENCE_MODES).optional() })
    .optional(),
});

export const decided = z.object({ sample_id: id, state: z.enum(SAMPLE_STATES), level: z.enum(REVIEW_LEVELS) });

// ---- What waits for the caller

export const listReviews = z.strictObject(page);

export const review = z.object({
  delivery_id: id,
  sample_id: id,
  barcode: z.string(),
  level: z.enum(REVIEW_LEVELS),
  result_checksum: sha256.nullable(),
  since: timestamp,
  /** When the directors are told that it waits too long. */
  due_at: timestamp,
  claimed_by: id.optional(),
  claimed_until: timestamp.optional(),
});
export type Review = z.infer<typeof review>;

// ---- Delegations

export const createDelegation = z.strictObject({ delegate_id: id, starts_at: timestamp, ends_at: timestamp });

export const delegation = z.object({
  delegation_id: id,
  /** The reviewer who is away, and who decides in their stead. */
  user_id: id,
  delegate_id: id,
  starts_at: timestamp,
  ends_at: timestamp,
});
export type Delegation = z.infer<typeof delegation>;
