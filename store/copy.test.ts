// Copies above 5 GB, over HTTP against what S3 answers (S3 User Guide, "Checking object integrity"): no store at hand
// keeps a checksum of the whole of such an object, and no test wants to move one.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectStore } from './client.ts';
import { createObjectStore } from './s3.ts';
import { CopyDiffers, ObjectArchived, type ObjectRef, type ObjectStore } from './store.ts';

type Headers = Record<string, string>;
/** Objects as their HEAD tells of them. */
const objects = new Map<string, Headers>();
let parts: { number: number; range: string }[];
let started: Headers;
/** What the store computes of the bytes that it has put together. */
let madeCrc: string;
let isArchived: boolean;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://s3');
  const has = (name: string) => url.searchParams.has(name);
  const header = (name: string) => String(request.headers[name] ?? '');
  const answer = (body: string) => response.writeHead(200, { 'Content-Type': 'application/xml' }).end(body);
  request.resume().on('end', () => {
    const object = objects.get(url.pathname);
    if (request.method === 'HEAD') return void response.writeHead(object ? 200 : 404, object).end();
    if (request.method === 'DELETE') {
      if (!has('uploadId')) objects.delete(url.pathname);
      return void response.writeHead(204).end();
    }
    if (has('uploads')) {
      started = Object.fromEntries(
        Object.entries(request.headers)
          .filter(([name]) => name.startsWith('x-amz-meta-') || name === 'x-amz-storage-class')
          .map(([name, value]) => [name, String(value)]),
      );
      return void answer('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
    }
    if (has('partNumber') && isArchived) {
      response.writeHead(403, { 'Content-Type': 'application/xml' });
      return void response.end('<Error><Code>InvalidObjectState</Code><Message>archived</Message></Error>');
    }
    if (has('partNumber')) {
      parts.push({ number: Number(url.searchParams.get('partNumber')), range: header('x-amz-copy-source-range') });
      return void answer('<CopyPartResult><ETag>"e"</ETag><ChecksumCRC64NVME>p</ChecksumCRC64NVME></CopyPartResult>');
    }
    const checksum = { 'x-amz-checksum-type': 'FULL_OBJECT', 'x-amz-checksum-crc64nvme': madeCrc };
    objects.set(url.pathname, { 'Content-Length': String(sizeBytes), ...started, ...checksum });
    return void answer('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
  });
});

let store: ObjectStore;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP address: it listens on a port.
  const { port } = server.address() as AddressInfo;
  store = createObjectStore(
    connectStore({
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      S3_INPUTS_BUCKET: 'inputs',
      S3_RESULTS_BUCKET: 'results',
    }),
  );
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const sizeBytes = 5.5 * 1024 ** 3;
const sha256 = 'ab'.repeat(32);
const from: ObjectRef = { bucket: 'results', key: 'job/1/annotated.vcf.gz' };
const to: ObjectRef = { bucket: 'results', key: 'archive/job/2' };
const expected = { sizeBytes, sha256, storageClass: 'GLACIER' };
const copy = () => store.copy(from, to, expected);
beforeEach(() => {
  parts = [];
  madeCrc = 'crc of the whole';
  isArchived = false;
  objects.clear();
  objects.set(`/results/${from.key}`, {
    'Content-Length': String(sizeBytes),
    'x-amz-meta-sha256': sha256,
    'x-amz-checksum-type': 'FULL_OBJECT',
    'x-amz-checksum-crc64nvme': 'crc of the whole',
  });
});

it('are made in parts that meet, and prove themselves ever after', async () => {
  await copy();
  const GIB = 1024 ** 3;
  expect(parts).toEqual(
    [0, 1, 2, 3, 4, 5].map((n) => ({
      number: n + 1,
      range: `bytes=${n * GIB}-${Math.min((n + 1) * GIB, sizeBytes) - 1}`,
    })),
  );
  objects.delete(`/results/${from.key}`);
  expect(await store.isWhole(to, expected)).toBe(true);
  expect(await store.isWhole(to, { ...expected, sha256: 'cd'.repeat(32) })).toBe(false);
  expect(await store.isWhole(to, { ...expected, sizeBytes: sizeBytes + 1 })).toBe(false);
  expect(await store.isWhole(to, { ...expected, storageClass: 'STANDARD' })).toBe(false);
});

it('are removed when the whole has another checksum', async () => {
  madeCrc = 'crc of something else';
  await expect(copy()).rejects.toBeInstanceOf(CopyDiffers);
  expect(objects.has(`/results/${to.key}`)).toBe(false);
});

it.for<[string, Headers]>([
  ['has none of its whole', { 'x-amz-checksum-type': 'COMPOSITE' }],
  ['is another object of the same size', { 'x-amz-meta-sha256': 'cd'.repeat(32) }],
])('prove nothing when what they are made of %s', async ([, changes]) => {
  objects.set(`/results/${from.key}`, { ...objects.get(`/results/${from.key}`), ...changes });
  await expect(copy()).rejects.toBeInstanceOf(CopyDiffers);
  expect(objects.has(`/results/${to.key}`)).toBe(false);
});

it('are not begun of what cannot be read', async () => {
  isArchived = true;
  await expect(copy()).rejects.toBeInstanceOf(ObjectArchived);
  expect(objects.has(`/results/${to.key}`)).toBe(false);
});
