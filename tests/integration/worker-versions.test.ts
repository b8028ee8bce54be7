// A new version of the workflow code comes while sagas run: short ones end on the version that they began with, the ones
// that wait for days go on with the new one, and a version that they could not go on with is refused.

import { fileURLToPath } from 'node:url';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import { deploymentOptions, deploymentVersion } from '../../workers/deployment.ts';
import { currentBuildId, pinnedTo, release, ReleaseRefused } from '../../workers/release.ts';
import { setRetentionUpdate } from '../../workflows/annotate-then-archive/messages.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import { retrievedSignal } from '../../workflows/restore-result/messages.ts';
import type { restoreResult } from '../../workflows/restore-result/workflow.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { createWorld, illegalities } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const POLL = { timeout: 30_000 };
const settings = { WORKER_DEPLOYMENT: 'varloom', RETENTION_SECONDS: 300 };
const world = createWorld();
const lines: string[] = [];
const running: { worker: Worker; ended: Promise<void> }[] = [];
let own: OwnNamespace;
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
    mostReplayed: 100,
    patienceSeconds: 30,
    say: (line) => void lines.push(line),
  });

const annotate = async (): Promise<MemoryJob> => {
  const job = world.submit('free');
  await own.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(() => job.status, POLL).toBe('COMPLETED');
  return job;
};
const annotationOf = (job: MemoryJob) => own.client.workflow.getHandle(workflowIds.annotation(job.jobId));
const restore = async (): Promise<MemoryJob> => {
  const job = await world.plant(world.addUser('premium'), 'archived');
  await own.client.workflow.start<typeof restoreResult>('restoreResult', {
    workflowId: workflowIds.restore(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(() => world.calls.some(({ name }) => name === 'storage.result.retrieve'), POLL).toBe(true);
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
  own = await openNamespace('worker-versions', world.activities);
  [today, careful] = await Promise.all([bundleWorkflows(), nextVersion('careful')]);
  for (const queue of [TASK_QUEUES.io, TASK_QUEUES.engine]) start(await own.worker(queue));
});
afterAll(async () => {
  for (const { worker } of running) if (worker.getState() === 'RUNNING') worker.shutdown();
  await Promise.all(running.map(({ ended }) => ended));
  await own?.close();
});

it('the first release makes its version current, and a second one of the same changes nothing', async () => {
  await startVersion(today);
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBeUndefined();
  expect(await releaseOf(today)).toBeUndefined();
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(versionOf(today).buildId);
  expect(await releaseOf(today)).toBe(versionOf(today).buildId);
});

it('short sagas end where they began, long ones go on with the new version, and a careless one is refused', async () => {
  const annotated = await annotate();
  const restored = await restore();
  const [first, second] = [versionOf(today), versionOf(careful)];

  const careless = await nextVersion('careless');
  await startVersion(careless);
  const refusal = releaseOf(careless);
  await expect(refusal).rejects.toBeInstanceOf(ReleaseRefused);
  await expect(refusal).rejects.toThrow(workflowIds.restore(restored.jobId));
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(first.buildId);

  await startVersion(careful);
  expect(await releaseOf(careful)).toBe(first.buildId);
  expect(await currentBuildId(own.client, settings.WORKER_DEPLOYMENT)).toBe(second.buildId);
  await expect.poll(() => pinnedTo(own.client, first), POLL).toBe(1);

  // The long one: what wakes it comes to the new version.
  world.retrievalSeconds = 0;
  await own.client.workflow.getHandle(workflowIds.restore(restored.jobId)).signal(retrievedSignal);
  expect(await own.client.workflow.getHandle(workflowIds.restore(restored.jobId)).result()).toBe('restored');
  expect(await buildsOf(workflowIds.restore(restored.jobId))).toEqual([first.buildId, second.buildId]);
  expect(illegalities(world, restored.jobId)).toEqual([]);

  // The short one: on the old version to its end, after which that version may go.
  await annotationOf(annotated).executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
  await annotationOf(annotated).result();
  expect(annotated.resultState).toBe('archived');
  expect(await buildsOf(workflowIds.annotation(annotated.jobId))).toEqual([first.buildId]);
  await expect.poll(() => pinnedTo(own.client, first), POLL).toBe(0);

  // What begins now begins on the new one.
  const later = await annotate();
  await annotationOf(later).executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
  await annotationOf(later).result();
  expect(await buildsOf(workflowIds.annotation(later.jobId))).toEqual([second.buildId]);
  expect(illegalities(world, later.jobId)).toEqual([]);
});
