// The public API's bodies of the audit log.

import { z } from 'zod';
import { page } from './http.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .refine((value) => !value.includes('\0'), 'must not contain the character NUL');

/** ISO 8601, of a time that Postgres knows; microseconds are kept where it is UTC, as entries say it. */
const moment = z.iso
  .datetime({ offset: true })
  .refine((value) => !value.startsWith('0000') && !Number.isNaN(Date.parse(value)), 'is no time that there is')
  .transform((value) => (value.endsWith('Z') ? value : new Date(value).toISOString()));

export const listAudit = z.strictObject({
  /** A kind of entity, `delivery`, or one of it, `delivery/<id>`. */
  entity: text.optional(),
  /** `user:<id>`, `system:<name>` or `partner:<id>`. */
  actor: text.optional(),
  from: moment.optional(),
  /** Not included. */
  to: moment.optional(),
  cursor: page.cursor,
  /** A page has 50 entries unless another number is given; a CSV all of them. */
  limit: z.coerce.number().int().min(1).max(200).optional(),
  format: z.enum(['json', 'csv']).default('json'),
});

export const auditEntry = z.object({
  /** 1, 2, 3 … of the organization. */
  seq: z.int(),
  /** UTC with microseconds, as it was hashed. */
  at: z.iso.datetime({ offset: true }),
  actor: z.string(),
  action: z.string(),
  entity: z.string(),
  entity_id: z.string(),
  details: z.record(z.string(), z.unknown()),
  /** SHA-256 over this entry and the hash of the one before. */
  hash: z.string(),
});
export type AuditEntryBody = z.infer<typeof auditEntry>;
