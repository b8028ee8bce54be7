// The table of settings that the tests of settings go through: what each process needs, and for each setting what is no value
// of it. A setting that is not in it fails the tests.

import { readApiSettings } from '../../api/settings.ts';
import { readCodecSettings } from '../../codec/settings.ts';
import { readOwnerUrl } from '../../db/settings.ts';
import { readStackSettings } from '../../infra/local/stack-settings.ts';
import type { Environment } from '../../process/settings.ts';
import { readReleaseSettings, readWorkerSettings } from '../../workers/settings.ts';

/** Stands in every secret of the table: no refusal may show it. */
export const PLANTED = 'planted-and-never-shown';
/** Stands in what is malformed: no refusal may show it either. */
export const BAD = `a bad value, ${PLANTED}`;
/** Any text is a value of it; only none at all is not. */
const ANY_TEXT: string[] = [];

export interface ProcessKind {
  read: (environment: Environment) => unknown;
  /** The least that it starts with: all that it needs. */
  needs: Record<string, string>;
  /** What makes it of its kind. */
  chooses?: Record<string, string>;
  /** What it needs in production beside. */
  inProduction: Record<string, string>;
}

export const processNames = [
  'gateway',
  'worker of sagas',
  'worker of calls',
  'worker of the engine',
  'codec',
  'release',
  'migration',
] as const;
export type ProcessName = (typeof processNames)[number];

const shared = {
  DATABASE_URL: `postgres://user:${PLANTED}@127.0.0.1:5432/varloom`,
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  PAYLOAD_KEYS_FILE: '/keys.json',
};
const signIn = {
  OIDC_ISSUER: 'https://issuer.test',
  OIDC_CLIENT_ID: 'id',
  OIDC_CLIENT_SECRET: PLANTED,
};
const https = { PUBLIC_URL: 'https://varloom.test' };
const mail = { WORK_DIRECTORY: '/work', MAIL_URL: `smtp://user:${PLANTED}@127.0.0.1:1025` };

const worker = (queue: string, inProduction: Record<string, string>): ProcessKind => ({
  read: readWorkerSettings,
  needs: { ...shared, ...mail },
  chooses: { WORKER_QUEUES: queue },
  inProduction,
});

export const processes: Record<ProcessName, ProcessKind> = {
  gateway: { read: readApiSettings, needs: { ...shared, ...signIn }, inProduction: https },
  'worker of sagas': worker('orchestration', { WORKFLOW_BUNDLE: '/workflows.js' }),
  'worker of calls': worker('io', {
    ...https,
    AUDIT_KEY_FILE: '/audit-keys.json',
    MAIL_FROM: 'Varloom <no-reply@varloom.test>',
  }),
  'worker of the engine': worker('engine', {}),
  codec: {
    read: readCodecSettings,
    needs: {
      DATABASE_URL: shared.DATABASE_URL,
      PAYLOAD_KEYS_FILE: shared.PAYLOAD_KEYS_FILE,
      ...signIn,
      ...https,
      CODEC_CORS_ORIGIN: 'https://temporal.varloom.test',
      OPERATORS: 'one@varloom.test',
    },
    inProduction: {},
  },
  release: {
    read: readReleaseSettings,
    needs: {
      TEMPORAL_ADDRESS: shared.TEMPORAL_ADDRESS,
      PAYLOAD_KEYS_FILE: shared.PAYLOAD_KEYS_FILE,
      WORKFLOW_BUNDLE: '/workflows.js',
    },
    inProduction: {},
  },
  migration: { read: readOwnerUrl, needs: { DATABASE_OWNER_URL: shared.DATABASE_URL }, inProduction: {} },
};

export const readsStack = (environment: Environment) => readStackSettings({ ...environment });

/** Of a number of whole things from `lowest` to `highest`. */
const noWholeNumber = (lowest: number, highest?: number) => [
  BAD,
  ' ',
  '-1',
  '1.5',
  '0x10',
  '1e3',
  '10MB',
  ...(lowest > 0 ? [String(lowest - 1)] : []),
  ...(highest === undefined ? [] : [String(highest + 1)]),
];
const notHttp = [BAD, `ftp://${PLANTED}`, `//${PLANTED}`];
const noOrigin = [...notHttp, `https://varloom.test/${PLANTED}`, `https://varloom.test?${PLANTED}`];
const noPostgres = [BAD, `http://user:${PLANTED}@host/x`, `mysql://user:${PLANTED}@host/x`];
const noFlag = [BAD, '1', 'yes', 'TRUE'];
/** Well-formed, long since useless, and nobody's: its key is gone. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUFdQ39FJrtxXFqjWgBNkulZUb1XgwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLbm9ib2R5LnRlc3QwIBcNMjYxMTIyMDQ1NjE1WhgPMjEyNjEw
MjkwNDU2MTVaMBYxFDASBgNVBAMMC25vYm9keS50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAETXl1G38OOjLZBYdWXS4t8UTwAbgT25q3azsrsAv+M3vkJmMw
DFE+euUOlPd/xU6L/d0EqSQJcEQcq2W4I/+Yb6NTMFEwHQYDVR0OBBYEFFAzWbeo
ZeJIdMA23pU+33wU1R7OMB8GA1UdIwQYMBaAFFAzWbeoZeJIdMA23pU+33wU1R7O
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgQhAULereEhXiABAF
+j50eNQTRsyFG2a77zBuI0j416ACIA6LVLJoHeKhc4M6/oxULjbLFdkPSCfGSSXr
e/oaXMZx
-----END CERTIFICATE-----`;
/** Also the name of a file in the place of what is in it. */
const noCertificate = [
  BAD,
  `/${PLANTED}.pem`,
  CERTIFICATE.replace('MIIB', 'AAAA'),
  CERTIFICATE.replace('\nMIIB', `\n${PLANTED}`),
];
const noPort = noWholeNumber(0, 65_535);
const noLimit = noWholeNumber(0, 1_000_000);
const YEAR_SECONDS = 31_536_000;
const WEEK_SECONDS = 7 * 24 * 3600;

/** What no process takes for a value. */
export const malformed: Record<string, string[]> = {
  NODE_ENV: [BAD, 'Production'],
  LOG_LEVEL: [BAD],
  OPERATIONS_PORT: noPort,
  OPERATIONS_HOST: ANY_TEXT,
  DATABASE_URL: noPostgres,
  DATABASE_READER_URL: noPostgres,
  DATABASE_OWNER_URL: noPostgres,
  TEMPORAL_ADDRESS: [BAD, `http://${PLANTED}:7233`, PLANTED],
  TEMPORAL_NAMESPACE: ANY_TEXT,
  TEMPORAL_TLS: noFlag,
  TEMPORAL_TLS_CA: noCertificate,
  TEMPORAL_TLS_CERT: noCertificate,
  TEMPORAL_TLS_KEY: [BAD, CERTIFICATE, `/${PLANTED}.pem`],
  TEMPORAL_TLS_SERVER_NAME: [BAD, `https://${PLANTED}`, 'temporal.test:7233'],
  TEMPORAL_API_KEY: [BAD, `${PLANTED}\n${PLANTED}`],
  PAYLOAD_KEYS_FILE: ANY_TEXT,
  PAYLOAD_KEY_SERVICE: [BAD, 'kms://', 'kms://us-east-1/'],
  PATIENT_KEY_SERVICE: [BAD, 'kms://', 'kms://us-east-1/'],
  PATIENT_KEYS_FILE: ANY_TEXT,
  KMS_ENDPOINT: notHttp,
  S3_ENDPOINT: [...notHttp, 'localhost:4566'],
  AWS_REGION: ANY_TEXT,
  AWS_ACCESS_KEY_ID: ANY_TEXT,
  AWS_SECRET_ACCESS_KEY: ANY_TEXT,
  S3_INPUTS_BUCKET: ['ab'],
  S3_RESULTS_BUCKET: ['ab'],
  STORAGE_TOPIC_ARN: [BAD],
  STORAGE_ACCEPT_UNSIGNED: noFlag,
  PORT: noPort,
  HOST: ANY_TEXT,
  PUBLIC_URL: noOrigin,
  TRUSTED_PROXIES: [BAD, '10.0.0.0/33', '::1/129', '10.0.0.1,', 'localhost', '10.0.0.0/8/8'],
  RATE_LIMIT_PRINCIPAL_PER_MINUTE: noLimit,
  RATE_LIMIT_UPLOADS_PER_MINUTE: noLimit,
  RATE_LIMIT_ADDRESS_PER_MINUTE: noLimit,
  RATE_LIMIT_SIGN_IN_PER_MINUTE: noLimit,
  RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE: noLimit,
  OIDC_ISSUER: notHttp,
  OIDC_CLIENT_ID: ANY_TEXT,
  OIDC_CLIENT_SECRET: ANY_TEXT,
  OIDC_SCOPES: [BAD, 'profile email', 'openidx'],
  OIDC_AUDIENCE: ANY_TEXT,
  FREE_UPLOAD_LIMIT_BYTES: noWholeNumber(1),
  PREMIUM_UPLOAD_LIMIT_BYTES: noWholeNumber(1),
  UPLOAD_EXPIRY_SECONDS: noWholeNumber(1, WEEK_SECONDS),
  RETENTION_SECONDS: noWholeNumber(0, YEAR_SECONDS),
  DELIVERY_LINK_SECONDS: noWholeNumber(60, WEEK_SECONDS),
  SIGNATURE_MAX_AGE_SECONDS: noWholeNumber(1, 30 * 24 * 3600),
  SIGNATURE_ACCEPT_ISSUED_AT: noFlag,
  REVIEW_REMINDER_SECONDS: noWholeNumber(1, YEAR_SECONDS),
  REVIEW_ESCALATION_SECONDS: noWholeNumber(1, YEAR_SECONDS),
  REVIEW_CLAIM_SECONDS: noWholeNumber(1, YEAR_SECONDS),
  WEBHOOK_ALLOWED_PRIVATE: [BAD, 'localhost', 'http://localhost:1'],
  WORKER_QUEUES: [BAD, `io,${BAD}`, ',', 'io,io'],
  WORKER_DEPLOYMENT: [BAD, 'a.b'],
  WORKER_BUILD_ID: [BAD, 'a/b'],
  WORKFLOW_BUNDLE: ANY_TEXT,
  WORK_DIRECTORY: ANY_TEXT,
  AUDIT_KEY_FILE: ANY_TEXT,
  ARCHIVE_STORAGE_CLASS: [BAD, 'glacier', 'STANDARD'],
  RESTORE_TIER: [BAD, 'standard'],
  RESTORE_POLL_SECONDS: noWholeNumber(1, 86_400),
  GRACE_PERIOD_SECONDS: noWholeNumber(0, YEAR_SECONDS),
  ENGINE_SLOTS: noWholeNumber(1, 1024),
  ENGINE_MEMORY_BYTES: noWholeNumber(256 * 1024 ** 2),
  ENGINE_WALL_SECONDS: noWholeNumber(1, 11 * 3600),
  MAIL_URL: [BAD, `http://${PLANTED}`, `smtp:${BAD}@`],
  MAIL_FROM: [BAD],
  SES_ENDPOINT: notHttp,
  STRIPE_API_KEY: [BAD, `pk_test_${PLANTED}`],
  STRIPE_WEBHOOK_SECRET: [BAD, PLANTED],
  STRIPE_ENDPOINT: notHttp,
  STRIPE_PRICE_ID: [BAD, `prod_${PLANTED}`],
  CHECKOUT_EXPIRY_SECONDS: noWholeNumber(1, 86_400),
  OPERATORS: [',', ' '],
  CODEC_PORT: noPort,
  CODEC_HOST: ANY_TEXT,
  CODEC_CORS_ORIGIN: [BAD, '*', `ftp://${PLANTED}`],
  CODEC_REQUESTS_PER_MINUTE: noWholeNumber(1, 1_000_000),
  TRACE_ACCEPT_PARENT: noFlag,
  TRACE_URL_TEMPLATE: [BAD, 'https://traces.test/'],
  TEMPORAL_UI_URL: notHttp,
  OTEL_SDK_DISABLED: noFlag,
  OTEL_TRACES_EXPORTER: [BAD, 'zipkin'],
  OTEL_EXPORTER_OTLP_ENDPOINT: notHttp,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: notHttp,
  OTEL_EXPORTER_OTLP_PROTOCOL: [BAD, 'grpc'],
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: [BAD, 'grpc'],
  OTEL_EXPORTER_OTLP_HEADERS: [PLANTED, 'key=%'],
  OTEL_EXPORTER_OTLP_TIMEOUT: noWholeNumber(1, 60_000),
  OTEL_SERVICE_NAME: ANY_TEXT,
  OTEL_RESOURCE_ATTRIBUTES: [PLANTED],
  OTEL_TRACES_SAMPLER: [BAD],
  OTEL_TRACES_SAMPLER_ARG: [BAD, '2', '-0.5'],
};

/** Of processes whose settings are of another kind than the table says. */
export const tolerated: Partial<Record<ProcessName, string[]>> = {
  // Its pages are elsewhere; a path in it does no harm.
  codec: ['PUBLIC_URL'],
};

export function inProduction(name: ProcessName): Record<string, string> {
  return { NODE_ENV: 'production', ...processes[name].inProduction };
}
