// An annotation whose workers are killed, by pid, on the real server: what one attempt leaves in its heartbeats reaches the next
// one, also what it says last, when its worker is asked to stop.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bareInput } from '../../activities/engine/bare-activity.ts';
import { jobId } from '../../domain/ids.ts';
import type { annotateOnly } from './killed-workers-workflows.ts';

const INPUT = 'any';
const { namespace, address } = inject('temporal');
const taskQueue = `killed-workers-${randomUUID()}`;
const engineQueue = `${taskQueue}-engine`;
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let directory: string;
let connection: Connection;
let native: NativeConnection;
let worker: Worker;
let running: Promise<void>;
const engines: ChildProcess[] = [];
beforeAll(async () => {
  // Failures are what this test is about: the SDK's warnings of them are noise.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  directory = await mkdtemp(join(tmpdir(), 'varloom-killed-'));
  await mkdir(join(directory, 'inputs'));
  await writeFile(join(directory, 'inputs/upload-1'), INPUT);
  connection = await Connection.connect({ address });
  native = await NativeConnection.connect({ address });
  const workflowsPath = pathOf('./killed-workers-workflows.ts');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  worker = await Worker.create({ connection: native, namespace, taskQueue, workflowBundle });
  running = worker.run();
});
afterAll(async () => {
  for (const engine of engines) engine.kill('SIGKILL');
  worker?.shutdown();
  await running;
  await native?.close();
  await connection?.close();
  await rm(directory, { recursive: true, force: true });
});

function startEngine(): ChildProcess {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const engine = spawn(process.execPath, [pathOf('./mortal-engine.ts'), address, namespace, engineQueue, directory], {
    env: { PATH, HOME, NODE_COMPILE_CACHE },
    stdio: 'inherit',
  });
  engines.push(engine);
  return engine;
}
async function end(engine: ChildProcess, signal: 'SIGKILL' | 'SIGTERM') {
  const closed = once(engine, 'close');
  engine.kill(signal);
  await closed;
  return engine.exitCode;
}

it('is given up when too many have died, and one that was asked to stop is none of them', async () => {
  const input = bareInput(jobId(randomUUID()), INPUT);
  const client = new Client({ connection, namespace });
  const handle = await client.workflow.start<typeof annotateOnly>('annotateOnly', {
    ...{ taskQueue, workflowId: taskQueue, args: [engineQueue, input] },
  });
  /** What the server keeps for the next attempt. */
  const left = async () => {
    const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
    const [payload] = activity?.heartbeatDetails?.payloads ?? [];
    return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
  };

  let engine = startEngine();
  await expect.poll(left).toMatchObject({ deaths: 0, isUnderWay: true });
  await end(engine, 'SIGKILL');

  engine = startEngine();
  await expect.poll(left).toMatchObject({ deaths: 1, isUnderWay: true });
  expect(await end(engine, 'SIGTERM')).toBe(0);
  expect(await left()).toMatchObject({ deaths: 1, isUnderWay: false });

  engine = startEngine();
  await expect.poll(left).toMatchObject({ deaths: 1, isUnderWay: true });
  await end(engine, 'SIGKILL');

  startEngine();
  const failure = await handle.result().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(WorkflowFailedError);
  expect(failure).toMatchObject({
    cause: { cause: { type: 'engine_worker_lost', nonRetryable: true, details: [{ deaths: 2 }] } },
  });
});
