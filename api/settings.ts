// The settings of the gateway.

import { z } from 'zod';
import { patientKeySettings, payloadKeySettings } from '../kms/settings.ts';
import {
  databaseSettings,
  flag,
  origin,
  parseSettings,
  portNumber,
  processSettings,
  temporalSettings,
  wholeNumber,
  type Environment,
} from '../process/settings.ts';
import { operationsSettings } from '../process/operations.ts';
import { refuseUnorderedReviewTimes, reviewSettings } from '../process/review-settings.ts';
import { refusePrivateWebhooks, webhookAddressSettings } from '../process/webhook-address.ts';
import { requestTracingSettings } from '../process/tracing-settings.ts';
import { storeSettings } from '../store/client.ts';
import { refuseHalfSecured } from '../temporal/connection.ts';
import { proxySettings } from './client-network.ts';
import { operatorLinkSettings } from './operator-links.ts';
import { rateLimitSettings } from './rate-limits.ts';
import { refuseContradictions } from './settings-contradictions.ts';

export const apiSettings = {
  ...processSettings,
  ...operationsSettings,
  ...databaseSettings,
  ...temporalSettings,
  ...storeSettings,
  ...requestTracingSettings,
  ...patientKeySettings,
  ...payloadKeySettings,
  ...webhookAddressSettings,
  PORT: portNumber.default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  PUBLIC_URL: origin.optional(),
  ...proxySettings,
  ...rateLimitSettings,
  ...operatorLinkSettings,
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }),
  OIDC_CLIENT_ID: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1),
  OIDC_SCOPES: z
    .string()
    .regex(/(^| )openid( |$)/, 'must contain openid')
    .default('openid profile email'),
  OIDC_AUDIENCE: z.string().min(1).optional(),
  FREE_UPLOAD_LIMIT_BYTES: wholeNumber(1).default(10 * 1024 ** 2),
  PREMIUM_UPLOAD_LIMIT_BYTES: wholeNumber(1).default(50 * 1024 ** 3),
  UPLOAD_EXPIRY_SECONDS: wholeNumber(1, 7 * 24 * 3600).default(900),
  RETENTION_SECONDS: wholeNumber(0, 31_536_000).default(300),
  /** S3 signs no link for longer than a week. */
  DELIVERY_LINK_SECONDS: wholeNumber(60, 7 * 24 * 3600).default(24 * 3600),
  ...reviewSettings,
  /** Whether an access token that does not say when its person signed in counts from when it was issued. */
  SIGNATURE_ACCEPT_ISSUED_AT: flag.default(false),
  STORAGE_TOPIC_ARN: z.string().startsWith('arn:').optional(),
  STORAGE_ACCEPT_UNSIGNED: flag.default(false),
  /** Without it no event of the payment service is believed. */
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_\S+$/, 'must be the signing secret of the endpoint: whsec_…')
    .optional(),
};

type Parsed = z.infer<z.ZodObject<typeof apiSettings>>;
export type ApiSettings = Readonly<Parsed & { PUBLIC_URL: string; OIDC_AUDIENCE: string }>;

/** @throws BadSettings */
export function readApiSettings(environment: Environment): ApiSettings {
  const settings = parseSettings(apiSettings, environment);
  refusePrivateWebhooks(settings);
  refuseUnorderedReviewTimes(settings);
  refuseContradictions(settings);
  refuseHalfSecured(settings);
  const publicUrl = (settings.PUBLIC_URL ?? `http://${settings.HOST}:${settings.PORT}`).replace(/\/+$/, '');
  return Object.freeze({ ...settings, PUBLIC_URL: publicUrl, OIDC_AUDIENCE: settings.OIDC_AUDIENCE ?? publicUrl });
}
