// The spans of the codec server: a request's, under it what Postgres and KMS were asked for, and nothing of what was decoded.

import { createSecretKey, randomBytes } from 'node:crypto';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SpanKind } from '@opentelemetry/api';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { VarloomError } from '../domain/errors.ts';
import { system } from '../domain/principal.ts';
import { openPayloadDataKeys } from '../kms/settings.ts';
import { createLogger } from '../process/main.ts';
import { createPayloadCodec } from '../temporal/payload-codec.ts';
import { PayloadsMessage, startCodecBench, UI, type CodecBench } from '../tests/support/codec-bench.ts';
import { collectSpans, type CollectedSpans } from '../tests/support/collected-spans.ts';
import { startSpanReceiver, type SpanReceiver } from '../tests/support/span-receiver.ts';
import { createCodecApp } from './app.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLERS_SPAN = '00f067aa0ba902b7';
const SERVER = 2; // OTLP's number of the kind
const traceparent = `00-${TRACE}-${CALLERS_SPAN}-01`;
/** What a caller may send along: none of it belongs into a trace. */
const told = {
  'X-Namespace': 'planted-namespace',
  'X-Workflow-Id': 'planted-workflow',
  Referer: `${UI}/namespaces/lab/workflows/planted-page`,
  tracestate: 'who=planted-state',
  baggage: 'who=planted-baggage',
};

let collected: CollectedSpans;
let receiver: SpanReceiver;
let bench: CodecBench;
beforeAll(async () => {
  collected = collectSpans();
  receiver = await startSpanReceiver();
  bench = await startCodecBench({ OPERATORS: 'x@y.test', TRACE_ACCEPT_PARENT: 'true', ...receiver.env });
});
afterEach(() => collected.clear());
afterAll(async () => {
  await bench?.close();
  await receiver?.close();
});

it('a decoding by the process itself is a part of the trace of who asked, with its audit under it', async () => {
  const headers = await bench.withServiceToken('codec', ['payloads:decode']);
  const body = await bench.encrypted('planted-content');
  await fetch(`${bench.address}/health/ready`);
  const answer = await bench.decode(body, { ...headers, ...told, traceparent });
  expect(answer.status).toBe(200);
  const ofTrace = () => receiver.spans().filter(({ traceId }) => traceId === TRACE);
  await expect.poll(() => ofTrace().map(({ name }) => name)).toContain('POST /decode');
  const request = ofTrace().find(({ name }) => name === 'POST /decode');
  expect(request).toMatchObject({ service: 'varloom-codec', kind: SERVER, parentSpanId: CALLERS_SPAN });
  expect(request?.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/decode',
    'http.response.status_code': 200,
    'varloom.request_id': answer.headers.get('X-Request-Id'),
    'varloom.principal_id': 'system:replay-tool',
  });
  // The token is looked up, and the decoding is written into the log: ended before the request has.
  const under = ofTrace().filter(({ parentSpanId }) => parentSpanId === request?.spanId);
  expect(under.map(({ name }) => name)).toEqual(expect.arrayContaining(['Postgres write']));
  expect(receiver.spans().filter(({ name }) => name.includes('health'))).toEqual([]);
  expect(receiver.raw()).not.toContain('planted');
  expect(receiver.raw()).not.toContain(headers['Authorization']?.slice('Bearer '.length));
});

/** The application in this process, with data keys of the KMS of the local store. */
async function startApp(acceptsParent: boolean) {
  const { endpoint, region, accessKeyId, secretAccessKey } = inject('store');
  const admin = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const { KeyMetadata: key } = await admin.send(new CreateKeyCommand({}));
  admin.destroy();
  const keys = { activeKeyId: 'file', keys: new Map([['file', createSecretKey(randomBytes(32))]]) };
  const codec = () => {
    const dataKeys = openPayloadDataKeys({
      PAYLOAD_KEY_SERVICE: `kms://${region}/${key?.KeyId}`,
      KMS_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    return createPayloadCodec({ ...keys, dataKeys });
  };
  const payloads = await codec().encode([defaultPayloadConverter.toPayload('planted-content')]);
  const app = createCodecApp({
    settings: { CODEC_CORS_ORIGIN: UI, TRACE_ACCEPT_PARENT: acceptsParent },
    codec: codec(),
    findOperator: async (c) => {
      if (c.req.header('Authorization') === 'good') return system('operator');
      throw new VarloomError('unauthenticated', 'no');
    },
    rate: () => {},
    audit: async () => {},
    readiness: async () => ({ isReady: true, dependencies: {} }),
    logger: createLogger('test', 'silent'),
  });
  const body = JSON.stringify(PayloadsMessage.create({ payloads }).toJSON());
  return async (authorization: string) => {
    const headers = { 'Content-Type': 'application/json', Authorization: authorization, traceparent, ...told };
    const { status } = await app.request('/decode', { method: 'POST', body, headers });
    const spans = await collected.spans();
    await collected.clear();
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('planted');
    return { status, spans };
  };
}

it('KMS is asked within the request that first needs a key, and not by those after it', async () => {
  const decode = await startApp(true);
  const first = await decode('good');
  expect(first.spans.map(({ name }) => name)).toEqual(['KMS Decrypt', 'POST /decode']);
  const [kms, request] = first.spans;
  expect(request).toMatchObject({ kind: SpanKind.SERVER, parentSpanId: CALLERS_SPAN });
  expect(kms).toMatchObject({ kind: SpanKind.CLIENT, parentSpanId: request?.spanContext().spanId });
  const next = await decode('good');
  expect(next.spans.map(({ name }) => name)).toEqual(['POST /decode']);
});

it('where nobody says otherwise, no trace of a caller is continued; who is refused is not named', async () => {
  const decode = await startApp(false);
  const { status, spans } = await decode('bad');
  expect(status).toBe(401);
  expect(spans).toHaveLength(1);
  const [request] = spans;
  expect(request?.parentSpanId).toBeUndefined();
  expect(request?.spanContext().traceId).not.toBe(TRACE);
  expect(request?.attributes).toMatchObject({ 'http.response.status_code': 401 });
  expect(request?.attributes).not.toHaveProperty('varloom.principal_id');
});
