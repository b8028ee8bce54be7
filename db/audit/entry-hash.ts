// What the hash of an audit entry covers. The function `audit_entry_hash` of the database computes the same when it chains
// an entry; here it is computed again, by a program that does not trust the database.

import { createHash } from 'node:crypto';

/** The hash before the first entry of a chain. */
export const GENESIS_HASH = '0'.repeat(64);

/** The form's name is a part of the text: another form would be another name. */
const FORM = 'varloom-audit-1';

/** An entry as text, each field exactly as it was hashed. */
export interface EntryText {
  prevHash: string;
  organizationId: string;
  seq: string;
  /** UTC with microseconds: `2026-01-31T23:59:59.123456Z`. */
  at: string;
  actor: string;
  action: string;
  entity: string;
  entityId: string;
  /** As Postgres writes jsonb. */
  details: string;
}

/** Lower-case hex SHA-256 of the fields, each as its length in bytes, a colon, itself and a comma. */
export function hashOfEntry(entry: EntryText): string {
  const hash = createHash('sha256');
  for (const field of [
    FORM,
    entry.prevHash,
    entry.organizationId,
    entry.seq,
    entry.at,
    entry.actor,
    entry.action,
    entry.entity,
    entry.entityId,
    entry.details,
  ]) {
    hash.update(`${Buffer.byteLength(field)}:${field},`);
  }
  return hash.digest('hex');
}
