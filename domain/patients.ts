// What is kept of a patient. Every field is encrypted on its own, under a key of the patient's own.

import { z } from 'zod';

export const PATIENT_FIELDS = ['name', 'birth_date', 'sex', 'medical_record_number', 'contact', 'notes'] as const;
export type PatientField = (typeof PATIENT_FIELDS)[number];

const text = (maximum: number) => z.string().min(1).max(maximum).optional();

export const patientFields = z
  .strictObject({
    name: text(500),
    birth_date: text(50),
    sex: text(50),
    medical_record_number: text(200),
    contact: text(1000),
    notes: text(10_000),
  } satisfies Record<PatientField, unknown>)
  .refine((fields) => Object.values(fields).some((value) => value !== undefined), 'must have at least one field');
export type PatientFields = z.infer<typeof patientFields>;

/** Why a patient's data are read, as the audit log says it. */
export const READING_PURPOSES = ['sample view'] as const;
export type ReadingPurpose = (typeof READING_PURPOSES)[number];
