// One job is one trace, from the request to the mail, and nothing private is in it. Who receives the spans being slow or away
// changes nothing.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SPAN_ATTRIBUTES } from '../../process/span-attributes.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { startSpanReceiver, type ReceivedSpan, type SpanReceiver } from '../support/span-receiver.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const OWNER = 'free@varloom.test';
const FILE_NAME = 'Jane-Roe-1984-02-29.vcf';
/** What a caller may send along, and what must not travel on. */
const STATE = 'patient=jane-roe';

let receiver: SpanReceiver;
let stack: TestStack;
let free: Program;
let isReceiverClosed = false;
beforeAll(async () => {
  receiver = await startSpanReceiver();
  stack = await startStack({ env: { ...receiver.env, RETENTION_SECONDS: '1' } });
  free = await signIn(stack, OWNER);
});
afterAll(async () => {
  await stack?.stop();
  if (!isReceiverClosed) await receiver?.close();
});

const genome = makeGenome(DEMO_PLAN);
const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 6, count: 50 })));

const traceId = randomBytes(16).toString('hex');
const callersSpan = randomBytes(8).toString('hex');
let id: string;
let spans: ReceivedSpan[];

it('all spans of a job are in the trace of who submitted it, and each has its parent', async () => {
  const inputFile = await free.upload(FILE_NAME, vcf);
  const { body } = await free.call(
    'POST',
    '/annotations',
    { input_file: inputFile },
    { traceparent: `00-${traceId}-${callersSpan}-01`, tracestate: STATE, baggage: STATE },
  );
  id = String(body['job_id']);
  expect(await free.ended(id)).toMatchObject({ job_status: 'COMPLETED' });
  const ofTrace = () => receiver.spans().filter((span) => span.traceId === traceId);
  // The span of the whole run comes when the result is archived.
  await expect
    .poll(() => ofTrace().map(({ name }) => name), { timeout: 60_000 })
    .toContain('RunWorkflow:annotateThenArchive');
  const parentsOf = (list: ReceivedSpan[]) => list.map(({ parentSpanId }) => parentSpanId);
  const idsOf = (list: ReceivedSpan[]) => [callersSpan, ...list.map(({ spanId }) => spanId)];
  // Each process sends when it likes.
  await expect
    .poll(() => parentsOf(ofTrace()).filter((parent) => !idsOf(ofTrace()).includes(parent ?? '')), { timeout: 20_000 })
    .toEqual([]);
  spans = ofTrace();
  const aboutJob = receiver.spans().filter((span) => span.attributes['temporalWorkflowId'] === `annotation/${id}`);
  expect(aboutJob.length).toBeGreaterThan(15);
  expect(aboutJob.filter((span) => span.traceId !== traceId)).toEqual([]);
});

/** The names from a span up to the caller's. */
const pathsTo = (name: string): string[] =>
  spans
    .filter((span) => span.name === name)
    .map((span) => {
      const names = [];
      for (let at: ReceivedSpan | undefined = span; at; at = spans.find(({ spanId }) => spanId === at?.parentSpanId)) {
        names.push(at.name);
      }
      return names.join(' < ');
    });

const RUN = 'RunWorkflow:annotateThenArchive < StartWorkflow:annotateThenArchive < POST /annotations';
const activity = (name: string) => `RunActivity:${name} < StartActivity:${name} < ${RUN}`;

it.for([
  ['POST /annotations', 'POST /annotations'],
  ['Postgres write', 'Postgres write < POST /annotations'],
  ['S3 HeadObject', 'S3 HeadObject < POST /annotations'],
  ['Postgres write', `Postgres write < ${activity('records.job.start')}`],
  ['S3 GetObject', `S3 GetObject < ${activity('engine.input.annotate')}`],
  ['S3 PutObject', `S3 PutObject < ${activity('engine.input.annotate')}`],
  ['Postgres write', `Postgres write < ${activity('records.job.complete')}`],
  ['Postgres write', `Postgres write < ${activity('mail.annotation.send')}`],
  ['Mail send', `Mail send < ${activity('mail.annotation.send')}`],
  ['S3 DeleteObjects', `S3 DeleteObjects < ${activity('storage.object.remove')}`],
] as const)('%s is where it belongs: %s', ([name, path]) => {
  expect(pathsTo(name)).toContain(path);
});

it('they come from every process that had a part in it, and tell who and how it ended', () => {
  expect([...new Set(spans.map(({ service }) => service))].toSorted()).toEqual([
    'varloom-gateway',
    'varloom-worker-engine',
    'varloom-worker-io',
    'varloom-worker-orchestration',
  ]);
  const [request] = spans.filter(({ parentSpanId }) => parentSpanId === callersSpan);
  expect(request?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/annotations',
    'http.response.status_code': 201,
    'varloom.request_id': expect.stringMatching(/^[\da-f-]{36}$/),
    'varloom.principal_id': expect.stringMatching(/^user:[\da-f-]{36}$/),
  });
});

it('a span says what is on the list, and nothing of a person', () => {
  const said = receiver.spans();
  const names = new Set(said.flatMap((span) => Object.keys(span.attributes)));
  expect([...names].filter((name) => !SPAN_ATTRIBUTES.has(name))).toEqual([]);
  expect(said.filter(({ events, links, status }) => events.length + links.length > 0 || status.message)).toEqual([]);
  for (const secret of [FILE_NAME, 'Jane', 'jane', OWNER, 'Bearer']) expect(receiver.raw()).not.toContain(secret);
});

it('a receiver that hangs, and one that is away, change nothing for a job', async () => {
  const hung = receiver.hang();
  const job = async () => free.ended(await free.annotate(await free.upload(FILE_NAME, vcf)));
  expect(await job()).toMatchObject({ job_status: 'COMPLETED' });
  await hung;
  await receiver.close();
  isReceiverClosed = true;
  expect(await job()).toMatchObject({ job_status: 'COMPLETED' });
  // Also the end: what could not be sent is given up in time.
  expect(await stack.stop()).toBe(0);
});
