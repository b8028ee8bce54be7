// A store of plain files, for tests of the engine's activity.

import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ObjectMissing, ObjectReplaced, type ObjectRef } from '../../store/store.ts';
import type { EngineStore } from './activity.ts';

/** Of every object that was not replaced. */
export const ETAG = 'first';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Objects are files; the version of an object is what `etags` says, `first` unless it was replaced. */
export function createFileStore(root: string) {
  const etags = new Map<string, string>();
  const pathOf = ({ bucket, key }: ObjectRef): string => join(root, bucket, key);
  const store: EngineStore = {
    download: async (ref, path, options = {}) => {
      options.signal?.throwIfAborted();
      const bytes = await readFile(pathOf(ref)).catch(() => {
        throw new ObjectMissing(ref.key);
      });
      if (options.etag !== undefined && options.etag !== (etags.get(ref.key) ?? ETAG))
        throw new ObjectReplaced(ref.key);
      await writeFile(path, bytes, { flag: 'wx' });
      return { sizeBytes: bytes.length, sha256: sha256(bytes) };
    },
    upload: async (ref, path, file, options = {}) => {
      options.signal?.throwIfAborted();
      if (sha256(await readFile(path)) !== file.sha256) throw new Error('the checksum is wrong');
      await mkdir(dirname(pathOf(ref)), { recursive: true });
      await cp(path, pathOf(ref));
    },
    remove: async (refs) => {
      for (const ref of refs) await rm(pathOf(ref), { force: true });
    },
  };
  return { store, etags, pathOf };
}
