// Which key service holds the keys of patient data: a setting of every process that reads or writes them.

import { z } from 'zod';
import { BadSettings } from '../process/settings.ts';
import { connectAwsKms } from './aws-kms.ts';
import { openKeyFile } from './key-file.ts';
import type { KeyService } from './key-service.ts';

const KMS_ADDRESS = /^kms:\/\/([a-z0-9-]+)\/(\S+)$/;

export const patientKeySettings = {
  /** `file:`, or `kms://REGION/KEY_ID` with an id, ARN or alias. */
  PATIENT_KEY_SERVICE: z
    .string()
    .refine((text) => text === 'file:' || KMS_ADDRESS.test(text), 'must be file: or kms://REGION/KEY_ID')
    .default('file:'),
  PATIENT_KEYS_FILE: z.string().min(1).optional(),
  KMS_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
} as const;

export type PatientKeySettings = z.infer<z.ZodObject<typeof patientKeySettings>>;

/** @throws BadSettings when the key file is not named, or cannot be used */
export function openKeyService(settings: PatientKeySettings): KeyService {
  const [, region, keyId] = KMS_ADDRESS.exec(settings.PATIENT_KEY_SERVICE) ?? [];
  if (region === undefined || keyId === undefined) {
    if (settings.PATIENT_KEYS_FILE === undefined) {
      throw new BadSettings('PATIENT_KEYS_FILE: is required, unless PATIENT_KEY_SERVICE is kms://REGION/KEY_ID');
    }
    return openKeyFile(settings.PATIENT_KEYS_FILE);
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return connectAwsKms({
    region,
    keyId,
    endpoint: settings.KMS_ENDPOINT,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  });
}
