// A patient's fields in words, in the order in which they are shown.

import type { PatientField } from '../../../domain/patients.ts';

export const PATIENT_LABELS: Record<PatientField, string> = {
  name: 'Name',
  birth_date: 'Date of birth',
  sex: 'Sex',
  medical_record_number: 'Medical record number',
  contact: 'Contact',
  notes: 'Notes',
};
