// The settings of a worker process.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { allowsTier, ARCHIVE_CLASSES, RETRIEVAL_TIERS } from '../domain/billing.ts';
import { TASK_QUEUES, type TaskQueue } from '../domain/queues.ts';
import { payloadKeySettings } from '../kms/settings.ts';
import {
  BadSettings,
  databaseSettings,
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

const queueNames = Object.values(TASK_QUEUES);

const queues = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(queueNames)).min(1))
  .default(queueNames);

const shape = {
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
  WORK_DIRECTORY: z.string().min(1),
  /** Without it the audit log has no checkpoints. */
  ...deploymentSettings,
  AUDIT_KEY_FILE: z.string().min(1).optional(),
  ARCHIVE_STORAGE_CLASS: z.enum(ARCHIVE_CLASSES).default('GLACIER'),
  RESTORE_TIER: z.enum(RETRIEVAL_TIERS).default('Standard'),
  RESTORE_POLL_SECONDS: wholeNumber(1, 86_400).default(300),
  GRACE_PERIOD_SECONDS: wholeNumber(0, 31_536_000).default(7 * 24 * 3600),
  ENGINE_SLOTS: wholeNumber(1, 1024).default(availableParallelism()),
  ENGINE_MEMORY_BYTES: wholeNumber(256 * 1024 ** 2).default(4 * 1024 ** 3),
  ENGINE_WALL_SECONDS: wholeNumber(1, 11 * 3600).default(6 * 3600),
  PUBLIC_URL: z.url().default('http://127.0.0.1:8080'),
  MAIL_URL: z.url({ protocol: /^(smtps?|ses)$/ }),
  MAIL_FROM: z.string().min(3).default('Varloom <no-reply@localhost>'),
  SES_ENDPOINT: z.url().optional(),
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

export type WorkerSettings = Readonly<z.infer<z.ZodObject<typeof shape>>>;

export function readWorkerSettings(environment: Environment): WorkerSettings {
  const settings = parseSettings(shape, environment);
  const needsBundle = (settings.WORKER_QUEUES as TaskQueue[]).includes(TASK_QUEUES.orchestration);
  if (settings.NODE_ENV === 'production' && needsBundle && !settings.WORKFLOW_BUNDLE) {
    throw new BadSettings('WORKFLOW_BUNDLE is required in production: build it with `npm run build`');
  }
  refusePrivateWebhooks(settings);
  refuseUnorderedReviewTimes(settings);
  const needsAuditKey = (settings.WORKER_QUEUES as TaskQueue[]).includes(TASK_QUEUES.io);
  if (settings.NODE_ENV === 'production' && needsAuditKey && !settings.AUDIT_KEY_FILE) {
    throw new BadSettings('AUDIT_KEY_FILE is required in production: without it the audit log has no checkpoints');
  }
  if (settings.STRIPE_ENDPOINT !== undefined && settings.STRIPE_API_KEY?.includes('_live_')) {
    throw new BadSettings('STRIPE_ENDPOINT is for sandboxes: a live STRIPE_API_KEY goes to Stripe itself only');
  }
  if (settings.STRIPE_ENDPOINT === undefined && settings.CHECKOUT_EXPIRY_SECONDS < 1800) {
    throw new BadSettings('CHECKOUT_EXPIRY_SECONDS must be 1800 or more: Stripe keeps a payment page open that long');
  }
  if (!allowsTier(settings.ARCHIVE_STORAGE_CLASS, settings.RESTORE_TIER)) {
    throw new BadSettings(
      `RESTORE_TIER=${settings.RESTORE_TIER} is not possible with ARCHIVE_STORAGE_CLASS=${settings.ARCHIVE_STORAGE_CLASS}: choose Standard or Bulk, or the class GLACIER`,
    );
  }
  return settings;
}

/** Of the command that makes a version of the workflow code the current one. */
export const readReleaseSettings = (environment: Environment) =>
  parseSettings({ ...temporalSettings, ...deploymentSettings, WORKFLOW_BUNDLE: z.string().min(1) }, environment);
