// What can be told of Dockerfile, docker-compose.yml and what belongs to them without an engine: they hold together, and
// Docker Compose's own reader and a linter find no fault.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SEARCH_ATTRIBUTES } from '../../domain/search-attributes.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { findContainerTool } from '../../infra/setup/container-tools.mjs';
import { findPrometheusTool } from '../../infra/setup/prometheus.mjs';
import { makeSettings } from './as-deployed.ts';
import { readComposeFile } from './compose-file.ts';

const run = promisify(execFile);
const inProject = (...parts: string[]) => join(projectDirectory, ...parts);
const textOf = (...parts: string[]) => readFileSync(inProject(...parts), 'utf8');
const file = readComposeFile();
const services = Object.entries(file.services);

let directory: string;
let settings: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-files-'));
  settings = await makeSettings(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const [hadolint, composeSpec] = [findContainerTool('hadolint'), findContainerTool('compose-spec')];
const promtool = findPrometheusTool('promtool');

it.skipIf(hadolint === undefined)('hadolint finds no fault in the Dockerfile', async () => {
  expect((await run(hadolint ?? '', [inProject('Dockerfile')])).stdout).toBe('');
});

it.skipIf(composeSpec === undefined)(
  'the reader of Docker Compose takes the file, and reads it as these tests do',
  async () => {
    const args = ['--format', 'json', '--no-path-resolution', inProject('docker-compose.yml')];
    const { stdout } = await run(composeSpec ?? '', args, { cwd: settings });
    const read = z
      .object({
        services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.coerce.string()).default({}) })),
      })
      // Before the model it tells what it does.
      .parse(JSON.parse(stdout.slice(stdout.indexOf('{'))));
    expect(Object.keys(read.services).toSorted()).toEqual(services.map(([name]) => name).toSorted());
    // Files of more settings are those of this machine, if it has any.
    const environments = services
      .filter(([, { env_file: files }]) => files.length === 0)
      .map(([name, { environment }]) => ({ name, environment }));
    const theirs = environments.map(({ name }) => ({ name, environment: read.services[name]?.environment }));
    expect(theirs).toEqual(environments);
  },
);

it.skipIf(promtool === undefined)('promtool finds no fault in the configuration for containers', async () => {
  const check = ['check', 'config', '--syntax-only', inProject('infra', 'docker', 'prometheus', 'prometheus.yml')];
  expect((await run(promtool ?? '', check)).stdout).toContain('SUCCESS');
});

it('Prometheus asks every process of the file, and knows its kind', () => {
  const [{ dns_sd_configs: found, relabel_configs: relabelled }] = z
    .object({
      scrape_configs: z.tuple(
        [
          z.object({
            dns_sd_configs: z.tuple([z.object({ names: z.array(z.string()) })]),
            relabel_configs: z.tuple([z.object({ regex: z.string() })]),
          }),
        ],
        z.unknown(),
      ),
    })
    .parse(parse(textOf('infra', 'docker', 'prometheus', 'prometheus.yml'))).scrape_configs;
  const processes = services.filter(([, { command }]) => /^(?:api|workers|codec)\/main\.ts$/.test(command?.[1] ?? ''));
  expect(found[0].names.toSorted()).toEqual(processes.map(([name]) => name).toSorted());
  // Prometheus matches whole values.
  const kind = new RegExp(`^(?:${relabelled[0].regex})$`);
  expect(new Set(found[0].names.map((name) => kind.exec(name)?.[1]))).toEqual(
    new Set(['gateway', 'worker-orchestration', 'worker-io', 'worker-engine', 'codec']),
  );
});

it('every name in the file is of something that is there', () => {
  const missing = services.flatMap(([name, service]) => [
    ...service.networks.filter((network) => !(network in file.networks)).map((network) => `${name}: ${network}`),
    ...service.secrets.filter((secret) => !(secret in file.secrets)).map((secret) => `${name}: ${secret}`),
    ...Object.keys(service.depends_on)
      .filter((other) => !(other in file.services))
      .map((other) => `${name}: ${other}`),
    ...service.volumes.filter((volume) => !isThere(volume)).map((volume) => `${name}: ${volume}`),
  ]);
  expect(missing).toEqual([]);
  const used = new Set(services.flatMap(([, { secrets }]) => secrets));
  expect(Object.keys(file.secrets).filter((secret) => !used.has(secret))).toEqual([]);
});

function isThere(volume: string): boolean {
  const [source = ''] = volume.split(':');
  // Made by make-settings.mjs, or by who keeps backups.
  if (source.startsWith('./.varloom/')) return true;
  if (source.startsWith('./')) return existsSync(inProject(source));
  return source.startsWith('/') || source in file.volumes;
}

it('make-settings makes each file that the compose file asks for', () => {
  const made = new Set(readdirSync(settings));
  const wanted = [
    ...Object.values(file.secrets).map((secret) => secret.file),
    ...services.flatMap(([, s]) => s.env_file),
  ];
  expect(wanted.filter((path) => !path.startsWith('.varloom/compose/') || !made.has(basename(path)))).toEqual([]);
  // Nobody can sign with the authority that people are asked to trust.
  expect([...made].filter((name) => name.includes('authority'))).toEqual(['tls-authority.pem']);
});

it('settings name only secrets that their service is granted', () => {
  const ungranted = services.flatMap(([name, { environment, secrets, command = [] }]) =>
    [...JSON.stringify([environment, command]).matchAll(/\/run\/secrets\/(\w+)/g)]
      .map(([, secret = '']) => secret)
      .filter((secret) => !secrets.includes(secret))
      .map((secret) => `${name}: ${secret}`),
  );
  expect(ungranted).toEqual([]);
});

it('what is run by hand has what it works on: backups are only read by a restore, and keys are written by those who may', () => {
  const mounts = (name: string) => file.services[name]?.volumes;
  const byHand = services.filter(([, { profiles }]) => profiles.includes('by-hand'));
  expect(byHand.map(([name]) => name)).toEqual(['backup', 'restore', 'keys']);
  // Nobody waits for them, and nothing starts them: they are never part of `up`.
  expect(
    services.flatMap(([, s]) => Object.keys(s.depends_on)).filter((name) => byHand.some(([n]) => n === name)),
  ).toEqual([]);
  expect(mounts('backup')).toEqual(['./.varloom/backups:/backups', './.varloom/backup-keys:/backup-keys']);
  expect(mounts('restore')).toEqual([
    './.varloom/compose:/settings',
    './.varloom/backups:/backups:ro',
    './.varloom/backup-keys:/backup-keys:ro',
  ]);
  expect(mounts('keys')).toEqual(['./.varloom/compose:/settings']);
  expect(file.services['keys']).toMatchObject({ network_mode: 'none', networks: [], secrets: [] });
});

it('production.env, which stands beside the files, goes into no image and no commit', () => {
  for (const name of ['.dockerignore', '.gitignore']) expect(textOf(name).split('\n')).toContain('*.env');
});

it('Postgres writes no row that it refuses into its log', () => {
  expect(file.services['postgres']?.command?.join(' ')).toContain('-c log_error_verbosity=terse');
});

it('no password is in the compose file', () => {
  const names = services.flatMap(([name, { environment }]) =>
    Object.keys(environment)
      .filter((key) => /PASSWORD|SECRET|API_KEY|DATABASE_.*URL/.test(key) && !key.endsWith('_FILE'))
      .map((key) => `${name}: ${key}`),
  );
  expect(names).toEqual([]);
});

it('nothing but the proxy and the store is published, and that on this machine only', () => {
  const published = services.filter(([, { ports }]) => ports.length > 0);
  expect(published.map(([name]) => name)).toEqual(['proxy', 'store']);
  const ports = published.flatMap(([, service]) => service.ports);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

it('Postgres and Temporal are in a network without a way in or out', () => {
  const inside = ['postgres', 'temporal', 'migrate', 'worker-orchestration', 'release'];
  expect(inside.map((name) => file.services[name]?.networks)).toEqual(inside.map(() => ['data']));
  expect(file.networks['data']?.internal).toBe(true);
});

it('processes of ours can write nothing, are nobody, and get nothing that they had not', () => {
  const ours = services.filter(([, { image }]) => image.startsWith('varloom'));
  expect(ours.length).toBeGreaterThan(10);
  const loose = ours.filter(
    ([, service]) =>
      !service.read_only ||
      service.cap_drop[0] !== 'ALL' ||
      service.security_opt[0] !== 'no-new-privileges:true' ||
      service['user'] !== undefined ||
      service['cap_add'] !== undefined,
  );
  expect(loose.map(([name]) => name)).toEqual([]);
  const users = [...textOf('Dockerfile').matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
  expect(users).toEqual(['1000:1000', '1000:1000']);
});

it('the first process of every container of ours reaps what others leave', () => {
  const bare = services.filter(([, service]) => service.image.startsWith('varloom') && service['init'] !== true);
  expect(bare.map(([name]) => name)).toEqual([]);
});

it('something waits for the end of whatever ends: `up --wait` would take it for a failure', () => {
  const ending = services
    .filter(([, { restart }]) => restart === 'no' || restart.startsWith('on-failure'))
    .filter(([, { profiles }]) => !profiles.includes('by-hand'));
  expect(ending.length).toBeGreaterThan(5);
  const awaited = new Set(
    services.flatMap(([, service]) =>
      Object.entries(service.depends_on)
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  );
  expect(ending.map(([name]) => name).filter((name) => !awaited.has(name))).toEqual([]);
});

it('Node is the version that package.json names, for all that the image says', () => {
  const { dependencies } = z
    .object({ dependencies: z.object({ node: z.string() }) })
    .parse(JSON.parse(textOf('package.json')));
  const named = [...textOf('Dockerfile').matchAll(/(?:NODE_VERSION=|node:)(\d[\d.]*)/g)].map(([, version]) => version);
  expect(new Set(named)).toEqual(new Set([dependencies.node]));
});

it('every image has a tag, and none that moves', () => {
  const moving = services
    .map(([, { image }]) => image)
    .filter((image) => !/:(local|previous|v?\d+\.\d+[\w.-]*)$/.test(image));
  expect(moving).toEqual([]);
});

it('Temporal learns of the search attributes that sagas set, and of what priority and versions need', () => {
  const names = /for name in ([\w ]+);/.exec(textOf('infra', 'docker', 'temporal', 'namespace.sh'))?.[1];
  expect(names?.split(' ').toSorted()).toEqual([...SEARCH_ATTRIBUTES].toSorted());
  const dynamic: unknown = parse(textOf('infra', 'docker', 'temporal', 'dynamic-config.yaml'));
  expect(dynamic).toMatchObject({
    'matching.useNewMatcher': [{ value: true }],
    'matching.enableFairness': [{ value: true }],
    'system.enableDeploymentVersions': [{ value: true }],
  });
});

it.for(['Caddyfile', 'Caddyfile.production'])(
  '%s knows the services that it passes on to, and ends idle connections before they do',
  (name) => {
    const proxy = textOf('infra', 'docker', 'proxy', name);
    const upstreams = [...proxy.matchAll(/^\treverse_proxy ([^{\n]+)/gm)].flatMap(([, names = '']) =>
      names.trim().split(' '),
    );
    const unknown = upstreams.filter((upstream) => !((upstream.split(':')[0] ?? '') in file.services));
    expect(unknown).toEqual([]);
    expect(upstreams.filter((upstream) => upstream.startsWith('gateway-'))).toHaveLength(3);
    // Whoever is on duty reaches dashboards and traces, by names of their own.
    expect(upstreams).toEqual(
      expect.arrayContaining(['codec:8091', 'temporal-ui:8080', 'grafana:3000', 'jaeger:16686']),
    );
    for (const [, seconds] of proxy.matchAll(/(?:idle|keepalive) (\d+)s/g)) expect(Number(seconds)).toBeLessThan(75);
  },
);

it('in production all but the gateways answers operators alone', () => {
  const proxy = textOf('infra', 'docker', 'proxy', 'Caddyfile.production');
  const sites = [...proxy.matchAll(/^(https:\S+) \{\n([^]*?)^\}/gm)].map(([, name, text = '']) => ({ name, text }));
  const open = sites.filter(({ text }) => !text.includes('\timport operators\n')).map(({ name }) => name);
  expect(open).toEqual(['https://{$DOMAIN}']);
  expect(sites).toHaveLength(5);
});

it.for(['Caddyfile', 'Caddyfile.production'])(
  '%s asks whether a gateway lives: what all of them miss takes none of them away',
  (name) => {
    const asked = [...textOf('infra', 'docker', 'proxy', name).matchAll(/^\s*health_uri (\S+)$/gm)];
    expect(asked.map(([, path]) => path)).toEqual(['/health']);
  },
);
