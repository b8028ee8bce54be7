// Each process of docker-compose.yml starts, is healthy by the image's own check, and stops within its grace period, with
// exactly the settings that image and file give it.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { projectDirectory } from '../../infra/local/home.ts';
import { startInstalled, type InstalledProcess } from '../support/installation.ts';
import { makeNamespace } from '../support/namespace.ts';
import { createTestDatabase, type TestDatabase } from '../support/services.ts';
import { environmentOf, makeSettings, programOf, serviceOf, type Installation } from './as-deployed.ts';
import { readComposeFile, type ComposeService } from './compose-file.ts';

const run = promisify(execFile);
const healthCheck = join(projectDirectory, 'infra', 'docker', 'health.mjs');
/** What is started, and the services that differ from it in nothing that a process sees: they are not started as well. */
const STANDS_FOR: Record<string, string[]> = {
  'gateway-1': ['gateway-2', 'gateway-3'],
  'worker-orchestration': ['worker-orchestration-previous'],
  'worker-io': [],
  'worker-engine': [],
  codec: [],
};
const PROCESSES = Object.keys(STANDS_FOR);
const MAIN = /^(?:api|workers|codec)\/main\.ts$/;

let directory: string;
let database: TestDatabase;
let installation: Installation;
const started = new Map<string, { process: InstalledProcess; environment: Record<string, string> }>();

/** Runs the service's command, or another one in its place, to its end; rejects unless it exits with 0. */
async function toItsEnd(name: string, instead?: readonly string[]): Promise<string> {
  const environment = await environmentOf(installation, name);
  const [program = '', ...words] = instead ?? serviceOf(installation.file, name).command ?? [];
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const here = (word: string) => unescaped(word).replace(/^\/(?=backup)/, `${directory}/`);
  const { stdout } = await run(program, words.map(here), {
    cwd: projectDirectory,
    env: { ...environment, PATH: path, NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    timeout: 60_000,
  });
  return stdout;
}
/** A dollar sign that Compose leaves alone is written twice. */
const unescaped = (word: string) => word.replaceAll('$$', '$');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-deployment-'));
  database = await createTestDatabase();
  const secrets = await makeSettings(directory);
  const store = inject('store');
  // What is here has names and passwords of its own.
  await writeFile(join(secrets, 'store_secret_key'), store.secretAccessKey);
  const { address } = inject('temporal');
  const connection = await Connection.connect({ address });
  const namespace = await makeNamespace(connection, 'deployment');
  await connection.close();
  installation = {
    file: readComposeFile(),
    secrets,
    directory,
    bundle: inject('workflowBundle'),
    exchanges: [
      ['temporal:7233', address],
      ['http://store.localhost:4566', store.endpoint],
      ['smtp://mail:1025', inject('mail').smtp],
      // Whole buckets are backed up: other tests have theirs.
      ['varloom-inputs', 'deployment-inputs'],
      ['varloom-results', 'deployment-results'],
    ],
    namespace,
  };
  await connectTo(database);
});

/** What is started from here on has this database. */
async function connectTo({ url, ownerUrl }: TestDatabase): Promise<void> {
  await writeFile(join(installation.secrets, 'database_url'), url);
  await writeFile(join(installation.secrets, 'database_owner_url'), ownerUrl);
}

afterAll(async () => {
  for (const { process: running } of started.values()) await running.kill();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

it('what is started here stands for every process of the file', () => {
  const asProcess = ({ command, environment, secrets, stop_grace_period }: ComposeService) => ({
    command,
    environment,
    secrets,
    stop_grace_period,
  });
  const { services } = installation.file;
  const known = Object.entries(STANDS_FOR).flatMap(([name, others]) => [name, ...others]);
  const there = Object.keys(services).filter((name) => MAIN.test(services[name]?.command?.[1] ?? ''));
  expect(there.toSorted()).toEqual(known.toSorted());
  for (const [name, others] of Object.entries(STANDS_FOR)) {
    const one = asProcess(serviceOf(installation.file, name));
    for (const other of others) expect([other, asProcess(serviceOf(installation.file, other))]).toEqual([other, one]);
  }
});

it('migrates, lays out the store and seeds', async () => {
  const [buckets] = await Promise.all([toItsEnd('store-buckets'), toItsEnd('migrate').then(() => toItsEnd('seed'))]);
  expect(buckets).not.toContain('posts to');
  const sql = postgres(database.ownerUrl, { max: 1 });
  const [row] = await sql`select count(*)::int as users from users`;
  await sql.end();
  expect(row?.['users']).toBe(7);
});

it('each process starts, and the health check of the image says so', async () => {
  const starts = PROCESSES.map(async (name) => {
    const environment = await environmentOf(installation, name);
    const installed = await startInstalled(name, programOf(installation.file, name), environment);
    started.set(name, { process: installed, environment });
    expect(installed.output()).not.toContain('warning:');
    // As Docker asks: again and again, until the start period of two minutes is over.
    const isHealthy = () => run(process.execPath, [healthCheck], { env: environment });
    await vi.waitFor(isHealthy, { timeout: 120_000, interval: 1000 });
  });
  const failures = (await Promise.allSettled(starts)).filter(({ status }) => status === 'rejected');
  expect(failures).toEqual([]);
  // All at once: however busy the machine is, they get there.
}, 240_000);

it('releases the version of the workers', async () => {
  expect(await toItsEnd('release')).toMatch(/^\w{16} is current/m);
  expect(await toItsEnd('release')).toContain('is the current version already');
});

async function rowsOf({ ownerUrl }: TestDatabase, table: 'users' | 'backups'): Promise<unknown> {
  const sql = postgres(ownerUrl, { max: 1 });
  const [row] = await sql`select count(*)::int as rows from ${sql(table)}`;
  await sql.end();
  return row?.['rows'];
}

it('is backed up while it runs, and restored into an empty installation with its keys', async () => {
  expect(await toItsEnd('backup')).toContain('keys: PAYLOAD_KEYS_FILE, PATIENT_KEYS_FILE, AUDIT_KEY_FILE');
  expect(await rowsOf(database, 'backups')).toBe(1);
  const empty = await createTestDatabase();
  try {
    // Of a key file that is lost, the copy is put where the gateways look for it.
    const path = join(installation.secrets, 'patient-keys.json');
    const keys = await readFile(path, 'utf8');
    await rm(path);
    await connectTo(empty);
    expect(await toItsEnd('restore')).toContain('restore: all is there');
    expect(await readFile(path, 'utf8')).toBe(keys);
    expect(await rowsOf(empty, 'users')).toBe(7);
    expect(await rowsOf(empty, 'backups')).toBe(0);
  } finally {
    await connectTo(database);
    await empty.drop();
  }
});

it('its keys are rotated where the processes have them from', async () => {
  const keys = (...words: string[]) => toItsEnd('keys', ['node', 'kms/main.ts', ...words]);
  await keys('add', 'next');
  await keys('activate', 'next');
  expect(await toItsEnd('keys')).toContain('next  active');
  const path = join(installation.secrets, 'payload-keys.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ active: 'next' });
});

it('each stops with 0, well before Docker would kill it; then the health check fails', async () => {
  expect([...started.keys()].toSorted()).toEqual(PROCESSES.toSorted());
  const stops = await Promise.all(
    [...started].map(async ([name, { process: running }]) => ({ name, ...(await running.stop()) })),
  );
  expect(stops.filter(({ code }) => code !== 0)).toEqual([]);
  const late = stops.filter(({ name, seconds }) => seconds > serviceOf(installation.file, name).stop_grace_period / 2);
  expect(late).toEqual([]);
  const [stopped] = started.values();
  const check = run(process.execPath, [healthCheck], {
    env: stopped?.environment ?? {},
  });
  await expect(check).rejects.toMatchObject({ code: 1 });
});
