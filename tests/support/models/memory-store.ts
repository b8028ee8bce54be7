// An object store in memory, for sagas on skipped time. `store/contract.test.ts` holds it to the S3 adapter.

import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { allowsTier, type RetrievalTier } from '../../../domain/billing.ts';
import {
  CopyDiffers,
  isArchiveClass,
  ObjectArchived,
  ObjectMissing,
  ObjectReplaced,
  RetrievalRefused,
  type ObjectRef,
  type ObjectStore,
  type Retrieval,
} from '../../../store/store.ts';

interface MemoryObject {
  bytes: Buffer;
  etag: string;
  storageClass: string;
  sha256: string | undefined;
  retrieval: Retrieval;
  lastModified: Date;
}

/** The archive's side: a retrieval that begins stays `ongoing` until the test says otherwise. */
export interface MemoryArchive {
  /** Retrievals as they began, in order; one that was answered by an earlier one is none. */
  readonly begun: { key: string; tier: RetrievalTier }[];
  /** Called when a retrieval has begun: may complete it, lose it, or tell someone later. */
  onRetrieve: ((key: string) => void) | undefined;
  /** No capacity for expedited retrievals. */
  isExpeditedFull: boolean;
  /** Makes ongoing retrievals available; all of them, or that of `key`. Answers whose notices are due. */
  completeRetrievals(key?: string): string[];
  /** The store knows of no retrieval any more, ongoing or not: it has restarted, or their time is over. */
  forgetRetrievals(key?: string): void;
}

export interface MemoryStore extends ObjectStore {
  /** Writes an object as another program would. */
  put(ref: ObjectRef, bytes: Buffer, facts?: { sha256?: string; lastModified?: Date }): void;
  /** Every key of a bucket, sorted. */
  keys(bucket: ObjectRef['bucket']): string[];
  /** The next copy comes out with a byte changed. */
  damageNextCopy(): void;
  archive: MemoryArchive;
}

export function createMemoryStore(): MemoryStore {
  const objects = new Map<string, MemoryObject>();
  const at = (ref: ObjectRef) => `${ref.bucket}/${ref.key}`;
  let isNextCopyDamaged = false;

  const put: MemoryStore['put'] = (ref, bytes, facts = {}) => {
    objects.set(at(ref), {
      bytes,
      etag: `"${randomUUID()}"`,
      storageClass: 'STANDARD',
      sha256: facts.sha256,
      retrieval: 'none',
      lastModified: facts.lastModified ?? new Date(),
    });
  };

  const existing = (ref: ObjectRef): MemoryObject => {
    const object = objects.get(at(ref));
    if (!object) throw new ObjectMissing(at(ref));
    return object;
  };

  const readable = (ref: ObjectRef): MemoryObject => {
    const object = existing(ref);
    if (isArchiveClass(object.storageClass) && object.retrieval !== 'available') throw new ObjectArchived(at(ref));
    return object;
  };

  const move = (from: Retrieval[], to: Retrieval, only: string | undefined): string[] => {
    const moved: string[] = [];
    for (const [path, object] of objects) {
      const key = path.slice(path.indexOf('/') + 1);
      if (!from.includes(object.retrieval) || (only !== undefined && only !== key)) continue;
      object.retrieval = to;
      moved.push(key);
    }
    return moved;
  };

  const archive: MemoryArchive = {
    begun: [],
    onRetrieve: undefined,
    isExpeditedFull: false,
    completeRetrievals: (key) => move(['ongoing'], 'available', key),
    forgetRetrievals: (key) => void move(['ongoing', 'available'], 'none', key),
  };

  return {
    put,
    archive,
    keys: (bucket) =>
      [...objects.keys()]
        .filter((key) => key.startsWith(`${bucket}/`))
        .map((key) => key.slice(bucket.length + 1))
        .sort(),
    damageNextCopy: () => {
      isNextCopyDamaged = true;
    },

    head: async (ref) => {
      const object = objects.get(at(ref));
      if (!object) return undefined;
      const { etag, storageClass, sha256, retrieval, lastModified, bytes } = object;
      const storedSha256 = sha256Of(bytes);
      return { sizeBytes: bytes.length, etag, storageClass, sha256, storedSha256, retrieval, lastModified };
    },

    download: async (ref, path, { signal, onBytes, etag } = {}) => {
      signal?.throwIfAborted();
      const object = existing(ref);
      if (etag && etag !== object.etag) throw new ObjectReplaced(at(ref));
      readable(ref);
      await writeFile(path, object.bytes, { flag: 'wx' });
      onBytes?.(object.bytes.length);
      return { sizeBytes: object.bytes.length, sha256: sha256Of(object.bytes) };
    },

    upload: async (ref, path, file, { signal, onBytes } = {}) => {
      signal?.throwIfAborted();
      const bytes = await readFile(path);
      if (sha256Of(bytes) !== file.sha256) throw new Error('BadDigest');
      put(ref, bytes, { sha256: file.sha256 });
      onBytes?.(bytes.length);
    },

    readText: async (ref, limitBytes) => objects.get(at(ref))?.bytes.subarray(0, limitBytes).toString('utf8'),

    copy: async (from, to, copy, { signal, onBytes } = {}) => {
      signal?.throwIfAborted();
      const source = readable(from);
      const bytes = Buffer.from(source.bytes);
      if (isNextCopyDamaged && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1;
      isNextCopyDamaged = false;
      put(to, bytes, source.sha256 === undefined ? {} : { sha256: source.sha256 });
      existing(to).storageClass = copy.storageClass;
      if (bytes.length !== copy.sizeBytes || sha256Of(bytes) !== copy.sha256) {
        objects.delete(at(to));
        throw new CopyDiffers('the copy has another size or SHA-256');
      }
      onBytes?.(bytes.length);
    },

    isWhole: async (ref, { sizeBytes, sha256, storageClass }) => {
      const object = objects.get(at(ref));
      if (!object || object.storageClass !== storageClass) return false;
      return object.bytes.length === sizeBytes && sha256Of(object.bytes) === sha256;
    },

    retrieve: async (ref, { tier }) => {
      const object = existing(ref);
      if (!isArchiveClass(object.storageClass)) return 'available';
      if (!allowsTier(object.storageClass, tier)) throw new RetrievalRefused(at(ref));
      if (object.retrieval === 'none') {
        object.retrieval = 'ongoing';
        archive.begun.push({ key: ref.key, tier: archive.isExpeditedFull && tier === 'Expedited' ? 'Standard' : tier });
        archive.onRetrieve?.(ref.key);
        return 'ongoing';
      }
      return object.retrieval;
    },

    remove: async (refs) => {
      for (const ref of refs) objects.delete(at(ref));
    },

    abortMultipart: async () => {},

    async *list(bucket, prefix) {
      for (const [path, object] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const key = path.slice(bucket.length + 1);
        if (!path.startsWith(`${bucket}/`) || !key.startsWith(prefix)) continue;
        yield { key, sizeBytes: object.bytes.length, lastModified: object.lastModified };
      }
    },
  };
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
