// docker-compose.production.yml over docker-compose.yml, merged by the reader of Docker Compose itself: every process takes the
// settings that come of it, as production.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readApiSettings } from '../../api/settings.ts';
import { readCodecSettings } from '../../codec/settings.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { findContainerTool } from '../../infra/setup/container-tools.mjs';
import type { Environment } from '../../process/settings.ts';
import { readWorkerSettings } from '../../workers/settings.ts';
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
};
/** What stands in the files of the secrets, where its form matters. */
const secretTexts: Record<string, string> = {
  database_url: 'postgres://varloom_app:x@postgres:5432/varloom',
  mail_url: 'smtps://lab:x@mail.lab.test:465',
  stripe_api_key: 'sk_live_x',
  stripe_webhook_secret: 'whsec_x',
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
      profiles: z.array(z.string()).default([]),
      ports: z.array(z.object({ published: z.string(), host_ip: z.string().optional() })).default([]),
    }),
  ),
});

describe.skipIf(composeSpec === undefined)('in production', () => {
  let directory: string;
  let services: z.infer<typeof model>['services'];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-production-'));
    const files: string[] = [];
    for (const name of ['docker-compose.yml', 'docker-compose.production.yml']) {
      files.push(join(directory, name));
      await writeFile(join(directory, name), interpolate(await readFile(join(projectDirectory, name), 'utf8'), given));
    }
    await Promise.all(Object.entries(secretTexts).map(([name, text]) => writeFile(join(directory, name), text)));
    const flags = ['--format', 'json', '--no-interpolation', '--no-path-resolution'];
    const { stdout } = await run(composeSpec ?? '', [...flags, ...files], { cwd: directory });
    ({ services } = model.parse(JSON.parse(stdout.slice(stdout.indexOf('{')))));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** With the secrets that are granted; one that is not cannot be read. */
  function environmentOf(name: string): Environment {
    const service = services[name];
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

  it('no stand-in runs, and nobody reaches more than the proxy', () => {
    const left = Object.entries(services).filter(([, { profiles }]) => profiles.length === 0);
    const standIns = ['store', 'store-buckets', 'store-notices', 'mail', 'issuer', 'payments', 'seed'];
    expect(left.map(([name]) => name).filter((name) => standIns.includes(name))).toEqual([]);
    const published = left.filter(([, { ports }]) => ports.length > 0).map(([name]) => name);
    expect(published).toEqual(['proxy']);
  });
});
