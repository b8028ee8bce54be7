// Nothing private in history: real workflows on a real server, whose input, results, failure and stack hold a planted
// value. The history, as the server stores it, does not.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { Connection, type Client } from '@temporalio/client';
import protocol from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { jobId, organizationId, userId } from '../domain/ids.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { actingAs, createTemporalClient } from '../temporal/client.ts';
import { createDataConverter } from '../temporal/data-converter.ts';
import { createPayloadCodec, ENCRYPTED_ENCODING } from '../temporal/payload-codec.ts';
import { ANNOTATE_THEN_ARCHIVE } from '../workflows/annotate-then-archive/messages.ts';
import { workflowBundle } from '../tests/support/workflow-bundle.ts';
import { currentPrincipal, principalInterceptor } from './principal.ts';

const PLANTED = 'patient-Jane-Doe';
const HistoryMessage = protocol.temporal.api.history.v1.History;
const PayloadMessage = protocol.temporal.api.common.v1.Payload;
const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
const alice = {
  kind: 'user' as const,
  userId: userId(randomUUID()),
  organizationId: organizationId(randomUUID()),
};

const acted: unknown[] = [];
const act =
  <T>(work: () => T) =>
  async () => {
    acted.push(currentPrincipal());
    return work();
  };
let isEngineGood = true;
const activities = {
  'records.job.start': act(() => ({ decision: 'go', job: { inputFile: PLANTED } })),
  'records.job.complete': act(() => ({ decision: 'completed', generation: 1, retentionSeconds: 0, PLANTED })),
  'records.archive.begin': act(() => ({ decision: 'keep' })),
  'records.job.end': act(() => ({ status: 'FAILED', isErasureWaiting: false })),
  'engine.input.annotate': act(() => {
    if (isEngineGood) return { prefix: PLANTED, vcf: { sizeBytes: 1, sha256: PLANTED }, records: 1 };
    throw ApplicationFailure.create({
      message: `line 7 of ${PLANTED}.vcf`,
      type: 'Unexpected',
      nonRetryable: true,
      details: [{ file: PLANTED }],
      cause: functionWithNamePlanted(),
    });
  }),
  'storage.result.discard': act(() => ({ removed: 1 })),
  'mail.annotation.send': act(() => undefined),
};
/** Its stack trace names the value too. */
function functionWithNamePlanted(): Error {
  const error = new Error(`read of ${PLANTED} failed`);
  error.stack = `Error: read of ${PLANTED} failed\n    at ${PLANTED} (${PLANTED}.ts:1:1)`;
  return error;
}

const queue = `private-${randomUUID()}`;
let client: Client;
let plainConnection: Connection;
let connection: NativeConnection;
let stop: () => Promise<void>;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = inject('temporal');
  connection = await NativeConnection.connect({ address });
  plainConnection = await Connection.connect({ address });
  client = createTemporalClient({ address, namespace, keys });
  const base = {
    connection,
    namespace,
    activities,
    dataConverter: createDataConverter(keys, 'mark'),
    interceptors: { activity: [principalInterceptor] },
  };
  const workers = await Promise.all([
    Worker.create({ ...base, taskQueue: queue, workflowBundle: await workflowBundle() }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.io }),
    Worker.create({ ...base, taskQueue: TASK_QUEUES.engine }),
  ]);
  const running = workers.map((worker) => worker.run());
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
  };
});
afterAll(async () => {
  await stop?.();
  await connection?.close();
  await client?.connection.close();
  await plainConnection?.close();
});

/** The history's bytes as the server gives them to a program without the keys. */
async function rawHistory(workflowId: string) {
  const { namespace } = inject('temporal');
  const { history } = await plainConnection.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId },
  });
  const events = history?.events ?? [];
  expect(events.length).toBeGreaterThan(10);
  return { bytes: Buffer.from(HistoryMessage.encode({ events }).finish()), events };
}
const run = (input: unknown) =>
  actingAs(alice, () =>
    client.workflow.start(ANNOTATE_THEN_ARCHIVE, {
      workflowId: `annotation/${randomUUID()}`,
      taskQueue: queue,
      args: [input],
    }),
  );

it('of a workflow that completes: neither its input nor any result', async () => {
  isEngineGood = true;
  const handle = await run({ jobId: PLANTED });
  expect(await handle.result()).toBe('kept: the plan keeps results');
  const { bytes, events } = await rawHistory(handle.workflowId);
  expect(bytes.includes(PLANTED)).toBe(false);
  expect(bytes.includes('Jane')).toBe(false);
  expect(bytes.includes(ENCRYPTED_ENCODING)).toBe(true);
  // It is there all the same, for who has the keys.
  const [input] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const [decoded] = await createPayloadCodec(keys).decode(input ? [input] : []);
  expect(Buffer.from(decoded?.data ?? []).toString()).toContain(PLANTED);
  expect(bytes.includes(Buffer.from(PayloadMessage.encode(decoded ?? {}).finish()))).toBe(false);
});

it('of a workflow that fails: neither message nor stack nor details, whatever threw them', async () => {
  isEngineGood = false;
  const handle = await run({ jobId: jobId(randomUUID()) });
  const failure = await handle.result().then(
    () => undefined,
    (error: unknown) => error,
  );
  const words: string[] = [];
  for (let error = failure; error instanceof Error; error = error.cause) words.push(error.message, error.stack ?? '');
  expect(words.join('\n')).toContain(`line 7 of ${PLANTED}.vcf`);
  expect(words.join('\n')).toContain(`at ${PLANTED}`);
  const { bytes, events } = await rawHistory(handle.workflowId);
  expect(bytes.includes(PLANTED)).toBe(false);
  const stored = events.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
  for (let at = stored; at; at = at.cause ?? undefined) {
    expect([at.message, at.stackTrace ?? '']).toEqual(['Encoded failure', '']);
  }
});

it('and every activity knew for whom it acted', () => {
  expect(acted.length).toBeGreaterThan(5);
  for (const principal of acted) expect(principal).toEqual(alice);
});
