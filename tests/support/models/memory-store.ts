// An object store in memory, for sagas on skipped time. `store/contract.test.ts` holds it to the S3 adapter.

import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import {
  CopyDiffers,
  ObjectArchived,
  ObjectMissing,
  ObjectReplaced,
  type ObjectRef,
  type ObjectStore,
} from '../../../store/store.ts';

interface MemoryObject {
  bytes: Buffer;
  etag: string;
  storageClass: string;
  sha256: string | undefined;
  lastModified: Date;
}

export interface MemoryStore extends ObjectStore {
  /** Writes an object as another program would. */
  put(ref: ObjectRef, bytes: Buffer, facts?: { sha256?: string; lastModified?: Date }): void;
  /** Every key of a bucket, sorted. */
  keys(bucket: ObjectRef['bucket']): string[];
  /** The next copy comes out with a byte changed. */
  damageNextCopy(): void;
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
      lastModified: facts.lastModified ?? new Date(),
    });
  };

  const existing = (ref: ObjectRef): MemoryObject => {
    const object = objects.get(at(ref));
    if (!object) throw new ObjectMissing(at(ref));
    return object;
  };

  return {
    put,
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
      const { etag, storageClass, sha256, lastModified } = object;
      return { sizeBytes: object.bytes.length, etag, storageClass, sha256, lastModified };
    },

    download: async (ref, path, { signal, onBytes, etag } = {}) => {
      signal?.throwIfAborted();
      const object = existing(ref);
      if (etag && etag !== object.etag) throw new ObjectReplaced(at(ref));
      if (object.storageClass === 'GLACIER') throw new ObjectArchived(at(ref));
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
      const source = existing(from);
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
