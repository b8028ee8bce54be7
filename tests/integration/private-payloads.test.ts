// Nothing that a workflow is given, says, keeps or fails with is readable in what the server stores and answers to who has no
// keys: a word of its own is planted in every place, and looked for in the raw messages. With the keys each is found again.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Connection, type Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { organizationId, userId } from '../../domain/ids.ts';
import { actingAs, createTemporalClient } from '../../temporal/client.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { createPayloadCodec } from '../../temporal/payload-codec.ts';
import { attributeKey } from '../../temporal/shown-at-start.ts';
import { bundleWorkflows } from '../../workers/bundle.ts';

const WORD = 'Quastenflosser-9b41';
/** The arguments of a local activity are kept nowhere: it runs in the worker, and its marker holds what it answered. */
const PLACES = [
  ...['input', 'memo', 'memo-later', 'summary', 'details', 'signal', 'query-result', 'current-details'],
  ...['update', 'update-result', 'update-refused', 'update-failure'],
  ...['local-result', 'local-failure', 'timer-summary'],
  ...['activity-input', 'heartbeat', 'activity-failure', 'activity-details'],
  ...['child-input', 'child-memo', 'child-result', 'child-summary'],
  ...['continued-input', 'failure-message', 'failure-details', 'failure-cause'],
];
const alice = {
  kind: 'user' as const,
  userId: userId(randomUUID()),
  organizationId: organizationId(randomUUID()),
};

const activities = {
  look: async (input: string) => input.replace('-input', '-result'),
  fail: async (message: string): Promise<never> => {
    throw ApplicationFailure.nonRetryable(message);
  },
  work: async (_input: string): Promise<never> => {
    Context.current().heartbeat(`${WORD}-heartbeat`);
    await seen.promise;
    throw ApplicationFailure.create({
      message: `${WORD}-activity-failure`,
      nonRetryable: true,
      details: [`${WORD}-activity-details`],
    });
  },
};
export type Planting = typeof activities;
const seen = Promise.withResolvers<void>();

const { namespace, address } = inject('temporal');
const taskQueue = `private-payloads-${randomUUID()}`;
const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
const codec = createPayloadCodec(keys);
const raw: { what: string; bytes: Buffer }[] = [];
const decoded: string[] = [];
let client: Client;
let plain: Connection;
let native: NativeConnection;
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  // Failures are what this test is about: the SDK's warnings of them are noise.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  native = await NativeConnection.connect({ address });
  plain = await Connection.connect({ address });
  client = createTemporalClient({ address, namespace, keys });
  const code = await bundleWorkflows(fileURLToPath(new URL('./private-payloads-workflows.ts', import.meta.url)));
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    activities,
    workflowBundle: { code },
    dataConverter: createDataConverter(keys, 'mark'),
  });
  running = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await running;
  await native?.close();
  await plain?.close();
  await client?.connection.close();
});

const { api } = protocol.temporal;

/** Notes a message as the server gave it, and what its payloads say to who has the keys. */
async function note(what: string, bytes: Uint8Array, message: unknown): Promise<void> {
  raw.push({ what, bytes: Buffer.from(bytes) });
  for (const { payload } of await codec.read([...payloadsIn(message)])) {
    decoded.push(Buffer.from(payload.data ?? []).toString());
  }
}

function* payloadsIn(value: unknown): Iterable<Payload> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array)
    yield value as Payload; // it has its form
  else for (const each of Object.values(value)) yield* payloadsIn(each);
}

async function noteRun(what: string, execution: { workflowId: string; runId?: string }) {
  const { history } = await plain.workflowService.getWorkflowExecutionHistory({ namespace, execution });
  await note(`history of ${what}`, api.history.v1.History.encode(history ?? {}).finish(), history);
  const { DescribeWorkflowExecutionResponse: Described } = api.workflowservice.v1;
  const description = await plain.workflowService.describeWorkflowExecution({ namespace, execution });
  await note(`description of ${what}`, Described.encode(description).finish(), description);
  return { events: history?.events ?? [], pending: description.pendingActivities ?? [] };
}

const say = (place: string) => `${WORD}-${place}`;

async function playAll(): Promise<WorkflowHandle> {
  const handle = await actingAs(alice, () =>
    client.workflow.start('everywhere', {
      workflowId: `everywhere/${randomUUID()}`,
      taskQueue,
      args: [say('input')],
      memo: { at: say('memo') },
      typedSearchAttributes: [{ key: attributeKey('OrganizationId'), value: alice.organizationId }],
      staticSummary: say('summary'),
      staticDetails: say('details'),
    }),
  );
  await expect.poll(async () => (await noteRun('the running saga', handle)).pending[0]?.heartbeatDetails).toBeTruthy();
  seen.resolve();
  expect(await handle.executeUpdate('change', { args: [say('update')] })).toBe(say('update-result'));
  await expect(handle.executeUpdate('change', { args: [say('update-refused')] })).rejects.toMatchObject({
    cause: { message: say('update-failure') },
  });
  expect(await handle.query('ask', say('query'))).toContain(say('query-result'));
  await noteQueries(handle);
  await actingAs(alice, () => handle.signal('tell', say('signal')));
  await expect(handle.result()).rejects.toMatchObject({ cause: { message: say('failure-message') } });
  return handle;
}

/** Answers to queries are in no history: as a program without keys gets them. */
async function noteQueries({ workflowId }: WorkflowHandle): Promise<void> {
  const { QueryWorkflowResponse: Answered } = api.workflowservice.v1;
  const [argument] = await codec.encode([
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(`"${say('query')}"`) },
  ]);
  for (const queryType of ['ask', '__temporal_workflow_metadata']) {
    const answer = await plain.workflowService.queryWorkflow({
      namespace,
      execution: { workflowId },
      query: { queryType, queryArgs: { payloads: argument && queryType === 'ask' ? [argument] : [] } },
    });
    await note(`answer to ${queryType}`, Answered.encode(answer).finish(), answer);
  }
}

it('no planted word is readable, in none of its places, and each is there for who has the keys', async () => {
  const { workflowId } = await playAll();
  const last = await client.workflow.getHandle(workflowId).describe();
  // What it was begun with goes along from run to run, and by what it is found.
  expect(last.memo).toEqual({ at: say('memo') });
  const foundBy = (['OrganizationId', 'Plan'] as const).map((name) =>
    last.typedSearchAttributes.get(attributeKey(name)),
  );
  expect(foundBy).toEqual([alice.organizationId, 'free']);
  const closed = await noteRun('the last run', { workflowId, runId: last.runId });
  const firstRunId = closed.events[0]?.workflowExecutionStartedEventAttributes?.firstExecutionRunId ?? '';
  const { events } = await noteRun('the first run', { workflowId, runId: firstRunId });
  const [child] = events.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) =>
    started?.workflowExecution?.workflowId ? [started.workflowExecution.workflowId] : [],
  );
  await noteRun('the child', { workflowId: child ?? '' });

  expect(raw.filter(({ bytes }) => bytes.includes('Quastenflosser')).map(({ what }) => what)).toEqual([]);
  const base64 = Buffer.from('Quastenflosser').toString('base64').slice(0, 16);
  expect(raw.filter(({ bytes }) => bytes.includes(base64)).map(({ what }) => what)).toEqual([]);
  const everything = decoded.join('\n');
  expect(PLACES.filter((place) => !everything.includes(say(place)))).toEqual([]);
});

it('what is readable are the ids of who acts, in the header', async () => {
  const text = Buffer.concat(raw.map(({ bytes }) => bytes)).toString();
  const principal = { kind: 'user', userId: alice.userId, organizationId: alice.organizationId };
  expect(text).toContain('varloom-principal');
  expect(text).toContain(JSON.stringify(principal));
});
