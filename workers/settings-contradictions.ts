// Settings of a worker that are each well-formed, and together cannot be what anybody wants.

import { allowsTier, type ArchiveClass, type RetrievalTier } from '../domain/billing.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { BadSettings } from '../process/settings.ts';

/** Less, and Stripe refuses to open the page. */
const SHORTEST_CHECKOUT_SECONDS = 1800;

export interface Contradictable {
  NODE_ENV: string;
  WORKER_QUEUES: readonly string[];
  WORKFLOW_BUNDLE?: string | undefined;
  AUDIT_KEY_FILE?: string | undefined;
  PUBLIC_URL?: string | undefined;
  MAIL_URL: string;
  MAIL_FROM?: string | undefined;
  SES_ENDPOINT?: string | undefined;
  S3_INPUTS_BUCKET: string;
  S3_RESULTS_BUCKET: string;
  STRIPE_API_KEY?: string | undefined;
  STRIPE_ENDPOINT?: string | undefined;
  STRIPE_PRICE_ID?: string | undefined;
  CHECKOUT_EXPIRY_SECONDS: number;
  ARCHIVE_STORAGE_CLASS: ArchiveClass;
  RESTORE_TIER: RetrievalTier;
}

/** @throws BadSettings with the first one that is found; it begins with the setting's name */
export function refuseContradictions(settings: Contradictable): void {
  for (const [isSo, why] of contradictions(settings)) if (isSo) throw new BadSettings(why);
}

const contradictions = (settings: Contradictable): [boolean, string][] => [
  ...(settings.NODE_ENV === 'production' ? forbiddenInProduction(settings) : []),
  [
    settings.S3_INPUTS_BUCKET === settings.S3_RESULTS_BUCKET,
    'S3_RESULTS_BUCKET must not be S3_INPUTS_BUCKET: what is in the one by right is rubbish in the other',
  ],
  [
    settings.SES_ENDPOINT !== undefined && !settings.MAIL_URL.startsWith('ses:'),
    'SES_ENDPOINT means nothing, since MAIL_URL is not ses://REGION: leave it out',
  ],
  ...paying(settings),
  [
    !allowsTier(settings.ARCHIVE_STORAGE_CLASS, settings.RESTORE_TIER),
    `RESTORE_TIER=${settings.RESTORE_TIER} is not possible with ARCHIVE_STORAGE_CLASS=${settings.ARCHIVE_STORAGE_CLASS}: choose Standard or Bulk, or the class GLACIER`,
  ],
];

function paying(settings: Contradictable): [boolean, string][] {
  const { STRIPE_API_KEY: key, STRIPE_ENDPOINT: endpoint, STRIPE_PRICE_ID: price } = settings;
  const isLive = key?.includes('_live_') ?? false;
  return [
    [
      isLive && endpoint !== undefined,
      'STRIPE_ENDPOINT is for sandboxes: a live STRIPE_API_KEY goes to Stripe itself only',
    ],
    [
      isLive && settings.NODE_ENV !== 'production',
      'STRIPE_API_KEY is a live key, and takes real money: set NODE_ENV=production, or use a test key',
    ],
    [
      key === undefined && (endpoint ?? price) !== undefined,
      'STRIPE_API_KEY is required with STRIPE_ENDPOINT or STRIPE_PRICE_ID: without it nothing can be paid for',
    ],
    [
      endpoint === undefined && settings.CHECKOUT_EXPIRY_SECONDS < SHORTEST_CHECKOUT_SECONDS,
      `CHECKOUT_EXPIRY_SECONDS must be ${SHORTEST_CHECKOUT_SECONDS} or more: Stripe keeps a payment page open that long`,
    ],
  ];
}

function forbiddenInProduction(settings: Contradictable): [boolean, string][] {
  const serves = (queue: string) => settings.WORKER_QUEUES.includes(queue);
  return [
    [
      serves(TASK_QUEUES.orchestration) && settings.WORKFLOW_BUNDLE === undefined,
      'WORKFLOW_BUNDLE is required in production: build it with `npm run build`',
    ],
    [
      serves(TASK_QUEUES.io) && settings.AUDIT_KEY_FILE === undefined,
      'AUDIT_KEY_FILE is required in production: without it the audit log has no checkpoints',
    ],
    [
      serves(TASK_QUEUES.io) && !settings.PUBLIC_URL?.startsWith('https:'),
      'PUBLIC_URL must be an https address in production: the links in mails begin with it',
    ],
    [
      serves(TASK_QUEUES.io) && settings.MAIL_FROM === undefined,
      'MAIL_FROM is required in production: mail of nobody is taken for what it is not',
    ],
  ];
}
