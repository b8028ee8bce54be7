// One job is one trace, from the request to the mail, and nothing private is in it. Who receives the spans being slow or away
// changes nothing.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { payOnPage } from '../../infra/local/stripe/pay-on-page.ts';
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
  const links = { TRACE_URL_TEMPLATE: 'https://traces.example.org/trace/{trace_id}' };
  const env = { ...receiver.env, ...links, TRACE_ACCEPT_PARENT: 'true', RETENTION_SECONDS: '1' };
  stack = await startStack({ env });
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
const ofTrace = (id = traceId) => receiver.spans().filter((span) => span.traceId === id);
/** Each process sends its spans when it likes. */

it('all spans of a job are in the trace of who submitted it, and each has its parent', async () => {
  const inputFile = await free.upload(FILE_NAME, vcf);
  const { body } = await free.call(
    'POST',
    '/annotations',
    { input_file: inputFile },
    { traceparent: `00-${traceId}-${callersSpan}-01`, tracestate: STATE, baggage: STATE },
  );
  id = String(body['job_id']);
  expect(await free.ended(id)).toMatchObject({
    job_status: 'COMPLETED',
    trace_id: traceId,
    links: {
      trace: `https://traces.example.org/trace/${traceId}`,
      history: `${stack.stack.temporal.ui}/namespaces/default/workflows/annotation%2F${id}`,
    },
  });
  // The span of the whole run comes when the result is archived.
  await expect
    .poll(() => ofTrace().map(({ name }) => name), { timeout: 60_000 })
    .toContain('RunWorkflow:annotateThenArchive');
  const parentsOf = (list: ReceivedSpan[]) => list.map(({ parentSpanId }) => parentSpanId);
  const idsOf = (list: ReceivedSpan[]) => [callersSpan, ...list.map(({ spanId }) => spanId)];
  await expect
    .poll(() => parentsOf(ofTrace()).filter((parent) => !idsOf(ofTrace()).includes(parent ?? '')))
    .toEqual([]);
  const aboutJob = receiver.spans().filter((span) => span.attributes['temporalWorkflowId'] === `annotation/${id}`);
  expect(aboutJob.length).toBeGreaterThan(15);
  expect(aboutJob.filter((span) => span.traceId !== traceId)).toEqual([]);
});

/** The names from a span up to the caller's. */
function pathsTo(name: string, of = traceId): string[] {
  const byId = new Map(ofTrace(of).map((span) => [span.spanId, span]));
  return [...byId.values()]
    .filter((span) => span.name === name)
    .map((span) => {
      const path = [];
      for (let at: ReceivedSpan | undefined = span; at; at = byId.get(at.parentSpanId ?? '')) path.push(at.name);
      return path.join(' < ');
    });
}

const RUN = 'RunWorkflow:annotateThenArchive < StartWorkflow:annotateThenArchive < POST /annotations';
const activity = (name: string) => `RunActivity:${name} < StartActivity:${name} < ${RUN}`;

it.for([
  ['POST /annotations', 'POST /annotations'],
  ['Postgres write', 'Postgres write < POST /annotations'],
  ['S3 HeadObject', 'S3 HeadObject < POST /annotations'],
  ['Postgres write', `Postgres write < ${activity('records.job.start')}`],
  ['S3 GetObject', `S3 GetObject < ${activity('engine.input.annotate')}`],
  ['Engine annotate', `Engine annotate < ${activity('engine.input.annotate')}`],
  ['S3 PutObject', `S3 PutObject < ${activity('engine.input.annotate')}`],
  ['Postgres write', `Postgres write < ${activity('records.job.complete')}`],
  ['Postgres write', `Postgres write < ${activity('mail.annotation.send')}`],
  ['Mail send', `Mail send < ${activity('mail.annotation.send')}`],
  ['S3 DeleteObjects', `S3 DeleteObjects < ${activity('storage.object.remove')}`],
] as const)('%s is where it belongs: %s', async ([name, path]) => {
  await expect.poll(() => pathsTo(name)).toContain(path);
});

it('they come from every process that had a part in it, and tell who and how it ended', async () => {
  const processes = ['gateway', 'worker-engine', 'worker-io', 'worker-orchestration'].map((name) => `varloom-${name}`);
  await expect.poll(() => [...new Set(ofTrace().map(({ service }) => service))].toSorted()).toEqual(processes);
  const [request] = ofTrace().filter(({ parentSpanId }) => parentSpanId === callersSpan);
  expect(request?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/annotations',
    'http.response.status_code': 201,
    'varloom.request_id': expect.stringMatching(/^[\da-f-]{36}$/),
    'varloom.principal_id': expect.stringMatching(/^user:[\da-f-]{36}$/),
  });
});

const payment = { traceId: randomBytes(16).toString('hex'), customer: 'free2@varloom.test', card: '4242424242424242' };
/** Ids of the payment service are nobody's name, and stay out of spans all the same. */
const STRIPE_ID = /\b(?:cus|cs|sub|pi|ch|in|pm|price|prod)_[A-Za-z0-9_]{6,}/;

it('what is asked of the payment service is in the trace of who wants to pay, and says nothing of them', async () => {
  const payer = await signIn(stack, payment.customer);
  const traceparent = `00-${payment.traceId}-${callersSpan}-01`;
  const { status, body } = await payer.call('POST', '/subscription', {}, { traceparent });
  expect(status).toBe(201);
  expect(String(body['checkout_url'])).toMatch(STRIPE_ID);
  expect(await payOnPage(String(body['checkout_url']), payment.card)).toMatchObject({ status: 303 });
  const request = 'UpdateWithStartWorkflow:openCheckout < POST /subscription';
  const told = (name: string) => `RunActivity:${name} < StartActivity:${name} < HandleUpdate:openCheckout < ${request}`;
  const read = 'RunActivity:billing.account.read < StartActivity:billing.account.read';
  for (const [name, path] of [
    ['Stripe POST customers', told('billing.customer.ensure')],
    ['Stripe POST checkout', told('billing.checkout.open')],
    ['Stripe GET charges', `${read} < RunWorkflow:upgradeThenRestore < ${request}`],
  ] as const) {
    await expect.poll(() => pathsTo(name, payment.traceId)).toContain(`${name} < ${path}`);
  }
  const asked = receiver.spans().filter(({ name }) => name.startsWith('Stripe'));
  for (const { name, attributes, service } of asked) {
    expect([service, attributes]).toEqual([
      'varloom-worker-io',
      {
        'rpc.system': 'stripe',
        'rpc.method': expect.stringMatching(/^(?:GET|POST) [a-z_]+$/),
        'server.address': '127.0.0.1',
        'http.response.status_code': 200,
      },
    ]);
    expect(name).toBe(`Stripe ${String(attributes['rpc.method'])}`);
  }
  expect(receiver.raw()).not.toMatch(STRIPE_ID);
  for (const secret of [payment.customer, payment.card, 'payer@']) expect(receiver.raw()).not.toContain(secret);
});

it('a span says what is on the list, and nothing of a person', () => {
  const said = receiver.spans();
  const names = new Set(said.flatMap((span) => Object.keys(span.attributes)));
  expect([...names].filter((name) => !SPAN_ATTRIBUTES.has(name))).toEqual([]);
  expect(said.filter(({ events, links, status }) => events.length + links.length > 0 || status.message)).toEqual([]);
  for (const secret of [FILE_NAME, 'Jane', 'jane', OWNER, 'Bearer']) expect(receiver.raw()).not.toContain(secret);
});

it("the log lines of the job's activities and of the request name the trace, and nothing of a person", async () => {
  const logs = join(stack.home, 'logs');
  const read = async (name: string) => (await readFile(join(logs, `${name}.log`), 'utf8')).split('\n');
  const gateway = (await read('gateway')).filter((line) => line.includes(traceId));
  expect(gateway.map((line): unknown => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'request', route: '/annotations', status: 201, principal_id: expect.any(String) }),
  );
  const engine = (await read('worker-engine')).filter((line) => line.includes(traceId));
  expect(engine.map((line): unknown => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ msg: 'annotated', workflow_id: `annotation/${id}`, activity: 'engine.input.annotate' }),
  );
  const all = (await Promise.all(['gateway', 'worker-orchestration', 'worker-io', 'worker-engine'].map(read))).flat();
  expect(all.filter((line) => [FILE_NAME, 'Jane', OWNER].some((secret) => line.includes(secret)))).toEqual([]);
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
