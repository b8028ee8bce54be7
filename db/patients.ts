// Patients: written sealed, read by `readPatient` alone, which puts every reading into the audit log, and erased by
// destroying their key. What is copied elsewhere (a backup, a dump) is as unreadable as the rows are.

import { randomBytes, randomUUID } from 'node:crypto';
import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import { PATIENT_FIELDS, type PatientField, type PatientFields, type ReadingPurpose } from '../domain/patients.ts';
import type { KeyContext, KeyService } from '../kms/key-service.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { DATA_KEY_BYTES, openField, sealField, SEALING_VERSION } from './patient-sealing.ts';
import { patientFields, patients } from './schema/index.ts';

/** A patient whose fields are sealed, and who is not in the database yet. */
export interface SealedPatient {
  patientId: string;
  keyId: string;
  wrappedKey: string;
  fields: { field: PatientField; sealed: string }[];
}

/** Seals the fields under a new data key. Asks the key service: not to be called within a transaction. */
export async function sealPatient(
  principal: UserPrincipal,
  keys: KeyService,
  fields: PatientFields,
): Promise<SealedPatient> {
  const patientId = randomUUID();
  const dataKey = randomBytes(DATA_KEY_BYTES);
  try {
    const { keyId, wrapped } = await keys.wrap(dataKey, contextOf(patientId, principal.organizationId));
    const sealed = PATIENT_FIELDS.flatMap((field) => {
      const text = fields[field];
      if (text === undefined) return [];
      return [{ field, sealed: sealField(dataKey, { patientId, field, version: SEALING_VERSION }, text) }];
    });
    return { patientId, keyId, wrappedKey: wrapped, fields: sealed };
  } finally {
    dataKey.fill(0);
  }
}

export async function insertPatient(tx: Transaction, principal: UserPrincipal, patient: SealedPatient): Promise<void> {
  const { organizationId } = principal;
  const { patientId, keyId, wrappedKey, fields } = patient;
  await tx.insert(patients).values({ patientId, organizationId, keyId, wrappedKey });
  if (fields.length > 0) {
    await tx
      .insert(patientFields)
      .values(fields.map((field) => ({ ...field, patientId, organizationId, version: SEALING_VERSION })));
  }
  await recordChange(tx, principal, {
    organizationId,
    entity: 'patient',
    entityId: patientId,
    action: 'patient.saved',
    details: { fields: fields.map(({ field }) => field) },
  });
}

/** Answers the new patient's id. */
export async function savePatient(
  database: Database,
  principal: UserPrincipal,
  keys: KeyService,
  fields: PatientFields,
): Promise<string> {
  const sealed = await sealPatient(principal, keys, fields);
  await database.write(principal, (tx) => insertPatient(tx, principal, sealed));
  return sealed.patientId;
}

export type PatientReading = { state: 'readable'; fields: PatientFields } | { state: 'erased'; erasedAt: Date };

/**
 * The one way to a patient's data. The audit log has who read which fields, and what for, before they are answered; it has
 * it too when opening them fails afterwards. Undefined when the caller's organization has no such patient.
 * @throws KeyRefused when the key service does not unwrap the key; Error when a field was tampered with
 */
export async function readPatient(
  database: Database,
  principal: UserPrincipal,
  keys: KeyService,
  patientId: string,
  purpose: ReadingPurpose,
): Promise<PatientReading | undefined> {
  const { organizationId } = principal;
  const own = and(eq(patients.patientId, patientId), eq(patients.organizationId, organizationId));
  const reading = await database.write(principal, async (tx) => {
    // Shared: an erasure waits until this reading is in the log, or comes before it.
    const [patient] = await tx.select().from(patients).where(own).for('share');
    if (!patient) return undefined;
    const { wrappedKey } = patient;
    if (wrappedKey === null) return { patient, wrappedKey, sealed: [] };
    const sealed = await tx
      .select({ field: patientFields.field, sealed: patientFields.sealed, version: patientFields.version })
      .from(patientFields)
      .where(and(eq(patientFields.patientId, patientId), eq(patientFields.organizationId, organizationId)))
      .orderBy(asc(patientFields.field));
    await recordChange(tx, principal, {
      organizationId,
      entity: 'patient',
      entityId: patientId,
      action: 'patient.read',
      details: { purpose, fields: sealed.map(({ field }) => field) },
    });
    return { patient, wrappedKey, sealed };
  });
  if (!reading) return undefined;
  const { patient, wrappedKey, sealed } = reading;
  if (wrappedKey === null) return { state: 'erased', erasedAt: patient.erasedAt ?? patient.createdAt };
  // Outside the transaction: the key service may take its time, and the row shall not be locked meanwhile.
  const dataKey = await keys.unwrap(
    { keyId: patient.keyId, wrapped: wrappedKey },
    contextOf(patientId, organizationId),
  );
  try {
    const opened: PatientFields = {};
    for (const { field, sealed: text, version } of sealed) {
      if (isPatientField(field)) opened[field] = openField(dataKey, { patientId, field, version }, text);
    }
    return { state: 'readable', fields: opened };
  } finally {
    dataKey.fill(0);
  }
}

/** Destroys the patient's key and removes the fields; what the audit log says of the patient stays. May be repeated. */
export async function erasePatient(database: Database, principal: UserPrincipal, patientId: string): Promise<void> {
  const { organizationId } = principal;
  await database.write(principal, async (tx) => {
    const [erased] = await tx
      .update(patients)
      .set({ wrappedKey: null, erasedAt: sql`now()` })
      .where(
        and(
          eq(patients.patientId, patientId),
          eq(patients.organizationId, organizationId),
          isNotNull(patients.wrappedKey),
        ),
      )
      .returning({ patientId: patients.patientId });
    if (!erased) return;
    const removed = await tx
      .delete(patientFields)
      .where(and(eq(patientFields.patientId, patientId), eq(patientFields.organizationId, organizationId)))
      .returning({ field: patientFields.field });
    await recordChange(tx, principal, {
      organizationId,
      entity: 'patient',
      entityId: patientId,
      action: 'patient.erased',
      details: { fields: removed.map(({ field }) => field).toSorted() },
    });
  });
}

/** A wrapped key opens for its own patient, in its own organization. */
const contextOf = (patientId: string, organizationId: string): KeyContext => ({
  patient_id: patientId,
  organization_id: organizationId,
});

function isPatientField(text: string): text is PatientField {
  return (PATIENT_FIELDS as readonly string[]).includes(text);
}
