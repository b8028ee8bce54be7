// Patient data, in a schema of its own: every field is encrypted under a data key of the patient's own, which is itself
// encrypted by the key service. Without that key nobody can read them again: destroying it erases the patient.

import { integer, pgSchema, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { at, createdAt, noPartnerPolicy, ownedBy, ownedRowsPolicy } from './columns.ts';

export const patientSchema = pgSchema('patient');

export const patients = patientSchema.table(
  'patients',
  {
    patientId: uuid('patient_id').primaryKey(),
    organizationId: ownedBy(),
    /** The data key, wrapped by the key service, in base64; null when it was destroyed. */
    wrappedKey: text('wrapped_key'),
    /** Which key of the key service wrapped it. */
    keyId: text('key_id').notNull(),
    createdAt: createdAt(),
    erasedAt: at('erased_at'),
  },
  () => [ownedRowsPolicy(), noPartnerPolicy()],
);

/** One encrypted field: AES-256-GCM, with table, patient and field as associated data. */
export const patientFields = patientSchema.table(
  'fields',
  {
    patientId: uuid('patient_id')
      .notNull()
      .references(() => patients.patientId),
    organizationId: ownedBy(),
    field: text('field').notNull(),
    /** base64 of nonce, ciphertext and tag. */
    sealed: text('sealed').notNull(),
    version: integer('version').notNull().default(1),
    writtenAt: at('written_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.patientId, t.field] }), ownedRowsPolicy(), noPartnerPolicy()],
);
