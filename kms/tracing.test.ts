// Spans of calls of a key service: one for each call that is made, none for what is answered from memory, and nothing of a
// key or of whom it belongs to.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeAll, expect, inject, it } from 'vitest';
import { collectSpans, type CollectedSpans } from '../tests/support/collected-spans.ts';
import { createDataKeys } from './data-keys.ts';
import { KeyRefused, type KeyService, type WrappedKey } from './key-service.ts';
import { openKeyService } from './settings.ts';

let collected: CollectedSpans;
let kms: KeyService;
beforeAll(async () => {
  collected = collectSpans();
  const { endpoint, region, accessKeyId, secretAccessKey } = inject('store');
  const admin = new KMSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const { KeyMetadata: key } = await admin.send(new CreateKeyCommand({}));
  admin.destroy();
  kms = openKeyService({
    PATIENT_KEY_SERVICE: `kms://${region}/${key?.KeyId}`,
    KMS_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
});
afterEach(() => collected.clear());

/** What ended within a request while `work` was done: name, whether it failed, attributes. */
async function callsOf(work: () => Promise<unknown>) {
  let request: string | undefined;
  await collected.within('request', async (span) => {
    request = span.spanContext().spanId;
    await work();
  });
  const spans = (await collected.spans()).filter(({ name }) => name !== 'request');
  await collected.clear();
  for (const span of spans) expect([span.kind, span.parentSpanId]).toEqual([SpanKind.CLIENT, request]);
  return spans.map(({ name, status, attributes }) => ({
    name,
    hasFailed: status.code === SpanStatusCode.ERROR,
    attributes,
  }));
}

const kmsCall = (method: string, status = 200) => ({
  'rpc.system': 'aws-api',
  'rpc.service': 'KMS',
  'rpc.method': method,
  'server.address': new URL(inject('store').endpoint).hostname,
  'http.response.status_code': status,
});
const fileCall = (method: string) => ({ 'rpc.system': 'file', 'rpc.service': 'KeyFile', 'rpc.method': method });

it('KMS is called once for many payloads, and leaves a span then', async () => {
  const [writer, reader] = [createDataKeys(kms), createDataKeys(kms)];
  let wrapped: WrappedKey | undefined;
  const encrypting = await callsOf(async () => {
    const keys = await Promise.all([writer.toEncrypt(1), writer.toEncrypt(1)]);
    ({ wrapped } = await writer.toEncrypt(1));
    expect(keys.map((key) => key.wrapped)).toEqual([wrapped, wrapped]);
    // Who wrote it knows it.
    await writer.toDecrypt(wrapped);
  });
  expect(encrypting).toEqual([{ name: 'KMS Encrypt', hasFailed: false, attributes: kmsCall('Encrypt') }]);
  const decrypt = () => reader.toDecrypt(wrapped ?? { keyId: '', wrapped: '' });
  const once = [{ name: 'KMS Decrypt', hasFailed: false, attributes: kmsCall('Decrypt') }];
  expect(await callsOf(() => Promise.all([decrypt(), decrypt()]))).toEqual(once);
  expect(await callsOf(decrypt)).toEqual([]);
});

it('a refusal of KMS is told by its kind and status', async () => {
  const wrapped = await kms.wrap(randomBytes(32), { patient: randomUUID() });
  const calls = await callsOf(async () => {
    await expect(kms.unwrap(wrapped, { patient: randomUUID() })).rejects.toBeInstanceOf(KeyRefused);
  });
  const attributes = { ...kmsCall('Decrypt', 400), 'error.type': 'InvalidCiphertextException' };
  expect(calls).toEqual([{ name: 'KMS Decrypt', hasFailed: true, attributes }]);
});

it('a KMS that is not there leaves a span for each attempt', async () => {
  const away = openKeyService({
    PATIENT_KEY_SERVICE: 'kms://us-east-1/alias/patients',
    KMS_ENDPOINT: 'http://127.0.0.1:9',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const calls = await callsOf(async () => {
    await expect(away.wrap(randomBytes(32), {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
  const attempt = { name: 'KMS Encrypt', hasFailed: true, attributes: expect.any(Object) as unknown };
  expect(calls).toEqual([attempt, attempt]);
  expect(calls.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([undefined, undefined]);
});

it('the key file leaves the spans that a service elsewhere would; neither tells a key or whom it belongs to', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-keys-'));
  const path = join(directory, 'keys.json');
  const masterKey = randomBytes(32).toString('base64');
  await writeFile(path, JSON.stringify({ active: 'planted-key-id', keys: { 'planted-key-id': masterKey } }));
  const file = openKeyService({ PATIENT_KEY_SERVICE: 'file:', PATIENT_KEYS_FILE: path });
  await rm(directory, { recursive: true });

  const dataKey = randomBytes(32);
  const context = { patient: randomUUID(), organization: randomUUID() };
  const secrets = [masterKey, 'planted-key-id', kms.keyId, ...Object.values(context)];
  secrets.push(dataKey.toString('base64'), dataKey.toString('hex'));
  const calls = await callsOf(async () => {
    for (const service of [file, kms]) {
      const wrapped = await service.wrap(dataKey, context);
      secrets.push(wrapped.wrapped);
      expect(await service.unwrap(wrapped, context)).toEqual(dataKey);
      await expect(service.unwrap(wrapped, {})).rejects.toBeInstanceOf(KeyRefused);
    }
  });
  expect(calls.slice(0, 3)).toEqual([
    { name: 'KeyFile wrap', hasFailed: false, attributes: fileCall('wrap') },
    { name: 'KeyFile unwrap', hasFailed: false, attributes: fileCall('unwrap') },
    { name: 'KeyFile unwrap', hasFailed: true, attributes: { ...fileCall('unwrap'), 'error.type': 'KeyRefused' } },
  ]);
  expect(calls.map(({ name }) => name).slice(3)).toEqual(['KMS Encrypt', 'KMS Decrypt', 'KMS Decrypt']);
  const told = JSON.stringify(calls);
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
});

it('what no request asks for leaves none', async () => {
  await kms.wrap(randomBytes(32), {});
  expect(await collected.spans()).toEqual([]);
});
