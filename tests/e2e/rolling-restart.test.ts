// A new version at noon: every gateway and worker is replaced, twice, while jobs come and go; to a version with a changed
// workflow and one more migration. Nobody notices.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { migrate } from '../../db/migrate.ts';
import { jobId as toJobId, workflowIds } from '../../domain/ids.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { pinnedTo } from '../../workers/release.ts';
import {
  settingsOf,
  startInstalled,
  startRetryingProxy,
  type InstalledProcess,
  type RetryingProxy,
} from '../support/installation.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { stopsMidway } from './stopped-midway.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const run = promisify(execFile);
const { WorkflowTaskFailedCause } = protocol.temporal.api.enums.v1;
/** Fewer where only the way of it is looked at: replacing takes as long, and is what the jobs go through. */
const LEAST_JOBS = Number(process.env['VARLOOM_ROLLING_JOBS'] ?? 200);
const CLIENTS = 6;
/** What a gateway or worker may take to stop: what the images and charts give them. */
const STOP_LIMIT_SECONDS = 25;
const DEPLOYMENT = 'varloom';

let stack: TestStack;
let proxy: RetryingProxy;
let directory: string;
let settings: Record<string, string>;
let client: Client;
/** What serves when nothing is replaced. */
let installation: Installation;
const all: InstalledProcess[] = [];
const stops: { name: string; code: number | null; seconds: number }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-rolling-'));
  stack = await startStack({ env: { VARLOOM_PARTS: 'services' } });
  settings = {
    ...settingsOf(stack.home),
    WORKER_DEPLOYMENT: DEPLOYMENT,
    RETENTION_SECONDS: '2',
    RATE_LIMIT_PRINCIPAL_PER_MINUTE: '0',
    RATE_LIMIT_UPLOADS_PER_MINUTE: '0',
    LOG_LEVEL: 'info',
  };
  proxy = await startRetryingProxy(Number(new URL(stack.stack.api).port));
  client = createTemporalClient({
    address: stack.stack.temporal.address,
    namespace: stack.stack.temporal.namespace,
    keys: readPayloadKeys(settings['PAYLOAD_KEYS_FILE'] ?? ''),
  });
});
afterAll(async () => {
  await client?.connection.close();
  await Promise.all(all.map((process_) => process_.kill()));
  await proxy?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Version {
  buildId: string;
  bundle: string;
}

const install = async (name: string, program: string, extra: Record<string, string>): Promise<InstalledProcess> => {
  const process_ = await startInstalled(name, program, { ...settings, ...extra });
  all.push(process_);
  return process_;
};
const worker = ({ buildId, bundle }: Version, queue: string) =>
  install(`worker-${queue} ${buildId}`, 'workers/main.ts', {
    WORKER_QUEUES: queue,
    WORKFLOW_BUNDLE: bundle,
    WORKER_BUILD_ID: buildId,
  });
const gateway = ({ buildId }: Version, n: number) => install(`gateway-${n} ${buildId}`, 'api/main.ts', { PORT: '0' });
const stop = async (process_: InstalledProcess) => {
  stops.push({ name: process_.name, ...(await process_.stop()) });
};
const release = ({ buildId, bundle }: Version) =>
  run(process.execPath, [join(projectDirectory, 'workers', 'release-command.ts')], {
    env: { PATH: process.env['PATH'], ...settings, WORKFLOW_BUNDLE: bundle, WORKER_BUILD_ID: buildId },
  });

/** Our migrations and one more, as a next version brings it. */
async function migrateFurther(): Promise<void> {
  const folder = join(directory, 'migrations');
  await cp(join(projectDirectory, 'db', 'migrations'), folder, { recursive: true });
  const path = join(folder, 'meta', '_journal.json');
  const journal = z
    .looseObject({ entries: z.array(z.looseObject({ idx: z.number(), when: z.number() })) })
    .parse(JSON.parse(await readFile(path, 'utf8')));
  const last = journal.entries.at(-1);
  if (!last) throw new Error('no migration');
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: 'next_version' });
  await writeFile(path, JSON.stringify(journal));
  await writeFile(join(folder, 'next_version.sql'), 'ALTER TABLE jobs ADD COLUMN next_version text;');
  await migrate(stack.stack.database, { folder });
}

interface Installation {
  version: Version;
  gateways: InstalledProcess[];
  workers: Record<'orchestration' | 'io' | 'engine', InstalledProcess>;
}

async function installFirst(version: Version): Promise<Installation> {
  const [orchestration, io, engine] = await Promise.all(
    ['orchestration', 'io', 'engine'].map((queue) => worker(version, queue)),
  );
  if (!orchestration || !io || !engine) throw new Error('a worker is missing');
  await release(version);
  const gateways = await Promise.all([1, 2].map((n) => gateway(version, n)));
  proxy.use(gateways.flatMap(({ port }) => port ?? []));
  return { version, gateways, workers: { orchestration, io, engine } };
}

/** As docs/changing-a-workflow.md says. */
async function roll(old: Installation, version: Version): Promise<Installation> {
  const orchestration = await worker(version, 'orchestration');
  await release(version);
  const gateways = [...old.gateways];
  for (const [i, leaving] of old.gateways.entries()) {
    gateways[i] = await gateway(version, i + 1);
    proxy.use(gateways.flatMap(({ port }) => port ?? []));
    await stop(leaving);
  }
  const io = await worker(version, 'io');
  await stop(old.workers.io);
  const engine = await worker(version, 'engine');
  await stop(old.workers.engine);
  const leftBehind = { deploymentName: DEPLOYMENT, buildId: old.version.buildId };
  await expect.poll(() => pinnedTo(client, leftBehind), { timeout: 90_000, interval: 500 }).toBe(0);
  await stop(old.workers.orchestration);
  return { version, gateways, workers: { orchestration, io, engine } };
}

it('rolls through two versions under load: no request fails, no job is lost or done twice', async () => {
  const [today, next] = [join(directory, 'today.js'), join(directory, 'next.js')];
  const careful = fileURLToPath(import.meta.resolve('../support/next-version/careful.ts'));
  await writeFile(today, await bundleWorkflows());
  await writeFile(next, await bundleWorkflows(careful));
  const first = await installFirst({ buildId: 'first', bundle: today });

  const genome = makeGenome(DEMO_PLAN);
  const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 7, count: 20 })));
  const programs = await Promise.all(['premium', 'free', 'free2'].map((name) => signIn(stack, `${name}@varloom.test`)));
  const submitted: { jobId: string; program: Program }[] = [];
  const failures: string[] = [];
  let whileRolling = 0;
  let isRolling = true;
  const work = async (program: Program): Promise<void> => {
    while (isRolling || submitted.length < LEAST_JOBS) {
      try {
        const inputFile = await program.upload('sample.vcf', vcf);
        const request = { input_file: inputFile };
        const key = { 'Idempotency-Key': randomUUID() };
        const answer = await program.call('POST', '/annotations', request, key);
        if (answer.status !== 201)
          throw new Error(`POST /annotations: ${answer.status} ${JSON.stringify(answer.body)}`);
        const jobId = z.uuid().parse(answer.body['job_id']);
        submitted.push({ jobId, program });
        const completedAt = async () => {
          // Polled, a read that fails would be tried again unseen.
          const found = await program.job(jobId).catch((error: unknown) => void failures.push(String(error)));
          return found?.completed_at ?? null;
        };
        await expect.poll(completedAt, { timeout: 120_000, interval: 400 }).not.toBeNull();
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const load = Promise.all(Array.from({ length: CLIENTS }, (_, i) => work(programs[i % programs.length] ?? fail())));

  try {
    await expect.poll(() => submitted.length, { timeout: 60_000 }).toBeGreaterThan(10);
    await migrateFurther();
    const second = await roll(first, { buildId: 'second', bundle: next });
    installation = await roll(second, { buildId: 'third', bundle: next });
    expect(installation.gateways).toHaveLength(2);
    whileRolling = submitted.length;
  } finally {
    isRolling = false;
    await load;
  }

  expect(failures).toEqual([]);
  expect(submitted.length).toBeGreaterThanOrEqual(LEAST_JOBS);
  // Jobs that came after the last process was replaced would prove nothing.
  expect(whileRolling).toBeGreaterThanOrEqual(LEAST_JOBS / 2);
  expect(stops.filter(({ code, seconds }) => code !== 0 || seconds > STOP_LIMIT_SECONDS)).toEqual([]);
  expect(stops).toHaveLength(2 * 5);

  const statuses = await Promise.all(
    submitted.map(async ({ jobId, program }) => (await program.job(jobId)).job_status),
  );
  expect(new Set(statuses)).toEqual(new Set(['COMPLETED']));
  const owner = postgres(stack.stack.database, { max: 1 });
  const jobs = await owner<{ id: string; completions: number }[]>`
    select jobs.job_id as id, (select count(*)::int from outbox where outbox.subject = 'annotation/' || jobs.job_id and outbox.type = 'annotation.completed') as completions
    from jobs`;
  await owner.end();
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(submitted.map(({ jobId }) => jobId).toSorted());
  expect(jobs.filter(({ completions }) => completions !== 1)).toEqual([]);

  expect(await failedTasks(submitted.map(({ jobId }) => jobId))).toEqual([]);
  // Each line is a log line, those of the SDK's core too.
  const strayLines = all.flatMap(({ name, output }) =>
    output()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('{'))
      .map((line) => `${name}: ${line}`),
  );
  expect(strayLines).toEqual([]);
  expect(await buildsOf(submitted.map(({ jobId }) => jobId))).toEqual(new Set(['first', 'second', 'third']));
});

stopsMidway({
  stack: () => stack,
  directory: () => directory,
  startGateway: () => gateway(installation.version, 3),
  startWorker: (queue) => worker(installation.version, queue),
  serving: () => installation.workers,
  stopLimitSeconds: STOP_LIMIT_SECONDS,
});

function fail(): never {
  throw new Error('unreachable: the index is within the list');
}

/** Annotations with a task that a version could not do: it could not follow what another one began, or threw. */
async function failedTasks(jobIds: readonly string[]): Promise<string[]> {
  const {
    WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
  } = WorkflowTaskFailedCause;
  const ofCode: unknown[] = [
    WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
  ];
  const failed: string[] = [];
  for (const jobId of jobIds) {
    const { events } = await client.workflow.getHandle(workflowIds.annotation(toJobId(jobId))).fetchHistory();
    const causes = (events ?? []).map(({ workflowTaskFailedEventAttributes: attributes }) => attributes?.cause);
    if (causes.some((cause) => ofCode.includes(cause))) failed.push(jobId);
  }
  return failed;
}

/** The versions that did the annotations' first steps. */
async function buildsOf(jobIds: readonly string[]): Promise<Set<string>> {
  const builds = new Set<string>();
  for (const jobId of [...jobIds.slice(0, 5), ...jobIds.filter((_, i) => i % 20 === 0), ...jobIds.slice(-5)]) {
    const { raw } = await client.workflow.getHandle(workflowIds.annotation(toJobId(jobId))).describe();
    const version = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
    if (version) builds.add(version);
  }
  return builds;
}
