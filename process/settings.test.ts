// The settings of every process: what is missing, malformed or contradictory is refused by name, and no value is shown.

import { describe, expect, it } from 'vitest';
import { readApiSettings } from '../api/settings.ts';
import { readWorkerSettings } from '../workers/settings.ts';
import { BadSettings, type Environment } from './settings.ts';

const shared = {
  DATABASE_URL: 'postgres://user:secret@127.0.0.1:5432/varloom',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  PAYLOAD_KEYS_FILE: '/keys.json',
};
const processes = {
  gateway: {
    read: readApiSettings,
    good: {
      ...shared,
      OIDC_ISSUER: 'https://issuer.test',
      OIDC_CLIENT_ID: 'id',
      OIDC_CLIENT_SECRET: 'secret',
    },
    required: ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', ...Object.keys(shared)],
  },
  worker: {
    read: readWorkerSettings,
    good: { ...shared, WORK_DIRECTORY: '/work', MAIL_URL: 'smtp://127.0.0.1:1025' },
    required: ['WORK_DIRECTORY', 'MAIL_URL', ...Object.keys(shared)],
  },
} as const;
type ProcessName = keyof typeof processes;

const BAD = 'a-bad-value';
const malformed: [ProcessName, string, string?][] = [
  ...(['gateway', 'worker'] as const).flatMap((name): [ProcessName, string, string?][] => [
    [name, 'DATABASE_URL'],
    [name, 'DATABASE_URL', `http://${BAD}/x`],
    [name, 'DATABASE_READER_URL', `mysql://${BAD}/x`],
    [name, 'TEMPORAL_ADDRESS'],
    [name, 'TEMPORAL_ADDRESS', `http://${BAD}:7233`],
    [name, 'NODE_ENV'],
    [name, 'LOG_LEVEL'],
    [name, 'S3_ENDPOINT'],
    [name, 'S3_INPUTS_BUCKET', 'ab'],
    [name, 'RETENTION_SECONDS'],
    [name, 'RETENTION_SECONDS', '-1'],
    [name, 'RETENTION_SECONDS', '1.5'],
    [name, 'RETENTION_SECONDS', ' '],
    [name, 'RETENTION_SECONDS', '0x10'],
    [name, 'RETENTION_SECONDS', '1e3'],
    [name, 'RETENTION_SECONDS', '31536001'],
    [name, 'PUBLIC_URL'],
    [name, 'SIGNATURE_MAX_AGE_SECONDS', '0'],
    [name, 'REVIEW_REMINDER_SECONDS'],
    [name, 'REVIEW_ESCALATION_SECONDS', '31536001'],
  ]),
  ['gateway', 'PORT'],
  ['gateway', 'PORT', '65536'],
  ['gateway', 'PORT', ' '],
  ['gateway', 'OIDC_ISSUER'],
  ['gateway', 'OIDC_ISSUER', `ftp://${BAD}`],
  ['gateway', 'FREE_UPLOAD_LIMIT_BYTES'],
  ['gateway', 'FREE_UPLOAD_LIMIT_BYTES', '0'],
  ['gateway', 'FREE_UPLOAD_LIMIT_BYTES', '10MB'],
  ['gateway', 'PREMIUM_UPLOAD_LIMIT_BYTES', '-5'],
  ['gateway', 'UPLOAD_EXPIRY_SECONDS', '0'],
  ['gateway', 'UPLOAD_EXPIRY_SECONDS', '604801'],
  ['gateway', 'PATIENT_KEY_SERVICE'],
  ['gateway', 'PATIENT_KEY_SERVICE', 'kms://us-east-1/'],
  ['gateway', 'KMS_ENDPOINT'],
  ['gateway', 'STORAGE_TOPIC_ARN'],
  ['gateway', 'STORAGE_ACCEPT_UNSIGNED'],
  ['gateway', 'STORAGE_ACCEPT_UNSIGNED', '1'],
  ['worker', 'WORKER_QUEUES'],
  ['worker', 'WORKER_QUEUES', `io,${BAD}`],
  ['worker', 'WORKER_QUEUES', ','],
  ['worker', 'ENGINE_SLOTS', '0'],
  ['worker', 'ENGINE_MEMORY_BYTES', '1000'],
  ['worker', 'ENGINE_WALL_SECONDS', '0'],
  ['worker', 'MAIL_URL'],
  ['worker', 'MAIL_URL', `http://${BAD}`],
  ['worker', 'SES_ENDPOINT'],
];

function refusal(name: ProcessName, changes: Environment): string {
  const { read, good } = processes[name];
  try {
    read({ ...good, ...changes });
  } catch (error) {
    if (error instanceof BadSettings) return error.message;
    throw error;
  }
  return '';
}
const named = (message: string) => [...message.matchAll(/^ {2}([A-Z][\w.]*):/gm)].map(([, name]) => name);

describe.for(Object.keys(processes) as ProcessName[])('%s', (name) => {
  const { read, good, required } = processes[name];
  it('starts with what it needs, and cannot be changed afterwards', () => {
    const settings = read(good);
    expect(settings).toMatchObject({ NODE_ENV: 'development', RETENTION_SECONDS: 300 });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  it.for(required)('refuses to start without %s, and with an empty one', (setting) => {
    for (const value of [undefined, '']) {
      const message = refusal(name, { [setting]: value });
      expect(named(message)).toEqual([setting]);
      expect(message).toContain('is required');
    }
  });

  it('names all that is wrong at once', () => {
    const bad = Object.fromEntries(required.map((setting) => [setting, undefined]));
    expect(named(refusal(name, { ...bad, LOG_LEVEL: BAD })).toSorted()).toEqual([...required, 'LOG_LEVEL'].toSorted());
  });
});

it.for(malformed)('%s refuses %s=%s', ([name, setting, value = BAD]) => {
  const message = refusal(name, { [setting]: value });
  expect(new Set(named(message))).toEqual(new Set([setting]));
  expect(message).not.toContain('is required');
  expect(message).not.toContain(BAD);
  expect(message).not.toContain('secret@');
});

const https = { NODE_ENV: 'production', PUBLIC_URL: 'https://varloom.test' };
it.for<[string, ProcessName, Environment, string]>([
  [
    'unsigned notices in production',
    'gateway',
    { ...https, STORAGE_ACCEPT_UNSIGNED: 'true' },
    'STORAGE_ACCEPT_UNSIGNED',
  ],
  ['production without an address', 'gateway', { NODE_ENV: 'production' }, 'PUBLIC_URL'],
  ['production over http', 'gateway', { ...https, PUBLIC_URL: 'http://varloom.test' }, 'PUBLIC_URL'],
  ['an issuer over http in production', 'gateway', { ...https, OIDC_ISSUER: 'http://issuer.test' }, 'OIDC_ISSUER'],
  ['workflows bundled in production', 'worker', { NODE_ENV: 'production' }, 'WORKFLOW_BUNDLE'],
  [
    'an audit log without checkpoints in production',
    'worker',
    { NODE_ENV: 'production', WORKER_QUEUES: 'io' },
    'AUDIT_KEY_FILE',
  ],
  ...(Object.keys(processes) as ProcessName[]).map((name): [string, ProcessName, Environment, string] => [
    'people told of a late review before its reviewers are',
    name,
    { REVIEW_REMINDER_SECONDS: '100', REVIEW_ESCALATION_SECONDS: '99' },
    'REVIEW_ESCALATION_SECONDS',
  ]),
])('refuses what contradicts: %s', ([, name, changes, setting]) => {
  expect(refusal(name, changes)).toContain(setting);
});

const pair = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
it.for(
  (['gateway', 'worker'] as const).flatMap((name) => [
    { name, given: pair[0], missing: pair[1] },
    { name, given: pair[1], missing: pair[0] },
  ]),
)('$name refuses $given without $missing, and names both', ({ name, given, missing }) => {
  for (const nothing of [undefined, '']) {
    const message = refusal(name, { [given]: BAD, [missing]: nothing });
    expect(named(message)).toEqual([missing]);
    expect(message).toContain(given);
    expect(message).not.toContain(BAD);
  }
  expect(refusal(name, { [given]: BAD, [missing]: BAD })).toBe('');
});

it('starts in production with what production needs', () => {
  expect(refusal('gateway', https)).toBe('');
  const all = { NODE_ENV: 'production', WORKFLOW_BUNDLE: '/workflows.js', AUDIT_KEY_FILE: '/audit-keys.json' };
  expect(refusal('worker', all)).toBe('');
  // Only who runs workflows needs their code, and only who signs checkpoints the key.
  expect(refusal('worker', { NODE_ENV: 'production', WORKER_QUEUES: 'engine' })).toBe('');
});
