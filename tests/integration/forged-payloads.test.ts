// Who reaches Temporal without the keys can start, signal and update nothing: real workflows on a real server, asked by a
// client that does not encrypt, and by one that copies what was encrypted for another workflow.

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { principalInterceptor } from '../../workers/principal.ts';
import { openNamespace } from './own-namespace.ts';

const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
const queue = TASK_QUEUES.orchestration;
/** What reached an activity. */
const acted: string[] = [];
const note = (name: string, answer?: unknown) => async () => {
  acted.push(name);
  return answer;
};

let client: Client;
let stranger: Client;
let stop: () => Promise<void>;
beforeAll(async () => {
  const activities = {
    'records.job.start': note('start'),
    'records.review.find': note('find', {
      review: { state: 'in_review', level: 'technical', decidedBy: {} },
      round: 1,
      since: new Date().toISOString(),
      pendingJob: null,
      isLast: false,
      deliveryState: 'in_review',
      reminderSeconds: 3600,
      escalationSeconds: 7200,
    }),
    'records.decision.write': note('decide'),
    'records.erasure.begin': note('erase'),
    'mail.review.send': note('mail'),
  };
  const own = await openNamespace('forged', activities);
  stranger = own.client;
  const { namespace } = stranger.options;
  client = createTemporalClient({ address: inject('temporal').address, namespace, keys });
  const options = {
    dataConverter: createDataConverter(keys, 'mark'),
    interceptors: { activity: [principalInterceptor] },
  };
  const workers = [await own.worker(queue, options), await own.worker(TASK_QUEUES.io, options)];
  const running = workers.map((worker) => worker.run());
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(running);
    await client.connection.close();
    await own.close();
  };
});
afterAll(() => stop?.());

const start = (by: Client, type: string, workflowId: string, input: unknown): Promise<WorkflowHandle> =>
  by.workflow.start(type, { workflowId, taskQueue: queue, args: [input] });
const refusalOf = (handle: WorkflowHandle) =>
  handle.result().then(
    () => 'none',
    ({ cause }: { cause?: { type?: string } }) => cause?.type,
  );

it('starts nothing with arguments that are not encrypted', async () => {
  const id = randomUUID();
  acted.length = 0;
  for (const [type, workflowId] of [
    ['eraseData', `erasure/${id}`],
    ['annotateThenArchive', `annotation/${id}`],
  ] as const) {
    await start(stranger, type, workflowId, { jobId: id });
    // Its failure is encrypted: who asked for it does not read it either.
    expect(await refusalOf(client.workflow.getHandle(workflowId))).toBe('not_encrypted');
  }
  expect(acted).toEqual([]);
});

it('starts nothing with what was encrypted for another workflow', async () => {
  const id = randomUUID();
  acted.length = 0;
  const annotation = await client.workflow.start('annotateThenArchive', {
    workflowId: `annotation/${id}`,
    taskQueue: 'nobody-listens',
    args: [{ jobId: id }],
  });
  const { events } = await annotation.fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input;
  expect(input?.payloads).toHaveLength(1);
  await annotation.terminate();

  const copy = async (type: string, workflowId: string) => {
    await stranger.workflowService.startWorkflowExecution({
      namespace: stranger.options.namespace,
      workflowId,
      workflowType: { name: type },
      taskQueue: { name: queue },
      input: input ?? null,
      requestId: randomUUID(),
    });
    return refusalOf(client.workflow.getHandle(workflowId));
  };
  expect(await copy('eraseData', `erasure/${id}`)).toBe('not_encrypted');
  // Under the id that it was written for, it does not start another saga.
  expect(await copy('eraseData', `annotation/${id}`)).toBe('strange_id');
  expect(acted).toEqual([]);
});

it('neither signals nor updates a saga', async () => {
  const ref = { delivery: randomUUID(), sample: randomUUID() };
  const workflowId = `review/${ref.sample}`;
  const review = await start(client, 'reviewSample', workflowId, ref);
  await expect.poll(() => acted.includes('find')).toBe(true);
  const forged = {
    reviewer: { kind: 'user', userId: randomUUID(), organizationId: randomUUID() },
    signed: { level: 'technical', decision: 'accept', resultChecksum: '', authenticatedAt: new Date().toISOString() },
  };
  const asStranger = stranger.workflow.getHandle(workflowId);
  // It is refused, in words that only who has the keys can read.
  const refused = asStranger.executeUpdate('decide', { args: [forged] });
  await expect(refused).rejects.toThrow('Unknown encoding: binary/encrypted');
  await asStranger.signal('reannotationEnded', { jobId: randomUUID() });
  // It goes on, and has heard none of it.
  await expect(
    review.executeUpdate('decide', { args: [{ ...forged, signed: { ...forged.signed, level: 'director' } }] }),
  ).rejects.toMatchObject({
    cause: { type: 'wrong_level' },
  });
  expect(acted).not.toContain('decide');
  await review.terminate();
});
