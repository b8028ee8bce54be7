// What the codec server says when its key service does not do its part: that payloads are at fault only where they are.

import { createSecretKey, randomBytes } from 'node:crypto';
import { KMSInternalException, KMSServiceException } from '@aws-sdk/client-kms';
import { defaultPayloadConverter } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { createDataKeys } from '../kms/data-keys.ts';
import { createKeyFileService } from '../kms/key-file.ts';
import { KeyRefused, type KeyService } from '../kms/key-service.ts';
import { createLogger } from '../process/main.ts';
import { createPayloadCodec } from '../temporal/payload-codec.ts';
import { createCodecApp } from './app.ts';

const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;
const key = () => createSecretKey(randomBytes(32));
const file = { activeKeyId: 'file', keys: new Map([['file', key()]]) };
const real = createKeyFileService('first', new Map([['first', key()]]));
const codecOf = (service: KeyService) => createPayloadCodec({ ...file, dataKeys: createDataKeys(service) });

const metadata = {};
const fault = (name: string) => new KMSServiceException({ name, $fault: 'client', $metadata: metadata, message: name });

it.for<[string, Error, number]>([
  ['is asked too often', fault('ThrottlingException'), 503],
  ['has trouble', new KMSInternalException({ $metadata: metadata, message: 'planted' }), 503],
  ['takes too long', Object.assign(new Error('planted'), { name: 'TimeoutError' }), 503],
  ['is not there', Object.assign(new Error('planted'), { code: 'ECONNREFUSED' }), 503],
  ['fails in a way of its own', new Error('planted'), 503],
  ['refuses the key', new KeyRefused('planted'), 400],
])('a key service that %s', async ([, error, status]) => {
  const payloads = await codecOf(real).encode([defaultPayloadConverter.toPayload('x')]);
  const audited: unknown[] = [];
  const app = createCodecApp({
    settings: { CODEC_CORS_ORIGIN: 'http://ui.test', TRACE_ACCEPT_PARENT: false },
    codec: codecOf({ keyId: real.keyId, wrap: () => Promise.reject(error), unwrap: () => Promise.reject(error) }),
    findOperator: async () => system('operator'),
    rate: () => {},
    audit: async (...entry) => void audited.push(entry),
    readiness: async () => ({ isReady: true, dependencies: {} }),
    logger: createLogger('test', 'silent'),
  });
  const body = JSON.stringify(PayloadsMessage.create({ payloads }).toJSON());
  const headers = { 'Content-Type': 'application/json' };
  const answer = await app.request('/decode', { method: 'POST', body, headers });
  const text = await answer.text();
  expect([answer.status, text.includes('cannot be decoded')]).toEqual([status, true]);
  expect(text).toContain(status === 503 ? '"unavailable"' : '"bad_request"');
  expect(text).not.toContain('planted');
  expect(audited).toEqual([]);
});
