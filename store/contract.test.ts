// What an object store must do: run against the S3 adapter and against the model that saga tests use.

import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdRetrieval, releaseRetrieval } from '../tests/support/held-retrievals.ts';
import { createMemoryStore } from '../tests/support/models/memory-store.ts';
import { createTestStore } from '../tests/support/test-store.ts';
import {
  CopyDiffers,
  ObjectArchived,
  ObjectMissing,
  ObjectReplaced,
  type ObjectRef,
  type ObjectStore,
} from './store.ts';

interface Subject {
  store: ObjectStore;
  put: (ref: ObjectRef, bytes: Buffer) => Promise<void>;
  /** What is asked of the archive waits for `retrieved`. */
  held: (ref: ObjectRef) => Promise<void>;
  /** Resolves when what was asked of the archive can be read. */
  retrieved: (ref: ObjectRef) => Promise<void>;
}

const subjects: Record<string, () => Promise<Subject>> = {
  'the model in memory': async () => {
    const store = createMemoryStore();
    return {
      store,
      put: async (ref, bytes) => store.put(ref, bytes),
      held: async () => {},
      retrieved: async (ref) => void store.archive.completeRetrievals(ref.key),
    };
  },
  'the S3 adapter': async () => {
    const { s3, store } = await createTestStore();
    return {
      store,
      put: async (ref, bytes) => {
        await s3.client.send(new PutObjectCommand({ Bucket: s3.bucketNames[ref.bucket], Key: ref.key, Body: bytes }));
      },
      held: ({ bucket, key }) => holdRetrieval(s3.bucketNames[bucket], key),
      retrieved: async (ref) => {
        await releaseRetrieval(s3.bucketNames[ref.bucket], ref.key);
        await expect.poll(async () => (await store.head(ref))?.retrieval).toBe('available');
      },
    };
  },
};

const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const input = (): ObjectRef => ({ bucket: 'inputs', key: randomUUID() });
const result = (): ObjectRef => ({ bucket: 'results', key: `${randomUUID()}/1/annotated.vcf.gz` });

describe.for(Object.entries(subjects))('%s', ([, create]) => {
  let subject: Subject;
  let directory: string;
  beforeAll(async () => {
    subject = await create();
    directory = await mkdtemp(join(tmpdir(), 'store-contract-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const bytes = Buffer.from('##fileformat=VCFv4.2\n');
  const file = { sizeBytes: bytes.length, sha256: sha256Of(bytes) };
  const localFile = async (content = bytes) => {
    const path = join(directory, randomUUID());
    await writeFile(path, content);
    return path;
  };
  const upload = async (ref: ObjectRef) =>
    subject.store.upload(ref, await localFile(), { ...file, contentType: 'text/plain' });

  it('has no facts of an object that is not there', async () => {
    expect(await subject.store.head(input())).toBeUndefined();
    expect(await subject.store.readText(input(), 100)).toBeUndefined();
  });

  it('gives back what was uploaded, with its checksum', async () => {
    const ref = result();
    await upload(ref);
    expect(await subject.store.head(ref)).toMatchObject({ ...file, storageClass: 'STANDARD' });
    const path = join(directory, randomUUID());
    let moved = 0;
    expect(await subject.store.download(ref, path, { onBytes: (n) => (moved += n) })).toEqual(file);
    expect(await readFile(path)).toEqual(bytes);
    expect(moved).toBe(bytes.length);
  });

  it('refuses an upload whose bytes are not those announced', async () => {
    const ref = result();
    const path = await localFile(Buffer.from('##fileformat=VCFv4.3\n'));
    const upload = subject.store.upload(ref, path, { ...file, contentType: 'text/plain' });
    await expect(upload).rejects.toThrow(/digest|match/i);
    expect(await subject.store.head(ref)).toBeUndefined();
  });

  it('reads text up to a limit, and an empty object as nothing', async () => {
    const [ref, empty] = [result(), result()];
    await upload(ref);
    await subject.put(empty, Buffer.alloc(0));
    expect(await subject.store.readText(ref, 12)).toBe('##fileformat');
    expect(await subject.store.readText(empty, 12)).toBe('');
  });

  it('tells a missing object from a replaced one', async () => {
    const ref = input();
    await expect(subject.store.download(ref, join(directory, randomUUID()))).rejects.toBeInstanceOf(ObjectMissing);
    await subject.put(ref, Buffer.from('first'));
    const etag = (await subject.store.head(ref))?.etag ?? '';
    await subject.put(ref, Buffer.from('second'));
    const replaced = subject.store.download(ref, join(directory, randomUUID()), { etag });
    await expect(replaced).rejects.toBeInstanceOf(ObjectReplaced);
  });

  it('copies to the archive class, from where nothing can be read', async () => {
    const [from, to] = [result(), result()];
    await upload(from);
    await subject.store.copy(from, to, { ...file, storageClass: 'GLACIER' });
    expect(await subject.store.head(to)).toMatchObject({ ...file, storageClass: 'GLACIER' });
    await expect(subject.store.download(to, join(directory, randomUUID()))).rejects.toBeInstanceOf(ObjectArchived);
    // A repeat changes nothing.
    await subject.store.copy(from, to, { ...file, storageClass: 'GLACIER' });
    expect(await subject.store.head(to)).toMatchObject(file);
  });

  describe('the archive', () => {
    const ask = { tier: 'Standard', days: 2 } as const;
    const archived = async (storageClass = 'GLACIER') => {
      const [from, ref] = [result(), result()];
      await upload(from);
      await subject.store.copy(from, ref, { ...file, storageClass });
      return ref;
    };

    it.for(['GLACIER', 'DEEP_ARCHIVE'])('gives back from %s what was asked of it, once it is there', async (name) => {
      const [ref, back] = [await archived(name), result()];
      const copyBack = () => subject.store.copy(ref, back, { ...file, storageClass: 'STANDARD' });
      const retrieval = async () => (await subject.store.head(ref))?.retrieval;
      expect(await retrieval()).toBe('none');
      await expect(copyBack()).rejects.toBeInstanceOf(ObjectArchived);

      await subject.held(ref);
      expect(await subject.store.retrieve(ref, ask)).toBe('ongoing');
      expect(await retrieval()).toBe('ongoing');
      expect(await subject.store.retrieve(ref, ask)).toBe('ongoing');
      await expect(copyBack()).rejects.toBeInstanceOf(ObjectArchived);
      expect(await subject.store.head(back)).toBeUndefined();

      await subject.retrieved(ref);
      expect(await subject.store.retrieve(ref, ask)).toBe('available');
      expect(await subject.store.head(ref)).toMatchObject({ ...file, storageClass: name, retrieval: 'available' });
      const path = join(directory, randomUUID());
      expect(await subject.store.download(ref, path)).toEqual(file);
      await copyBack();
      expect(await subject.store.head(back)).toMatchObject({
        ...file,
        storedSha256: file.sha256,
        storageClass: 'STANDARD',
        retrieval: 'none',
      });
    });

    it('is not asked for what can be read, and cannot be asked for what is not there', async () => {
      const ref = result();
      await expect(subject.store.retrieve(ref, ask)).rejects.toBeInstanceOf(ObjectMissing);
      await upload(ref);
      expect(await subject.store.retrieve(ref, ask)).toBe('available');
    });

    it('can be asked whether a copy is whole, which is never true of another', async () => {
      const ref = await archived();
      const isWhole = (changes = {}) => subject.store.isWhole(ref, { ...file, storageClass: 'GLACIER', ...changes });
      expect(await isWhole()).toBe(true);
      expect(await isWhole({ storageClass: 'STANDARD' })).toBe(false);
      expect(await isWhole({ sizeBytes: file.sizeBytes + 1 })).toBe(false);
      expect(await isWhole({ sha256: sha256Of(Buffer.from('other')) })).toBe(false);
      expect(await subject.store.isWhole(result(), { ...file, storageClass: 'GLACIER' })).toBe(false);
    });
  });

  it('refuses a copy that is not what was expected, and removes it', async () => {
    const [from, to] = [result(), result()];
    await upload(from);
    const other = { sizeBytes: file.sizeBytes, sha256: sha256Of(Buffer.from('other')), storageClass: 'GLACIER' };
    await expect(subject.store.copy(from, to, other)).rejects.toBeInstanceOf(CopyDiffers);
    expect(await subject.store.head(to)).toBeUndefined();
    expect(await subject.store.head(from)).toBeDefined();
  });

  it('cannot copy what is not there', async () => {
    const copy = subject.store.copy(result(), result(), { ...file, storageClass: 'GLACIER' });
    await expect(copy).rejects.toBeInstanceOf(ObjectMissing);
  });

  it('lists by prefix, in order, and removes; a repeated removal is no error', async () => {
    const id = randomUUID();
    const refs = ['b', 'a', 'c'].map((name): ObjectRef => ({ bucket: 'results', key: `${id}/${name}` }));
    for (const ref of refs) await subject.put(ref, bytes);
    const keys = async () => (await Array.fromAsync(subject.store.list('results', `${id}/`))).map(({ key }) => key);
    expect(await keys()).toEqual([`${id}/a`, `${id}/b`, `${id}/c`]);
    await subject.store.remove(refs.slice(0, 2));
    await subject.store.remove(refs.slice(0, 2));
    expect(await keys()).toEqual([`${id}/c`]);
  });

  it('forgets a multipart upload that is not there', async () => {
    await expect(subject.store.abortMultipart(input(), 'no-such-upload')).resolves.toBeUndefined();
  });
});
