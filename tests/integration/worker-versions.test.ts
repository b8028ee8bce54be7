// A new version of the workflow code comes while sagas run: short ones end on the version that they began with, the ones
// that wait for days go on with the new one, and a version that they could not go on with is refused.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { deploymentOptions, deploymentVersion } from '../../workers/deployment.ts';
import { currentBuildId, pinnedTo, release } from '../../workers/release.ts';
import { setRetentionUpdate } from '../../workflows/annotate-then-archive/messages.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import { retrievedSignal } from '../../workflows/restore-result/messages.ts';
import type { restoreResult } from '../../workflows/restore-result/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { createWorld, illegalities } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const settings = { WORKER_DEPLOYMENT: 'varloom', RETENTION_SECONDS: 300 };
const world = createWorld();
const lines: string[] = [];
const running: { worker: Worker; ended: Promise<void> }[] = [];
let own: OwnNamespace;
let directory: string;
let today: string;
let careful: string;

const nextVersion = (name: string) =>
  bundleWorkflows(fileURLToPath(import.meta.resolve(`../support/next-version/${name}.ts`)));
const start = (worker: Worker) => void running.push({ worker, ended: worker.run() });
const startVersion = async (code: string) =>
  start(
    await own.worker(TASK_QUEUES.orchestration, {
      workflowBundle: { code },
      workerDeploymentOptions: deploymentOptions(settings, code),
    }),
  );
const versionOf = (code: string) => {
  const version = deploymentVersion(settings, code);
  if (!version) throw new Error('not versioned');
  return version;
};
const releaseOf = (code: string) =>
  release({
    client: own.client,
    dataConverter: {},
    version: versionOf(code),
    code,
    patienceSeconds: 30,
    say: (line) => void lines.push(line),
  });

/** `npm run release`, in a process of its own: what the SDK prints is heard only there. */
const releaseByCommand = async (code: string) => {
  const [bundle, keys] = [join(directory, 'workflows.js'), join(directory, 'keys.json')];
  await writeFile(bundle, code);
  await writeFile(keys, JSON.stringify({ active: 'one', keys: { one: randomBytes(32).toString('base64') } }));
  const env = {
    PATH: process.env['PATH'],
    TEMPORAL_ADDRESS: inject('temporal').address,
    TEMPORAL_NAMESPACE: own.client.options.namespace,
    PAYLOAD_KEYS_FILE: keys,
    WORKFLOW_BUNDLE: bundle,
    WORKER_DEPLOYMENT: settings.WORKER_DEPLOYMENT,
  };
  const script = fileURLToPath(import.meta.resolve('../../workers/release-command.ts'));
  return new Promise<{ exitCode: number | null; said: string[]; complained: string }>((resolve) => {
    const child = execFile(process.execPath, [script], { env }, (_error, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, said: stdout.trimEnd().split('\n'), complained: stderr }),
    );
  });
};

const beginAnnotation = async (): Promise<MemoryJob> => {
  const job = world.submit('free');
  await own.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  return job;
};
const annotate = async (): Promise<MemoryJob> => {
  const job = await beginAnnotation();
  await expect.poll(() => job.status).toBe('COMPLETED');
  return job;
};
const end = async (job: MemoryJob): Promise<void> => {
  await annotationOf(job).executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
  await annotationOf(job).result();
};
const annotationOf = (job: MemoryJob) => own.client.workflow.getHandle(workflowIds.annotation(job.jobId));
const restore = async (): Promise<MemoryJob> => {
  const job = await world.plant(world.addUser('premium'), 'archived');
  await own.client.workflow.start<typeof restoreResult>('restoreResult', {
    workflowId: workflowIds.restore(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(() => world.calls.some(({ name }) => name === 'storage.result.retrieve')).toBe(true);
  return job;
};

/** The builds that did the workflow tasks of a run, in their order. */
const buildsOf = async (workflowId: string): Promise<string[]> => {
  const { events } = await own.client.workflow.getHandle(workflowId).fetchHistory();
  const builds = (events ?? []).flatMap((event) => {
    const done = event.workflowTaskCompletedEventAttributes;
    return done?.deploymentVersion?.buildId ?? done?.workerDeploymentVersion?.split(/[.:]/).at(-1) ?? [];
  });
  return [...new Set(builds)];
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-versions-'));
  own = await openNamespace('worker-versions', world.activities);
  [today, careful] = await Promise.all([bundleWorkflows(), nextVersion('careful')]);
  for (const queue of [TASK_QUEUES.io, TASK_QUEUES.engine]) start(await own.worker(queue));
});
afterAll(async () => {
  for (const { worker } of running) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.all(running.map(({ ended }) => ended));
  await own?.close();
  await rm(directory, { recursive: true, force: true });
});

it('the first release makes its version current, and a second one of the same changes nothing', async () => {
  await startVersion(today);
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBeUndefined();
  // No version takes them yet; one of them has not even its first task.
  const waiting = [await beginAnnotation(), await beginAnnotation(), await beginAnnotation()];
  const delayed = await own.client.workflow.start<typeof restoreResult>('restoreResult', {
    workflowId: workflowIds.restore(world.submit('premium').jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: world.submit('premium').jobId }],
    startDelay: '1 day',
  });
  await expect.poll(async () => (await own.client.workflow.count('ExecutionStatus = "Running"')).count).toBe(4);
  const { exitCode, said, complained } = await releaseByCommand(today);
  expect(complained).toBe('');
  expect(said.filter((line) => !line.startsWith('waiting for workers of'))).toEqual([
    '0 running sagas replayed, 4 not begun',
    `${versionOf(today).buildId} is current`,
  ]);
  expect(exitCode).toBe(0);
  for (const job of waiting) {
    await expect.poll(() => job.status).toBe('COMPLETED');
    await end(job);
    expect(await buildsOf(workflowIds.annotation(job.jobId))).toEqual([versionOf(today).buildId]);
  }
  await delayed.terminate();
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(versionOf(today).buildId);
  expect(await releaseOf(today)).toBe(versionOf(today).buildId);
});

it('short sagas end where they began, long ones go on with the new version, and a careless one is refused', async () => {
  const annotated = await annotate();
  const restored = await restore();
  const [first, second] = [versionOf(today), versionOf(careful)];

  const careless = await nextVersion('careless');
  await startVersion(careless);
  const refusal = await releaseByCommand(careless);
  // Which saga, how it parts from its history, and what to do; and nothing else.
  expect(refusal.complained.trimEnd().split('\n')).toEqual([
    '1 running sagas cannot go on with this code; nothing was changed:',
    expect.stringMatching(`^  ${workflowIds.restore(restored.jobId)}: DeterminismViolationError: \\[TMPRL1100\\] .+`),
    expect.stringMatching(/patched\(\).*docs\/changing-a-workflow\.md/),
  ]);
  expect(refusal.said).toEqual(['1 running sagas replayed']);
  expect(refusal.exitCode).toBe(1);
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(first.buildId);

  await startVersion(careful);
  expect(await releaseOf(careful)).toBe(first.buildId);
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(second.buildId);
  await expect.poll(() => pinnedTo(own.client, first)).toBe(1);
  const isCurrent = `${second.buildId} is the current version already`;
  const whoIsNeeded = async () => (await releaseByCommand(careful)).said;
  await expect
    .poll(whoIsNeeded)
    .toEqual([isCurrent, `keep the workers of ${first.buildId}: runs that are pinned to it: 1`]);

  // The long one: what wakes it comes to the new version.
  world.retrievalSeconds = 0;
  await own.client.workflow.getHandle(workflowIds.restore(restored.jobId)).signal(retrievedSignal);
  expect(await own.client.workflow.getHandle(workflowIds.restore(restored.jobId)).result()).toBe('restored');
  expect(await buildsOf(workflowIds.restore(restored.jobId))).toEqual([first.buildId, second.buildId]);
  expect(illegalities(world, restored.jobId)).toEqual([]);

  // The short one: on the old version to its end, after which that version may go.
  await end(annotated);
  expect(annotated.resultState).toBe('archived');
  expect(await buildsOf(workflowIds.annotation(annotated.jobId))).toEqual([first.buildId]);
  await expect.poll(() => pinnedTo(own.client, first)).toBe(0);
  expect(await whoIsNeeded()).toEqual([
    isCurrent,
    `the workers of these may go, no run is pinned to them: ${first.buildId}`,
  ]);

  // What begins now begins on the new one.
  const later = await annotate();
  await end(later);
  expect(await buildsOf(workflowIds.annotation(later.jobId))).toEqual([second.buildId]);
  expect(illegalities(world, later.jobId)).toEqual([]);
});
