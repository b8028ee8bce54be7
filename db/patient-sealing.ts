// How one field of a patient is sealed: AES-256-GCM under the patient's data key, with table, row and column as associated
// data, so that what is moved elsewhere cannot be opened there. Sealed is base64 of nonce, ciphertext and tag.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { PatientField } from '../domain/patients.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const DATA_KEY_BYTES = 32;
/** How fields are sealed now. */
export const SEALING_VERSION = 1;

export interface FieldPlace {
  patientId: string;
  field: PatientField;
  version: number;
}

export function sealField(dataKey: Buffer, place: FieldPlace, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(place));
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** @throws Error when it was altered, sealed for another place, or sealed under another key */
export function openField(dataKey: Buffer, place: FieldPlace, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associatedData(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new Error(`the field ${place.field} of patient ${place.patientId} cannot be opened`, { cause });
  }
}

function associatedData({ patientId, field, version }: FieldPlace): Buffer {
  return Buffer.from(JSON.stringify(['patient.fields', patientId, field, version]));
}
