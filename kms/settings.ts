// Which key service holds the keys of patient data, and which one wraps the data keys of workflow payloads: settings of
// every process that reads or writes these.

import { z } from 'zod';
import { BadSettings } from '../process/settings.ts';
import { connectAwsKms } from './aws-kms.ts';
import { createDataKeys, type DataKeys } from './data-keys.ts';
import { openKeyFile } from './key-file.ts';
import type { KeyService } from './key-service.ts';

const KMS_ADDRESS = /^kms:\/\/([a-z0-9-]+)\/(\S+)$/;

const serviceAddress = z
  .string()
  .refine((text) => text === 'file:' || KMS_ADDRESS.test(text), 'must be file: or kms://REGION/KEY_ID')
  .default('file:');

const kmsSettings = {
  KMS_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
} as const;
type KmsSettings = z.infer<z.ZodObject<typeof kmsSettings>>;

export const patientKeySettings = {
  /** `file:`, or `kms://REGION/KEY_ID` with an id, ARN or alias. */
  PATIENT_KEY_SERVICE: serviceAddress,
  PATIENT_KEYS_FILE: z.string().min(1).optional(),
  ...kmsSettings,
} as const;

export const payloadKeySettings = {
  /** `file:` encrypts with the active key of PAYLOAD_KEYS_FILE itself, `kms://REGION/KEY_ID` with data keys. */
  PAYLOAD_KEY_SERVICE: serviceAddress,
  ...kmsSettings,
} as const;

export type PatientKeySettings = z.infer<z.ZodObject<typeof patientKeySettings>>;
export type PayloadKeySettings = z.infer<z.ZodObject<typeof payloadKeySettings>>;

/** @throws BadSettings when the key file is not named, or cannot be used */
export function openKeyService(settings: PatientKeySettings): KeyService {
  const kms = connectKms(settings.PATIENT_KEY_SERVICE, settings);
  if (kms) return kms;
  if (settings.PATIENT_KEYS_FILE === undefined) {
    throw new BadSettings('PATIENT_KEYS_FILE: is required, unless PATIENT_KEY_SERVICE is kms://REGION/KEY_ID');
  }
  return openKeyFile(settings.PATIENT_KEYS_FILE);
}

/** Undefined when payloads are encrypted with the keys of the file themselves. */
export function openPayloadDataKeys(settings: PayloadKeySettings): DataKeys | undefined {
  const kms = connectKms(settings.PAYLOAD_KEY_SERVICE, settings);
  return kms && createDataKeys(kms);
}

function connectKms(address: string, settings: KmsSettings): KeyService | undefined {
  const [, region, keyId] = KMS_ADDRESS.exec(address) ?? [];
  if (region === undefined || keyId === undefined) return undefined;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return connectAwsKms({
    region,
    keyId,
    endpoint: settings.KMS_ENDPOINT,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  });
}
