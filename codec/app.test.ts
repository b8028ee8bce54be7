// What the codec server says when its key service does not do its part: that payloads are at fault only where they are. And whose
// payloads it takes them for.

import { createSecretKey, randomBytes } from 'node:crypto';
import { KMSInternalException, KMSServiceException } from '@aws-sdk/client-kms';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { createDataKeys } from '../kms/data-keys.ts';
import { createKeyFileService } from '../kms/key-file.ts';
import { KeyRefused, type KeyService } from '../kms/key-service.ts';
import { createLogger } from '../process/main.ts';
import { createPayloadCodec, type EncryptingCodec } from '../temporal/payload-codec.ts';
import { createCodecApp } from './app.ts';
import type { Asked } from './audit.ts';

const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;
const key = () => createSecretKey(randomBytes(32));
const file = { activeKeyId: 'file', keys: new Map([['file', key()]]) };
const real = createKeyFileService('first', new Map([['first', key()]]));
const codecOf = (service: KeyService) => createPayloadCodec({ ...file, dataKeys: createDataKeys(service) });

const metadata = {};
const fault = (name: string) => new KMSServiceException({ name, $fault: 'client', $metadata: metadata, message: name });

async function decoded(codec: EncryptingCodec, payloads: Payload[], headers: Record<string, string> = {}) {
  const audited: Asked[] = [];
  const app = createCodecApp({
    settings: { CODEC_CORS_ORIGIN: 'http://ui.test', TRACE_ACCEPT_PARENT: false },
    codec,
    findOperator: async () => system('operator'),
    rate: () => {},
    audit: async (_operator, asked) => void audited.push(...asked),
    readiness: async () => ({ isReady: true, dependencies: {} }),
    logger: createLogger('test', 'silent'),
  });
  const body = JSON.stringify(PayloadsMessage.create({ payloads }).toJSON());
  const init = { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } };
  return { answer: await app.request('/decode', init), audited };
}

it.for<[string, Error, number]>([
  ['is asked too often', fault('ThrottlingException'), 503],
  ['has trouble', new KMSInternalException({ $metadata: metadata, message: 'planted' }), 503],
  ['takes too long', Object.assign(new Error('planted'), { name: 'TimeoutError' }), 503],
  ['is not there', Object.assign(new Error('planted'), { code: 'ECONNREFUSED' }), 503],
  ['fails in a way of its own', new Error('planted'), 503],
  ['refuses the key', new KeyRefused('planted'), 400],
])('a key service that %s', async ([, error, status]) => {
  const payloads = await codecOf(real).encode([defaultPayloadConverter.toPayload('x')]);
  const failing = codecOf({
    keyId: real.keyId,
    wrap: () => Promise.reject(error),
    unwrap: () => Promise.reject(error),
  });
  const { answer, audited } = await decoded(failing, payloads);
  const text = await answer.text();
  expect([answer.status, text.includes('cannot be decoded')]).toEqual([status, true]);
  expect(text).toContain(status === 503 ? '"unavailable"' : '"bad_request"');
  expect(text).not.toContain('planted');
  expect(audited).toEqual([]);
});

it('payloads say whose they are, whatever the caller says; of those that do not, the entry is the word of the caller', async () => {
  const codec = codecOf(real);
  const of = (workflowId: string, ...values: unknown[]) =>
    codec.encode(
      values.map((value) => defaultPayloadConverter.toPayload(value)),
      { type: 'workflow', namespace: 'lab', workflowId },
    );
  const old = await codec.encode([defaultPayloadConverter.toPayload('old')]);
  const payloads = [
    ...(await of('review/1', 1, 2)),
    ...old,
    ...(await of('erasure/2', 3)),
    ...(await of('review/1', 4)),
  ];
  const named = (workflowId: string | undefined, namedBy: 'payloads' | 'caller', count: number): Asked => ({
    namespace: 'lab',
    workflowId,
    namedBy,
    payloads: count,
  });
  const owned = [named('review/1', 'payloads', 3), named('erasure/2', 'payloads', 1)];
  const claims = { 'X-Namespace': 'lab', 'X-Workflow-Id': 'annotation/9' };
  const { answer, audited } = await decoded(codec, payloads, claims);
  const read = PayloadsMessage.fromObject(await answer.json());
  expect(read.payloads.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual([1, 2, 'old', 3, 4]);
  expect(audited).toHaveLength(3);
  expect(audited).toEqual(expect.arrayContaining([...owned, named('annotation/9', 'caller', 1)]));
  expect((await decoded(codec, old, { 'X-Namespace': 'lab' })).audited).toEqual([named(undefined, 'caller', 1)]);
});
