// The part of the table of settings that tells which of them, each well-formed, are refused together.

import { generateKeyPairSync } from 'node:crypto';
import { CERTIFICATE, inProduction, PLANTED, type ProcessName } from './settings-table.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const anyKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const stripe = { STRIPE_API_KEY: `sk_test_${PLANTED}` };

/** Each well-formed, and together refused; the setting that the refusal begins with. */
export const contradictions: [why: string, process: ProcessName, changes: Record<string, string>, setting: string][] = [
  ...(['gateway', 'worker of calls', 'worker of the engine'] as const).flatMap(
    (name): (typeof contradictions)[number][] => [
      ['one bucket for two uses', name, { S3_INPUTS_BUCKET: 'one', S3_RESULTS_BUCKET: 'one' }, 'S3_RESULTS_BUCKET'],
      ['an access key without its secret', name, { AWS_ACCESS_KEY_ID: PLANTED }, 'AWS_SECRET_ACCESS_KEY'],
      ['a secret without its access key', name, { AWS_SECRET_ACCESS_KEY: PLANTED }, 'AWS_ACCESS_KEY_ID'],
      [
        'people told of a late review before its reviewers are',
        name,
        { REVIEW_REMINDER_SECONDS: '100', REVIEW_ESCALATION_SECONDS: '99' },
        'REVIEW_ESCALATION_SECONDS',
      ],
      [
        'webhooks to private hosts in production',
        name,
        { ...inProduction(name), WEBHOOK_ALLOWED_PRIVATE: 'localhost:1' },
        'WEBHOOK_ALLOWED_PRIVATE',
      ],
    ],
  ),
  ...(['gateway', 'worker of sagas', 'release'] as const).flatMap((name): (typeof contradictions)[number][] => [
    ['a certificate without its key', name, { TEMPORAL_TLS_CERT: CERTIFICATE }, 'TEMPORAL_TLS_KEY'],
    ['a key without its certificate', name, { TEMPORAL_TLS_KEY: anyKey }, 'TEMPORAL_TLS_CERT'],
    [
      'a certificate with the key of another one',
      name,
      { TEMPORAL_TLS_CERT: CERTIFICATE, TEMPORAL_TLS_KEY: anyKey },
      'TEMPORAL_TLS_KEY',
    ],
    ['an API key over a plain connection', name, { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: PLANTED }, 'TEMPORAL_TLS'],
    [
      'an authority for a plain connection',
      name,
      { TEMPORAL_TLS: 'false', TEMPORAL_TLS_CA: CERTIFICATE },
      'TEMPORAL_TLS',
    ],
  ]),
  ['production without an address', 'gateway', { NODE_ENV: 'production' }, 'PUBLIC_URL'],
  ['production over http', 'gateway', { ...inProduction('gateway'), PUBLIC_URL: 'http://varloom.test' }, 'PUBLIC_URL'],
  [
    'an issuer over http in production',
    'gateway',
    { ...inProduction('gateway'), OIDC_ISSUER: 'http://issuer.test' },
    'OIDC_ISSUER',
  ],
  [
    'unsigned notices in production',
    'gateway',
    { ...inProduction('gateway'), STORAGE_ACCEPT_UNSIGNED: 'true' },
    'STORAGE_ACCEPT_UNSIGNED',
  ],
  [
    'unsigned notices of no topic',
    'gateway',
    { STORAGE_ACCEPT_UNSIGNED: 'true', S3_ENDPOINT: 'http://127.0.0.1:4566' },
    'STORAGE_TOPIC_ARN',
  ],
  [
    'unsigned notices of AWS itself',
    'gateway',
    { STORAGE_ACCEPT_UNSIGNED: 'true', STORAGE_TOPIC_ARN: 'arn:aws:sns:x:1:y' },
    'STORAGE_ACCEPT_UNSIGNED',
  ],
  ['every address, and none for browsers', 'gateway', { HOST: '0.0.0.0' }, 'PUBLIC_URL'],
  ['any port, and none for browsers', 'gateway', { PORT: '0' }, 'PUBLIC_URL'],
  [
    'less for those who pay',
    'gateway',
    { FREE_UPLOAD_LIMIT_BYTES: '100', PREMIUM_UPLOAD_LIMIT_BYTES: '99' },
    'PREMIUM_UPLOAD_LIMIT_BYTES',
  ],
  ['workflows bundled in production', 'worker of sagas', { NODE_ENV: 'production' }, 'WORKFLOW_BUNDLE'],
  ...(['AUDIT_KEY_FILE', 'PUBLIC_URL', 'MAIL_FROM'] as const).map((name): (typeof contradictions)[number] => [
    `production without ${name}`,
    'worker of calls',
    { ...inProduction('worker of calls'), [name]: '' },
    name,
  ]),
  [
    'links over http in the mails of production',
    'worker of calls',
    { ...inProduction('worker of calls'), ...{ PUBLIC_URL: 'http://varloom.test' } },
    'PUBLIC_URL',
  ],
  ['an endpoint of SES for SMTP', 'worker of calls', { SES_ENDPOINT: 'http://127.0.0.1:1' }, 'SES_ENDPOINT'],
  [
    'a live key for a sandbox',
    'worker of calls',
    { STRIPE_API_KEY: `sk_live_${PLANTED}`, STRIPE_ENDPOINT: 'http://127.0.0.1:1' },
    'STRIPE_ENDPOINT',
  ],
  ['real money in development', 'worker of calls', { STRIPE_API_KEY: `sk_live_${PLANTED}` }, 'STRIPE_API_KEY'],
  ['a price without a key', 'worker of calls', { STRIPE_PRICE_ID: 'price_1' }, 'STRIPE_API_KEY'],
  ['a sandbox without a key', 'worker of calls', { STRIPE_ENDPOINT: 'http://127.0.0.1:1' }, 'STRIPE_API_KEY'],
  [
    'a payment page that closes earlier than Stripe lets it',
    'worker of calls',
    { ...stripe, CHECKOUT_EXPIRY_SECONDS: '1799' },
    'CHECKOUT_EXPIRY_SECONDS',
  ],
  [
    'a speed that the archive does not know',
    'worker of calls',
    { ARCHIVE_STORAGE_CLASS: 'DEEP_ARCHIVE', RESTORE_TIER: 'Expedited' },
    'RESTORE_TIER',
  ],
  ...(['CODEC_CORS_ORIGIN', 'PUBLIC_URL', 'OIDC_ISSUER'] as const).map((name): (typeof contradictions)[number] => [
    `histories read over http in production (${name})`,
    'codec',
    { ...inProduction('codec'), [name]: 'http://varloom.test' },
    name,
  ]),
];
