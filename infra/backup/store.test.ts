// A store that moves while it is read: an S3 of a few lines, whose objects vanish, are replaced or archived at the worst moment.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { S3Client } from '@aws-sdk/client-s3';
import { objectFile, type BackedUpObject } from './manifest.ts';
import { backUpStore, connectStore, joined, refuseMissingObjects, removeUnused } from './store.ts';

const settings = { buckets: { inputs: 'inputs', results: 'results' } };
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** By bucket and key. */
let objects: Map<string, { text: string; storageClass?: string }>;
/** Told of each request for an object when it is answered. */
let after: (request: string) => void;
let server: Server;
let s3: S3Client;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-store-'));
  objects = new Map();
  after = () => {};
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://store');
    const [, bucket = '', ...path] = url.pathname.split('/');
    const key = path.join('/');
    if (key === '') {
      const listed = [...objects.keys()].filter((one) => one.startsWith(`${bucket}/`));
      const contents = listed.map((one) => `<Contents><Key>${one.slice(bucket.length + 1)}</Key></Contents>`);
      response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
      return;
    }
    const refuse = (status: number, code: string) =>
      response.writeHead(status).end(request.method === 'HEAD' ? '' : `<Error><Code>${code}</Code></Error>`);
    const object = objects.get(`${bucket}/${key}`);
    const etag = object && `"${hashOf(object.text).slice(0, 32)}"`;
    if (!object || !etag) refuse(404, 'NoSuchKey');
    else if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag) {
      refuse(412, 'PreconditionFailed');
    } else if (request.method === 'GET' && object.storageClass) refuse(403, 'InvalidObjectState');
    else {
      const sizeBytes = Buffer.byteLength(object.text);
      const storageClass = object.storageClass ? { 'x-amz-storage-class': object.storageClass } : {};
      response.writeHead(200, { etag, 'content-length': sizeBytes, ...storageClass });
      response.end(request.method === 'HEAD' ? undefined : object.text);
    }
    after(`${request.method} ${bucket}/${key}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  s3 = connectStore({
    ...settings,
    databaseUrl: '',
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    keyFiles: {},
  });
});
afterEach(async () => {
  s3.destroy();
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});

const backUp = (before: BackedUpObject[] = [], more: { retrieve?: boolean; only?: string[] } = {}) =>
  backUpStore(s3, settings, directory, before, { retrieve: false, ...more });
const onceAfter = (request: string, change: () => void) => {
  after = (seen) => {
    if (seen !== request) return;
    after = () => {};
    change();
  };
};

it('goes on when an object vanishes between the look at it and its reading', async () => {
  objects.set('inputs/a', { text: 'first' }).set('inputs/b', { text: 'second' });
  onceAfter('HEAD inputs/a', () => objects.delete('inputs/a'));
  expect(await backUp()).toMatchObject({ objects: [{ key: 'b', sha256: hashOf('second') }], copied: 1 });
});

it('looks again when an object is replaced, and holds the new bytes under the new version', async () => {
  objects.set('results/a', { text: 'first' });
  onceAfter('HEAD results/a', () => objects.set('results/a', { text: 'then' }));
  const { objects: found, copied } = await backUp();
  expect(found[0]).toMatchObject({ sha256: hashOf('then'), sizeBytes: 4, etag: `"${hashOf('then').slice(0, 32)}"` });
  expect(copied).toBe(1);
  expect(await readFile(objectFile(directory, hashOf('then')), 'utf8')).toBe('then');
});

it('gives up an object that is never the same, by name', async () => {
  let times = 0;
  objects.set('results/a', { text: 'first' });
  after = (seen) => {
    if (seen.startsWith('HEAD')) objects.set('results/a', { text: `text ${(times += 1)}` });
  };
  await expect(backUp()).rejects.toThrow('results/a was replaced 5 times');
});

it('goes on when an archived object is erased before it is asked for', async () => {
  objects.set('results/a', { text: 'old', storageClass: 'DEEP_ARCHIVE' });
  onceAfter('HEAD results/a', () => objects.delete('results/a'));
  expect(await backUp([], { retrieve: true })).toMatchObject({ asked: 0, copied: 0 });
});

it('takes some results alone, and keeps bytes that are there when the object is archived afterwards', async () => {
  objects.set('results/a', { text: 'live' }).set('results/b', { text: 'other' });
  const some = await backUp([], { only: ['a', 'gone'] });
  expect(some).toMatchObject({ objects: [{ key: 'a', sha256: hashOf('live') }], copied: 1 });
  objects.set('results/a', { text: 'sealed', storageClass: 'GLACIER' });
  const all = await backUp(some.objects);
  const together = joined(some.objects, all.objects);
  expect(together).toMatchObject([
    { key: 'a', sha256: hashOf('live'), storageClass: 'STANDARD' },
    { key: 'b', sha256: hashOf('other') },
  ]);
  expect(joined([], all.objects)).toMatchObject([{ key: 'a', sha256: null }, { key: 'b' }]);
});

it('writes drafts of its own, leaves none, and names what is not whole', async () => {
  for (const name of ['a', 'b', 'c']) objects.set(`inputs/${name}`, { text: `text of ${name}` });
  const [one, other] = await Promise.all([backUp(), backUp()]);
  expect(one.objects).toEqual(other.objects);
  await writeFile(join(directory, 'objects', 'part-of-a-killed-one'), 'half');
  await removeUnused(directory, one.objects);
  const files = await readdir(join(directory, 'objects'), { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile())).toHaveLength(3);
  await refuseMissingObjects(directory, one.objects);
  await writeFile(objectFile(directory, hashOf('text of b')), 'short');
  await expect(refuseMissingObjects(directory, one.objects)).rejects.toThrow('the bytes of inputs/b');
});
