// docker-compose.production.yml over docker-compose.yml, and docker-compose.kms.yml over both, merged by the reader of Docker
// Compose itself: every process takes the settings that come of it, as production.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readApiSettings } from '../../api/settings.ts';
import { readCodecSettings } from '../../codec/settings.ts';
import { readBackupSettings } from '../../infra/backup/settings.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { findContainerTool } from '../../infra/setup/container-tools.mjs';
import type { Environment } from '../../process/settings.ts';
import { readReleaseSettings, readWorkerSettings } from '../../workers/settings.ts';
import { imageEnvironment } from './as-deployed.ts';
import { interpolate } from './compose-file.ts';

const run = promisify(execFile);
const composeSpec = findContainerTool('compose-spec');

/** What production.env says. */
const given = {
  DOMAIN: 'varloom.lab.test',
  ACME_EMAIL: 'operator@lab.test',
  OPERATOR_NETWORKS: '10.0.0.0/8',
  OPERATORS: 'operator@lab.test',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  S3_INPUTS_BUCKET: 'lab-inputs',
  S3_RESULTS_BUCKET: 'lab-results',
  STORAGE_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:lab-storage',
  OIDC_ISSUER: 'https://issuer.lab.test',
  OIDC_CLIENT_ID: 'varloom',
  MAIL_FROM: 'Laboratory <varloom@lab.test>',
  BACKUP_DIRECTORY: '/mnt/backups',
  BACKUP_KEYS_DIRECTORY: '/mnt/keys',
};
const KEY = 'kms://eu-central-1/alias/varloom';
const givenForKms = { PAYLOAD_KEY_SERVICE: KEY, PATIENT_KEY_SERVICE: KEY, KMS_ACCESS_KEY_ID: 'AKIAKMSEXAMPLE' };
/** What stands in the files of the secrets, where its form matters. */
const secretTexts: Record<string, string> = {
  database_url: 'postgres://varloom_app:x@postgres:5432/varloom',
  mail_url: 'smtps://lab:x@mail.lab.test:465',
  stripe_api_key: 'sk_live_x',
  stripe_webhook_secret: 'whsec_x',
  store_secret_key: 'of the store',
  kms_secret_key: 'of KMS',
};

/** Of the processes that are no worker and no gateway. */
const READERS: Readonly<Record<string, (environment: Environment) => object>> = {
  codec: readCodecSettings,
  release: readReleaseSettings,
};

/** What comes of two files is a list of NAME=value. */
const environment = z
  .array(z.string())
  .transform((lines) =>
    Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
  );

const model = z.object({
  services: z.record(
    z.string(),
    z.object({
      environment: z.union([environment, z.record(z.string(), z.coerce.string())]).default({}),
      secrets: z.array(z.object({ source: z.string() })).default([]),
      networks: z.record(z.string(), z.unknown()).default({}),
      profiles: z.array(z.string()).default([]),
      volumes: z
        .array(z.object({ source: z.string(), target: z.string(), read_only: z.boolean().default(false) }))
        .default([]),
      ports: z.array(z.object({ published: z.string(), host_ip: z.string().optional() })).default([]),
    }),
  ),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
});
type Model = z.infer<typeof model>;

describe.skipIf(composeSpec === undefined)('in production', () => {
  let directory: string;
  let services: Model['services'];
  let withKms: Model;

  async function merged(names: readonly string[], variables: Readonly<Record<string, string>>): Promise<Model> {
    const place = await mkdtemp(join(directory, 'files-'));
    const files: string[] = [];
    for (const name of names) {
      files.push(join(place, name));
      await writeFile(join(place, name), interpolate(await readFile(join(projectDirectory, name), 'utf8'), variables));
    }
    const flags = ['--format', 'json', '--no-interpolation', '--no-path-resolution'];
    const { stdout } = await run(composeSpec ?? '', [...flags, ...files], { cwd: place });
    return model.parse(JSON.parse(stdout.slice(stdout.indexOf('{'))));
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-production-'));
    await Promise.all(Object.entries(secretTexts).map(([name, text]) => writeFile(join(directory, name), text)));
    const files = ['docker-compose.yml', 'docker-compose.production.yml'];
    ({ services } = await merged(files, given));
    withKms = await merged([...files, 'docker-compose.kms.yml'], { ...given, ...givenForKms });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** With the secrets that are granted; one that is not cannot be read. */
  function environmentOf(name: string, among = services): Environment {
    const service = among[name];
    if (!service) throw new Error(`there is no service ${name}`);
    const granted = new Set(service.secrets.map(({ source }) => source));
    return Object.fromEntries(
      Object.entries({ ...imageEnvironment(), ...service.environment }).map(([key, value]) => {
        const secret = value.replace(/^\/run\/secrets\//, '');
        const isThere = secret !== value && granted.has(secret) && secret in secretTexts;
        // Any text will do for the others, if they are granted.
        const other = secret !== value && granted.has(secret) ? join(directory, 'database_url') : value;
        return [key, isThere ? join(directory, secret) : other];
      }),
    );
  }

  it('the gateways take their settings', () => {
    for (const name of ['gateway-1', 'gateway-2', 'gateway-3']) {
      const settings = readApiSettings(environmentOf(name));
      expect(settings).toMatchObject({ NODE_ENV: 'production', PUBLIC_URL: 'https://varloom.lab.test' });
      expect(settings).toMatchObject({ S3_ENDPOINT: undefined, STORAGE_ACCEPT_UNSIGNED: false });
    }
  });

  it.for(['orchestration', 'io', 'engine'])('the %s worker takes its settings', (queue) => {
    const settings = readWorkerSettings(environmentOf(`worker-${queue}`));
    expect(settings).toMatchObject({ NODE_ENV: 'production', WORKER_QUEUES: [queue], STRIPE_ENDPOINT: undefined });
  });

  it('the codec server takes its settings', () => {
    expect(readCodecSettings(environmentOf('codec'))).toMatchObject({
      OPERATORS: ['operator@lab.test'],
      CODEC_CORS_ORIGIN: 'https://temporal.varloom.lab.test',
    });
  });

  it('who reaches Temporal’s UI, which signs nobody in, can look and do nothing', () => {
    expect(services['temporal-ui']?.environment).toMatchObject({ TEMPORAL_DISABLE_WRITE_ACTIONS: 'true' });
  });

  it('the workers of the version before have the settings of those of this one', () => {
    expect(environmentOf('worker-orchestration-previous')).toEqual(environmentOf('worker-orchestration'));
  });

  it('with KMS each process that reads or writes payloads asks it, has who may, and has a way there', () => {
    const of = (name: string) => environmentOf(name, withKms.services);
    const store = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'of the store' };
    const apart = { AWS_ACCESS_KEY_ID: 'AKIAKMSEXAMPLE', AWS_SECRET_ACCESS_KEY: 'of KMS' };
    const expected = {
      'gateway-1': { ...store, PATIENT_KEY_SERVICE: KEY },
      'gateway-2': { ...store, PATIENT_KEY_SERVICE: KEY },
      'gateway-3': { ...store, PATIENT_KEY_SERVICE: KEY },
      'worker-io': store,
      'worker-engine': store,
      'worker-orchestration': apart,
      'worker-orchestration-previous': apart,
      codec: apart,
      release: apart,
    };
    for (const [name, more] of Object.entries(expected)) {
      const read = name.startsWith('gateway') ? readApiSettings : READERS[name];
      expect([name, (read ?? readWorkerSettings)(of(name))]).toMatchObject([
        name,
        { ...more, PAYLOAD_KEY_SERVICE: KEY },
      ]);
      const networks = Object.keys(withKms.services[name]?.networks ?? {});
      expect([name, networks]).toEqual([name, expect.arrayContaining(['data'])]);
      expect([name, networks.some((network) => withKms.networks[network]?.internal === false)]).toEqual([name, true]);
    }
    // Whoever is given the keys of payloads is among them; a backup copies their file, and asks KMS nothing.
    const reading = Object.entries(withKms.services).filter(
      ([name, { secrets }]) => name !== 'backup' && secrets.some(({ source }) => source === 'payload_keys'),
    );
    expect(reading.map(([name]) => name).toSorted()).toEqual(Object.keys(expected).toSorted());
    expect(readApiSettings(environmentOf('gateway-1'))).toMatchObject({ PAYLOAD_KEY_SERVICE: 'file:' });
  });

  it('backup and restore take their settings, and have directories that the operator names', () => {
    const command = { keysDirectory: '/backup-keys/varloom' };
    for (const name of ['backup', 'restore']) {
      const settings = readBackupSettings({ ...environmentOf(name) }, command);
      expect(settings).toMatchObject({
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'of the store' },
        buckets: { inputs: 'lab-inputs', results: 'lab-results' },
      });
      expect(Object.keys(settings.keyFiles)).toEqual(['PAYLOAD_KEYS_FILE', 'PATIENT_KEYS_FILE', 'AUDIT_KEY_FILE']);
      expect(withKms.services[name]?.environment).toMatchObject({ PATIENT_KEY_SERVICE: KEY });
    }
    const mounts = (name: string) =>
      services[name]?.volumes.map(({ source, target, read_only: isReadOnly }) => [source, target, isReadOnly]);
    expect(mounts('backup')).toEqual([
      ['/mnt/backups', '/backups', false],
      ['/mnt/keys', '/backup-keys', false],
    ]);
    expect(mounts('restore')).toEqual([
      [expect.stringMatching(/\.varloom\/compose$/), '/settings', false],
      ['/mnt/backups', '/backups', true],
      ['/mnt/keys', '/backup-keys', true],
    ]);
  });

  it('no stand-in runs, and nobody reaches more than the proxy', () => {
    const left = Object.entries(services).filter(([, { profiles }]) => profiles.length === 0);
    const standIns = ['store', 'store-buckets', 'store-notices', 'mail', 'issuer', 'payments', 'seed'];
    expect(left.map(([name]) => name).filter((name) => standIns.includes(name))).toEqual([]);
    const published = left.filter(([, { ports }]) => ports.length > 0).map(([name]) => name);
    expect(published).toEqual(['proxy']);
  });
});
