// The settings of a worker process.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { ARCHIVE_CLASSES, RETRIEVAL_TIERS } from '../domain/billing.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { payloadKeySettings } from '../kms/settings.ts';
import {
  databaseSettings,
  origin,
  parseSettings,
  processSettings,
  temporalSettings,
  wholeNumber,
  type Environment,
} from '../process/settings.ts';
import { operationsSettings } from '../process/operations.ts';
import { refuseUnorderedReviewTimes, reviewSettings } from '../process/review-settings.ts';
import { refusePrivateWebhooks, webhookAddressSettings } from '../process/webhook-address.ts';
import { tracingSettings } from '../process/tracing-settings.ts';
import { storeSettings } from '../store/client.ts';
import { refuseHalfSecured } from '../temporal/connection.ts';
import { refuseContradictions } from './settings-contradictions.ts';

const queueNames = Object.values(TASK_QUEUES);

const queues = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(queueNames)).min(1))
  .refine((names) => new Set(names).size === names.length, 'names a queue twice')
  .default(queueNames);

const deploymentSettings = {
  /** Unset: the workers are not versioned. */
  WORKER_DEPLOYMENT: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'must be letters, digits, - and _')
    .optional(),
  /** Unset: made of what the workflow bundle contains. */
  WORKER_BUILD_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'must be letters, digits, -, _ and .')
    .optional(),
  RETENTION_SECONDS: wholeNumber(0, 31_536_000).default(300),
};

export const workerSettings = {
  ...processSettings,
  ...operationsSettings,
  ...databaseSettings,
  ...temporalSettings,
  ...storeSettings,
  ...tracingSettings,
  ...payloadKeySettings,
  ...webhookAddressSettings,
  ...reviewSettings,
  WORKER_QUEUES: queues,
  WORKFLOW_BUNDLE: z.string().min(1).optional(),
  ...deploymentSettings,
  WORK_DIRECTORY: z.string().min(1),
  /** Without it the audit log has no checkpoints. */
  AUDIT_KEY_FILE: z.string().min(1).optional(),
  ARCHIVE_STORAGE_CLASS: z.enum(ARCHIVE_CLASSES).default('GLACIER'),
  RESTORE_TIER: z.enum(RETRIEVAL_TIERS).default('Standard'),
  RESTORE_POLL_SECONDS: wholeNumber(1, 86_400).default(300),
  GRACE_PERIOD_SECONDS: wholeNumber(0, 31_536_000).default(7 * 24 * 3600),
  ENGINE_SLOTS: wholeNumber(1, 1024).default(availableParallelism()),
  ENGINE_MEMORY_BYTES: wholeNumber(256 * 1024 ** 2).default(4 * 1024 ** 3),
  ENGINE_WALL_SECONDS: wholeNumber(1, 11 * 3600).default(6 * 3600),
  PUBLIC_URL: origin.optional(),
  MAIL_URL: z.url({ protocol: /^(smtps?|ses)$/, hostname: /./ }),
  MAIL_FROM: z.string().includes('@', { error: 'must be an address: name@host, or Name <name@host>' }).optional(),
  SES_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_API_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_[\w-]+$/, 'must be a secret or restricted key: sk_… or rk_…')
    .optional(),
  STRIPE_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_PRICE_ID: z
    .string()
    .regex(/^price_\w+$/, 'must be the id of a price: price_…')
    .optional(),
  CHECKOUT_EXPIRY_SECONDS: wholeNumber(1, 86_400).default(3600),
};

type Parsed = z.infer<z.ZodObject<typeof workerSettings>>;
export type WorkerSettings = Readonly<Parsed & { PUBLIC_URL: string; MAIL_FROM: string }>;

/** @throws BadSettings */
export function readWorkerSettings(environment: Environment): WorkerSettings {
  const settings = parseSettings(workerSettings, environment);
  refusePrivateWebhooks(settings);
  refuseUnorderedReviewTimes(settings);
  refuseContradictions(settings);
  refuseHalfSecured(settings);
  return Object.freeze({
    ...settings,
    PUBLIC_URL: (settings.PUBLIC_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, ''),
    MAIL_FROM: settings.MAIL_FROM ?? 'Varloom <no-reply@localhost>',
  });
}

/** Of the command that makes a version of the workflow code the current one. */
export function readReleaseSettings(environment: Environment) {
  const settings = parseSettings(
    { ...temporalSettings, ...payloadKeySettings, ...deploymentSettings, WORKFLOW_BUNDLE: z.string().min(1) },
    environment,
  );
  refuseHalfSecured(settings);
  return settings;
}
