// The settings of the codec server.

import { z } from 'zod';
import { proxySettings } from '../api/client-network.ts';
import { payloadKeySettings } from '../kms/settings.ts';
import { operationsSettings } from '../process/operations.ts';
import {
  BadSettings,
  databaseSettings,
  parseSettings,
  portNumber,
  processSettings,
  temporalSettings,
  wholeNumber,
  type Environment,
} from '../process/settings.ts';
import { requestTracingSettings } from '../process/tracing-settings.ts';

const http = { protocol: /^https?$/ };

const shape = {
  ...processSettings,
  ...databaseSettings,
  ...operationsSettings,
  ...payloadKeySettings,
  ...requestTracingSettings,
  PAYLOAD_KEYS_FILE: temporalSettings.PAYLOAD_KEYS_FILE,
  CODEC_PORT: portNumber.default(8091),
  CODEC_HOST: z.string().min(1).default('127.0.0.1'),
  ...proxySettings,
  /** Of the Temporal UI: the one page that may ask from a browser. */
  CODEC_CORS_ORIGIN: z.url(http).transform((text) => new URL(text).origin),
  CODEC_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(3_000),
  /** E-mail addresses or subjects of the issuer, comma-separated. Nobody else reads a history, whatever their role. */
  OPERATORS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .refine((names) => names.every((name) => name !== ''), 'must be a list, comma-separated'),
  /** Of the gateway: its sessions count here where both are one site. */
  PUBLIC_URL: z.url(http),
  OIDC_ISSUER: z.url(http),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  OIDC_AUDIENCE: z.string().min(1).optional(),
};

export type CodecSettings = Readonly<z.infer<z.ZodObject<typeof shape>> & { OIDC_AUDIENCE: string }>;

/** @throws BadSettings */
export function readCodecSettings(environment: Environment): CodecSettings {
  const settings = parseSettings(shape, environment);
  if (settings.NODE_ENV === 'production') {
    for (const name of ['CODEC_CORS_ORIGIN', 'PUBLIC_URL', 'OIDC_ISSUER'] as const) {
      if (!settings[name].startsWith('https:')) {
        throw new BadSettings(`${name} must be an https address in production: who reads histories depends on it`);
      }
    }
  }
  return Object.freeze({
    ...settings,
    OIDC_AUDIENCE: settings.OIDC_AUDIENCE ?? settings.PUBLIC_URL.replace(/\/+$/, ''),
  });
}
