// A new version at noon: every gateway and worker is replaced, twice, while jobs come and go; to a version with a changed
// workflow and one more migration. Nobody notices.

import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { migrate } from '../../db/migrate.ts';
import { jobId as toJobId, workflowIds } from '../../domain/ids.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { activateKey, addKey } from '../../kms/key-rotation.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { caddy } from '../support/caddy.ts';
import { keysIn } from '../support/keys-of-history.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { prepareStories, STORY_SETTINGS, type Stories, type Story } from '../support/stories/index.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';
import { RolledInstallation } from './rolled-installation.ts';
import { stopsMidway } from './stopped-midway.ts';

const { WorkflowTaskFailedCause } = protocol.temporal.api.enums.v1;
/** Fewer where only the way of it is looked at: replacing takes as long, and is what the jobs go through. */
const LEAST_JOBS = Number(process.env['VARLOOM_ROLLING_JOBS'] ?? 200);
/** Of each of three users. */
const CLIENTS_EACH = 2;
const REVIEWS = 3;
/** What a gateway or worker may take to stop: what the images and charts give them. */
const STOP_LIMIT_SECONDS = 25;

Runtime.install({ logger: new DefaultLogger('ERROR') });
let stack: TestStack;
let installation: RolledInstallation;
let directory: string;
let stories: Stories | undefined;

beforeAll(async () => {
  if (caddy === undefined) return;
  directory = await mkdtemp(join(tmpdir(), 'varloom-rolling-'));
  stack = await startStack({ env: { VARLOOM_PARTS: 'services' } });
  installation = new RolledInstallation(stack, {
    ...STORY_SETTINGS,
    RATE_LIMIT_PRINCIPAL_PER_MINUTE: '0',
    RATE_LIMIT_UPLOADS_PER_MINUTE: '0',
  });
});
afterAll(async () => {
  await stories?.stop();
  await installation?.close();
  await stack?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
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

describe.skipIf(caddy === undefined)('a new version at noon', () => {
  it('rolls through two versions and a new key under load: no request fails, nothing is lost or done twice', async () => {
    const [today, next] = [join(directory, 'today.js'), join(directory, 'next.js')];
    const careful = fileURLToPath(import.meta.resolve('../support/next-version/careful.ts'));
    await writeFile(today, await bundleWorkflows());
    await writeFile(next, await bundleWorkflows(careful));
    await installation.install({ buildId: 'first', bundle: today });

    const load = await startLoad();
    let whileRolling = 0;
    stories = await prepareStories(stack, { reviews: REVIEWS });
    const [before, meanwhile] = [stories.another(), stories.another()];
    try {
      await each(before, (story) => story.begin());
      await migrateFurther();
      await addKey(installation.payloadKeysFile, 'next');
      await Promise.all([
        installation.roll({ buildId: 'second', bundle: next }),
        each(meanwhile, (story) => story.begin()),
      ]);
      await activateKey(installation.payloadKeysFile, 'next');
      await Promise.all([
        installation.roll({ buildId: 'third', bundle: next }),
        each(meanwhile, (story) => story.finish()),
      ]);
      whileRolling = load.submitted.length;
      await each(before, (story) => story.finish());
    } finally {
      await load.end();
    }

    expect(load.failures).toEqual([]);
    expect(load.submitted.length).toBeGreaterThanOrEqual(LEAST_JOBS);
    // Jobs that came after the last process was replaced would prove nothing.
    expect(whileRolling).toBeGreaterThanOrEqual(LEAST_JOBS / 2);
    const { stops, processes } = installation;
    expect(stops.filter(({ code, seconds }) => code !== 0 || seconds > STOP_LIMIT_SECONDS)).toEqual([]);
    expect(stops).toHaveLength(2 * (3 + 3));

    const told = [...before, ...meanwhile].flatMap((story) => story.workflowIds());
    const annotations = load.submitted.map((id) => workflowIds.annotation(toJobId(id)));
    await expectCompletedOnce(new Set([...annotations, ...told.filter((id) => id.startsWith('annotation/'))]));

    const client = installation.connect();
    try {
      const sagas = await sagasOf(client, [...annotations, ...told]);
      expect(sagas.flatMap(({ id, failures }) => failures.map((cause) => `${id}: ${cause}`))).toEqual([]);
      expect(new Set(sagas.map(({ build }) => build))).toEqual(new Set(['first', 'second', 'third']));
      expect(new Set(sagas.flatMap(({ keys }) => keys)).size).toBe(2);
      // What the last version finds is all that there ever was.
      const replayed = [...sagas.filter(({ id }) => told.includes(id)), ...sagas.slice(0, 5)];
      const options = { workflowBundle: { codePath: next }, dataConverter: client.options.dataConverter };
      const results = Worker.runReplayHistories(
        options,
        replayed.map(({ id, history }) => ({ workflowId: id, history })),
      );
      for await (const { workflowId, error } of results) expect({ workflowId, error }).toEqual({ workflowId });
    } finally {
      await client.connection.close();
    }
    // Each line is a log line, those of the SDK's core too.
    const strayLines = processes.flatMap(({ name, output }) =>
      output()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('{'))
        .map((line) => `${name}: ${line}`),
    );
    expect(strayLines).toEqual([]);
  });

  stopsMidway({
    stack: () => stack,
    directory: () => directory,
    startGateway: () => installation.gateway(),
    startWorker: (queue) => installation.worker(queue),
    serving: () => ({ orchestration: installation.serving('orchestration'), engine: installation.serving('engine') }),
    stopLimitSeconds: STOP_LIMIT_SECONDS,
  });
});

/** Side by side. @throws Error that names each story that failed */
async function each(told: readonly Story[], act: (story: Story) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(told.map(act));
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [`${told[index]?.name}: ${String(outcome.reason)}`] : [],
  );
  expect(failures).toEqual([]);
}

interface Load {
  /** The jobs so far. */
  submitted: readonly string[];
  failures: readonly string[];
  /** When there are enough jobs, and all of them have ended. */
  end: () => Promise<void>;
}

/** Clients that upload, submit and watch, one job after the other. Resolves when the first jobs are under way. */
async function startLoad(): Promise<Load> {
  const genome = makeGenome(DEMO_PLAN);
  const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 7, count: 20 })));
  const programs = await Promise.all(['premium', 'free', 'free2'].map((name) => signIn(stack, `${name}@varloom.test`)));
  const submitted: string[] = [];
  const failures: string[] = [];
  let isEnding = false;
  const work = async (program: Program): Promise<void> => {
    while (!isEnding || submitted.length < LEAST_JOBS) {
      try {
        const request = { input_file: await program.upload('sample.vcf', vcf) };
        const key = { 'Idempotency-Key': randomUUID() };
        const answer = await program.call('POST', '/annotations', request, key);
        if (answer.status !== 201)
          throw new Error(`POST /annotations: ${answer.status} ${JSON.stringify(answer.body)}`);
        const jobId = z.uuid().parse(answer.body['job_id']);
        submitted.push(jobId);
        const completedAt = async () => {
          // Polled, a read that fails would be tried again unseen.
          const found = await program.job(jobId).catch((error: unknown) => void failures.push(String(error)));
          return found?.completed_at ?? null;
        };
        await expect.poll(completedAt, { timeout: 120_000, interval: 400 }).not.toBeNull();
      } catch (error) {
        failures.push(String(error));
        // What fails at once would fail a thousand times until the end.
        if (failures.length > 100) return;
      }
    }
  };
  const working = Promise.all(programs.flatMap((program) => Array.from({ length: CLIENTS_EACH }, () => work(program))));
  await expect.poll(() => submitted.length, { timeout: 60_000 }).toBeGreaterThan(10);
  return {
    submitted,
    failures,
    async end() {
      isEnding = true;
      await working;
    },
  };
}

/** Each of these annotations is a completed job, was announced once and mailed about once, and there is no other. */
async function expectCompletedOnce(annotations: ReadonlySet<string>): Promise<void> {
  const owner = postgres(stack.stack.database, { max: 1 });
  const jobs = await owner<{ id: string; status: string; completions: number }[]>`
    select 'annotation/' || jobs.job_id as id, jobs.status as status, (select count(*)::int from outbox where outbox.subject = 'annotation/' || jobs.job_id and outbox.type = 'annotation.completed') as completions
    from jobs`;
  await owner.end();
  expect(jobs.map(({ id }) => id).toSorted()).toEqual([...annotations].toSorted());
  expect(jobs.filter(({ status, completions }) => status !== 'COMPLETED' || completions !== 1)).toEqual([]);
  // A job ends before its mail is sent.
  await expect.poll(annotationsMailed).toEqual([...annotations].toSorted());
}

/** The annotations whose completion was mailed, as often as it was. */
async function annotationsMailed(): Promise<string[]> {
  const mails = z.array(z.object({ subject: z.string(), text: z.string() }));
  const answer = await fetch(stack.stack.mail.api ?? '');
  return mails
    .parse(await answer.json())
    .filter(({ subject }) => subject.startsWith('Annotation complete'))
    .map(({ text }) => `annotation/${/\/jobs\/([0-9a-f-]{36})/.exec(text)?.[1]}`)
    .toSorted();
}

/** What Temporal has of each saga. */
async function sagasOf(client: Client, ids: readonly string[]) {
  const sagas = [];
  for (const id of new Set(ids)) {
    const handle = client.workflow.getHandle(id);
    const history = await handle.fetchHistory();
    const { raw } = await handle.describe();
    sagas.push({
      id,
      history,
      failures: failedTasks(history),
      keys: [...keysIn(history)],
      build: raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId,
    });
  }
  return sagas;
}

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Tasks that a version could not do: it could not follow what another one began, or threw. */
function failedTasks({ events }: History): string[] {
  const causes = (events ?? []).map(({ workflowTaskFailedEventAttributes: attributes }) => attributes?.cause);
  return [
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
    WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE,
  ].flatMap((cause) => (causes.includes(cause) ? [WorkflowTaskFailedCause[cause]] : []));
}
