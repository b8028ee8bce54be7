// What Amazon answers to a retrieval and the emulator does not (S3 API Reference, "RestoreObject"), over HTTP; and what
// becomes of a retrieval when the emulator restarts.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { layOutStore } from '../infra/local/object-store.ts';
import { startMinistack, type MinistackAddresses } from '../infra/local/services/ministack.ts';
import { connectStore, type S3 } from './client.ts';
import { retrievalOf } from './retrieve.ts';
import { createObjectStore } from './s3.ts';
import { ObjectArchived, RetrievalRefused, type ObjectRef } from './store.ts';

/** One answer to each request for a retrieval, in order; the last one stays. */
let answers: [status: number, code?: string][];
let tiers: (string | undefined)[];
const headers: Record<string, string> = {};
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    if (request.method === 'HEAD') return void response.writeHead(200, { 'Content-Length': '1', ...headers }).end();
    tiers.push(/<Tier>(\w+)<\/Tier>/.exec(body)?.[1]);
    const [status, code] = (answers.length > 1 ? answers.shift() : answers[0]) ?? [500];
    response.writeHead(status, { 'Content-Type': 'application/xml' });
    response.end(code ? `<Error><Code>${code}</Code><Message>${code}</Message></Error>` : '');
  });
});
let amazon: S3;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP address: it listens on a port.
  const { port } = server.address() as AddressInfo;
  amazon = connected({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: 'a',
    secretAccessKey: 'b',
  });
});
afterAll(() => {
  amazon.client.destroy();
  server.close();
});
beforeEach(() => {
  tiers = [];
});

function connected(at: MinistackAddresses): S3 {
  return connectStore(
    {
      S3_ENDPOINT: at.endpoint,
      AWS_REGION: at.region,
      AWS_ACCESS_KEY_ID: at.accessKeyId,
      AWS_SECRET_ACCESS_KEY: at.secretAccessKey,
      S3_INPUTS_BUCKET: 'inputs',
      S3_RESULTS_BUCKET: 'results',
    },
    { silenceMs: 60_000, attempts: 1 },
  );
}
const ref: ObjectRef = { bucket: 'results', key: 'archive/a/1' };
const retrieve = () => createObjectStore(amazon).retrieve(ref, { tier: 'Expedited', days: 2 });

it('falls back to the standard speed when there is no capacity for an expedited retrieval', async () => {
  answers = [[503, 'GlacierExpeditedRetrievalNotAvailable'], [202]];
  expect(await retrieve()).toBe('ongoing');
  expect(tiers).toEqual(['Expedited', 'Standard']);
});

it('is refused by the class, or finds that there is nothing to retrieve', async () => {
  answers = [[403, 'InvalidObjectState']];
  headers['x-amz-storage-class'] = 'DEEP_ARCHIVE';
  await expect(retrieve()).rejects.toBeInstanceOf(RetrievalRefused);
  headers['x-amz-storage-class'] = 'STANDARD';
  expect(await retrieve()).toBe('available');
});

it('is tried again when the store itself is in trouble, or access is denied for now', async () => {
  for (const [status, code] of [
    [503, 'SlowDown'],
    [403, 'AccessDenied'],
    [400, 'ExpiredToken'],
  ] as const) {
    answers = [[status, code]];
    await expect(retrieve()).rejects.toMatchObject({ name: code });
  }
});

it.for<[string | undefined, string]>([
  [undefined, 'none'],
  ['ongoing-request="true"', 'ongoing'],
  ['ongoing-request="false", expiry-date="Fri, 21 Dec 2300 00:00:00 GMT"', 'available'],
  ['ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"', 'none'],
])('reads the header %s as %s', ([header, expected]) => {
  expect(retrievalOf(header)).toBe(expected);
});

it('is forgotten by a store that restarts, and can be asked for again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'retrieve-'));
  const body = 'annotated';
  const ask = { tier: 'Standard', days: 2 } as const;
  const readBytes = (s3: S3) => s3.client.send(new GetObjectCommand({ Bucket: 'results', Key: ref.key }));
  const first = await startMinistack({ directory });
  let second: typeof first | undefined;
  try {
    await layOutStore(first, { inputsBucket: 'inputs', resultsBucket: 'results', topic: 'storage' });
    const before = connected(first);
    const put = { Bucket: 'results', Key: ref.key, Body: body, StorageClass: 'GLACIER' } as const;
    await before.client.send(
      new PutObjectCommand({ ...put, ChecksumSHA256: createHash('sha256').update(body).digest('base64') }),
    );
    // As S3's GET fails: not a missing object, and no bytes.
    await expect(readBytes(before)).rejects.toMatchObject({
      name: 'InvalidObjectState',
      $metadata: { httpStatusCode: 403 },
    });
    expect(await createObjectStore(before).retrieve(ref, ask)).toBe('ongoing');
    before.client.destroy();
    process.kill(first.process.pid, 'SIGKILL');
    await first.process.ended;

    second = await startMinistack({ directory });
    const after = connected(second);
    const store = createObjectStore(after);
    expect(await store.head(ref)).toMatchObject({ storageClass: 'GLACIER', retrieval: 'none' });
    await expect(store.download(ref, join(directory, 'never'))).rejects.toBeInstanceOf(ObjectArchived);
    expect(await store.retrieve(ref, ask)).toBe('ongoing');
    await expect.poll(async () => (await store.head(ref))?.retrieval).toBe('available');
    expect(await (await readBytes(after)).Body?.transformToString()).toBe(body);
    after.client.destroy();
  } finally {
    await second?.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
