// Traces through real workflows on a real server: who called whom, and that a history replays with a trace as without.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client } from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry';
import protocol from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../domain/ids.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { activeTraceparent } from '../process/spans.ts';
import { withTraceHeader } from '../temporal/trace-header.ts';
import { openNamespace, type OwnNamespace } from '../tests/integration/own-namespace.ts';
import { readHistory, workflowIdOf } from '../tests/replay/history-file.ts';
import { collectSpans, type CollectedSpans } from '../tests/support/collected-spans.ts';
import type { MemoryJob } from '../tests/support/models/memory-records.ts';
import { createWorld } from '../tests/support/models/world.ts';
import { setRetentionUpdate } from '../workflows/annotate-then-archive/messages.ts';
import type { annotateThenArchive } from '../workflows/annotate-then-archive/workflow.ts';
import type { tendJobs } from '../workflows/tend-jobs/workflow.ts';
import { bundleWorkflows } from './bundle.ts';
import { activityTraceInterceptor, workflowSpanSinks } from './tracing.ts';

const { History } = protocol.temporal.api.history.v1;
type History = protocol.temporal.api.history.v1.IHistory;

/** What the list of untended jobs says of the request that submitted them. */
let submittedBy: string | undefined;
const world = createWorld();
const activities = {
  ...world.activities,
  'records.job.listUntended': async () =>
    (await world.activities['records.job.listUntended']()).map((job) => ({ ...job, traceparent: submittedBy })),
};

let collected: CollectedSpans;
let own: OwnNamespace;
let client: Client;
let stop: () => Promise<unknown>;
let workflowBundle: { code: string };
beforeAll(async () => {
  workflowBundle = { code: await bundleWorkflows() };
  collected = collectSpans();
  own = await openNamespace('tracing', activities);
  const { connection, namespace } = own.client.options;
  client = new Client({
    connection,
    namespace,
    interceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
  });
  const workers = await Promise.all(
    Object.values(TASK_QUEUES).map((queue) =>
      own.worker(queue, {
        sinks: workflowSpanSinks(collected.tracing),
        interceptors: { activity: [activityTraceInterceptor] },
      }),
    ),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  stop = () => {
    for (const worker of workers) worker.shutdown();
    return running;
  };
});
afterAll(async () => {
  await stop?.();
  await own?.close();
});
afterEach(async () => {
  world.reset();
  world.records.clear();
  await collected.clear();
});

const start = (by: Client, jobId: Parameters<typeof workflowIds.annotation>[0]) =>
  by.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId }],
  });

/** The names from each span of this name up to the first, of those that have been collected. */
async function pathsTo(name: string): Promise<string[]> {
  const spans = await collected.spans();
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  return spans
    .filter((span) => span.name === name)
    .map((span) => {
      const path = [];
      for (let at = byId.get(span.spanContext().spanId); at; at = byId.get(at.parentSpanId ?? '')) path.push(at.name);
      return path.join(' < ');
    });
}

/** Cuts the retention of a completed job short, and waits until its saga has ended. */
async function finish(by: Client, job: MemoryJob): Promise<void> {
  await expect.poll(() => job.status).toBe('COMPLETED');
  const handle = by.workflow.getHandle<typeof annotateThenArchive>(workflowIds.annotation(job.jobId));
  await collected.within('second', () => handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds: 0 }] }));
  await handle.result();
}

/** A traced run whose retention is cut short by another request. */
async function runTraced(): Promise<{ workflowId: string; history: History }> {
  const job = world.submit('free');
  const handle = await collected.within('first', () => start(client, job.jobId));
  await finish(client, job);
  return { workflowId: handle.workflowId, history: await handle.fetchHistory() };
}

it('a run, what it calls and what it is told continue the traces of those who asked', async () => {
  const { workflowId } = await runTraced();
  const run = 'RunWorkflow:annotateThenArchive < StartWorkflow:annotateThenArchive < first';
  const told = 'HandleUpdate:setRetention < StartWorkflowUpdate:setRetention < second';
  const called = (name: string) => `RunActivity:${name} < StartActivity:${name}`;
  expect(await pathsTo('RunWorkflow:annotateThenArchive')).toEqual([run]);
  for (const name of ['records.job.start', 'engine.input.annotate', 'mail.annotation.send', 'storage.result.archive']) {
    expect(await pathsTo(`RunActivity:${name}`)).toEqual([`${called(name)} < ${run}`]);
  }
  expect(await pathsTo('RunActivity:records.retention.set')).toEqual([`${called('records.retention.set')} < ${told}`]);
  const spans = await collected.spans();
  const [whole] = spans.filter(({ name }) => name === 'RunWorkflow:annotateThenArchive');
  expect(whole?.attributes).toEqual({ temporalWorkflowId: workflowId, run_id: expect.any(String) });
  expect(whole?.status).toEqual({ code: 1 });
  expect(new Set(spans.map((span) => span.spanContext().spanId)).size).toBe(spans.length);
});

it('a saga that is started late continues the trace of the request that submitted its job', async () => {
  const job = world.submit('premium');
  submittedBy = await collected.within('submission', async () => activeTraceparent());
  await own.client.workflow.execute<typeof tendJobs>('tendJobs', {
    workflowId: `tend-jobs-${randomUUID()}`,
    taskQueue: TASK_QUEUES.orchestration,
  });
  await finish(own.client, job);
  expect(await pathsTo('RunWorkflow:annotateThenArchive')).toEqual(['RunWorkflow:annotateThenArchive < submission']);
  // Nobody asked for the tending itself.
  expect(await pathsTo('RunWorkflow:tendJobs')).toEqual([]);
});

it('what nobody traces leaves no spans', async () => {
  const job = world.submit('premium');
  await start(own.client, job.jobId);
  await finish(own.client, job);
  expect((await collected.spans()).map(({ name }) => name)).toEqual(['second']);
});

const PLACE = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };

/** As though whoever started or told the run had traced it. */
function traced(history: History): History {
  const copy = History.fromObject(History.toObject(History.fromObject(history)));
  for (const event of copy.events) {
    const started = event.workflowExecutionStartedEventAttributes;
    const signaled = event.workflowExecutionSignaledEventAttributes;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    for (const called of [started, signaled, update]) {
      if (called) called.header = { fields: withTraceHeader(called.header?.fields ?? {}, PLACE) };
    }
  }
  return copy;
}

/** As though nobody had. */
function untraced(history: History): History {
  return History.fromObject(
    JSON.parse(
      JSON.stringify(History.toObject(History.fromObject(history), { bytes: String })),
      (name, value: unknown) => (name === '_tracer-data' ? undefined : value),
    ),
  );
}

it('a traced history replays, and as though it had not been traced', async () => {
  const { history, workflowId } = await runTraced();
  expect(JSON.stringify(history)).toContain('_tracer-data');
  expect(JSON.stringify(untraced(history))).not.toContain('_tracer-data');
  await collected.clear();
  await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  await Worker.runReplayHistory({ workflowBundle }, untraced(history), workflowId);
  expect(await collected.spans()).toEqual([]);
});

it.for([
  'annotation-cancelled-while-archiving',
  'annotation-retention-changed',
  'delivery-acknowledged',
  'restore-noticed',
  'review-returned-and-withdrawn',
  'subscription-upgraded',
  'tend-jobs',
])('%s, which was recorded without traces, replays as though it had been traced', async (name) => {
  const text = readFileSync(new URL(`../tests/replay/histories/0.1.0/${name}.json`, import.meta.url), 'utf8');
  const history = traced(readHistory(text));
  expect(JSON.stringify(history)).toContain('_tracer-data');
  const replayed = Worker.runReplayHistory({ workflowBundle }, history, workflowIdOf(text) ?? 'annotation/replayed');
  await expect(replayed).resolves.toBeUndefined();
});
