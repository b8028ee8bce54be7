// The payload key is rotated while sagas run: workers are restarted one after the other, first with the new key added, then
// with it active. No saga notices, and every history before and after is read and replayed.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { activateKey, addKey } from '../../kms/key-rotation.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';
import {
  ANNOTATE_THEN_ARCHIVE,
  progressQuery,
  setRetentionUpdate,
} from '../../workflows/annotate-then-archive/messages.ts';
import { createWorld, illegalities } from '../support/models/world.ts';
import type { MemoryJob } from '../support/models/memory-records.ts';
import { keysIn } from '../support/keys-of-history.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const SAGAS = 3;
interface Pair {
  connection: NativeConnection;
  workers: Worker[];
  ended: Promise<unknown>;
}

const world = createWorld();
let code: string;
let directory: string;
let path: string;
let own: OwnNamespace;
/** Two of a kind, so that one works while the other is restarted. */
let pairs: Pair[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rotation-'));
  path = join(directory, 'keys.json');
  await writeFile(path, JSON.stringify({ active: 'one', keys: { one: randomBytes(32).toString('base64') } }));
  code = await bundleWorkflows();
  own = await openNamespace('key-rotation', world.activities);
  pairs = await Promise.all([start(), start()]);
});
afterAll(async () => {
  for (const pair of pairs) await stop(pair);
  await own?.close();
  await rm(directory, { recursive: true, force: true });
});

/** As a process does it at its start. */
const converter = () => createDataConverter(readPayloadKeys(path), 'mark');

async function start(): Promise<Pair> {
  // A process has one worker a queue on each connection.
  const connection = await NativeConnection.connect({ address: inject('temporal').address });
  const dataConverter = converter();
  const options = { connection, dataConverter, stickyQueueScheduleToStartTimeout: '100 milliseconds' };
  const workers = await Promise.all([
    own.worker(TASK_QUEUES.orchestration, { ...options, workflowBundle: { code } }),
    ...[TASK_QUEUES.io, TASK_QUEUES.engine].map((queue) => own.worker(queue, options)),
  ]);
  return { connection, workers, ended: Promise.all(workers.map((worker) => worker.run())) };
}
async function stop({ connection, workers, ended }: Pair) {
  for (const worker of workers) worker.shutdown();
  await ended;
  await connection.close();
}
/** One process after the other; something happens while the old and the new ones work side by side. */
async function rollingRestart(meanwhile: () => Promise<unknown>) {
  for (const [index, pair] of pairs.entries()) {
    await stop(pair);
    pairs[index] = await start();
    await meanwhile();
  }
}

const client = () => {
  const { connection, options } = own.client;
  return new Client({ connection, namespace: options.namespace, dataConverter: converter() });
};
const begin = async (from: Client) => {
  const job = world.submit('free');
  await from.workflow.start(ANNOTATE_THEN_ARCHIVE, {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  await expect.poll(async () => (await progress(job, from)).step).toBe('retaining');
  return job;
};
const progress = (job: MemoryJob, from = client()) =>
  from.workflow.getHandle(workflowIds.annotation(job.jobId)).query(progressQuery);
it('all sagas finish, whenever they began, and all histories are read', async () => {
  const before = await Promise.all(Array.from({ length: SAGAS }, () => begin(client())));
  const gatewayOfBefore = client();

  await addKey(path, 'two');
  const gatewayThatKnowsBoth = client();
  const during: MemoryJob[] = [];
  await rollingRestart(async () => {
    during.push(await begin(gatewayOfBefore), await begin(gatewayThatKnowsBoth));
  });
  await activateKey(path, 'two');
  await rollingRestart(async () => {
    during.push(await begin(gatewayThatKnowsBoth), await begin(client()));
  });
  // What docs/operations.md calls the sign of a step that was left out.
  await expect(progress(before[0] ?? world.submit(), gatewayOfBefore)).rejects.toThrow(
    'encrypted with key "two", which is not among the payload keys',
  );
  const after = [await begin(client())];

  const all = [...before, ...during, ...after];
  for (const job of all) expect((await progress(job)).step).toBe('retaining');
  for (const job of all) {
    const handle = client().workflow.getHandle(workflowIds.annotation(job.jobId));
    await handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] });
    expect(await handle.result()).toBe('archived');
    expect(illegalities(world, job.jobId)).toEqual([]);
  }

  const used: string[][] = [];
  for (const job of all) {
    const workflowId = workflowIds.annotation(job.jobId);
    const history = await client().workflow.getHandle(workflowId).fetchHistory();
    used.push([...keysIn(history)].toSorted());
    const replayed = Worker.runReplayHistory(
      { workflowBundle: { code }, dataConverter: converter() },
      history,
      workflowId,
    );
    await expect(replayed).resolves.toBeUndefined();
  }
  // It was a rotation: sagas from before hold both, those from after the new one alone.
  expect(used.slice(0, SAGAS)).toEqual(Array.from({ length: SAGAS }, () => ['one', 'two']));
  expect(used.at(-1)).toEqual(['two']);
}, 180_000);
