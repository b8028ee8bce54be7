// The object store, as the sagas see it: moving results (`archive.ts`), removing and sweeping what is not needed any more.
// Inputs live under their upload's id; what lives in the results bucket, `objects.ts` says.

import type { Database } from '../../db/client.ts';
import { resultPrefixes } from '../../db/tending.ts';
import { claimRemoval, unsubmittedUploads } from '../../db/uploads.ts';
import { uploadId, type JobId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import type { ObjectRef, ObjectStore } from '../../store/store.ts';
import { alive } from './alive.ts';
import { createArchiveActivities, type ArchiveOptions } from './archive.ts';
import { createComparisonActivities } from './comparison.ts';
import { inResults, ownerOf } from './objects.ts';

export interface StorageDependencies {
  store: ObjectStore;
  database: Database;
  principal: () => Principal;
  archive: ArchiveOptions;
}

/** An upload may still be under way a while after its form expired. */
const UNSUBMITTED_AFTER_MS = 24 * 3600 * 1000;
/** Younger objects may belong to an act that is under way. */
const HALF_MADE_AFTER_MS = 24 * 3600 * 1000;
const SWEEP_BATCH = 500;

export function createStorageActivities({ store, database, principal, archive }: StorageDependencies) {
  return {
    ...createArchiveActivities({ store, archive }),
    ...createComparisonActivities({ store, database, principal }),

    'storage.object.remove': ({ key }: { key: string }): Promise<void> => store.remove([inResults(key)]),

    /** Removes everything that a job's engine runs published. */
    'storage.result.discard': ({ jobId }: { jobId: JobId }): Promise<{ removed: number }> =>
      alive(async () => ({ removed: await removeUnder(store, `${jobId}/`) })),

    /** Removes a job's result, log and archived copy, and its input where one is named. */
    'storage.job.erase': ({ jobId, inputFile }: { jobId: JobId; inputFile: string | null }): Promise<void> =>
      alive(async () => {
        await removeUnder(store, `${jobId}/`);
        await removeUnder(store, `archive/${jobId}/`);
        if (inputFile !== null) await store.remove([{ bucket: 'inputs', key: inputFile }]);
      }),

    /** Removes uploads that expired a day ago and that no job uses. */
    'storage.uploads.sweep': (): Promise<{ removed: number }> =>
      alive(async (signal) => {
        const before = new Date(Date.now() - UNSUBMITTED_AFTER_MS);
        let removed = 0;
        for (const upload of await unsubmittedUploads(database, principal(), before, SWEEP_BATCH)) {
          signal.throwIfAborted();
          if (!(await claimRemoval(database, principal(), uploadId(upload.uploadId)))) continue;
          const ref = { bucket: 'inputs', key: upload.uploadId } as const;
          if (upload.multipartUploadId) await store.abortMultipart(ref, upload.multipartUploadId);
          await store.remove([ref]);
          removed += 1;
        }
        return { removed };
      }),

    /** Removes old objects that belong to no result: what an engine run left that was cut short, or lost a race. */
    'storage.results.sweep': (): Promise<{ removed: number }> =>
      alive(async (signal) => {
        let removed = 0;
        let batch: { key: string; jobId: string }[] = [];
        const before = Date.now() - HALF_MADE_AFTER_MS;
        for await (const object of store.list('results', '')) {
          signal.throwIfAborted();
          const owner = ownerOf(object.key);
          if (!owner || object.lastModified.getTime() > before) continue;
          batch.push({ key: object.key, jobId: owner });
          if (batch.length >= SWEEP_BATCH) {
            removed += await removeOrphans(batch);
            batch = [];
          }
        }
        return { removed: removed + (await removeOrphans(batch)) };
      }),
  };

  async function removeOrphans(objects: { key: string; jobId: string }[]): Promise<number> {
    const jobs = await resultPrefixes(database, principal(), [...new Set(objects.map(({ jobId }) => jobId))]);
    const orphans = objects.filter(({ key, jobId }) => {
      const job = jobs.get(jobId);
      // Unknown here: another installation's, or a database that was restored. Not ours to delete.
      if (!job) return false;
      if (!job.isEnded || job.isMoving) return false;
      if (key === job.archiveKey || key === job.liveKey) return false;
      return job.prefix === null || !key.startsWith(`${job.prefix}/`);
    });
    await store.remove(orphans.map(({ key }) => inResults(key)));
    return orphans.length;
  }
}

export type StorageActivities = ReturnType<typeof createStorageActivities>;

async function removeUnder(store: ObjectStore, prefix: string): Promise<number> {
  const refs: ObjectRef[] = [];
  for await (const object of store.list('results', prefix)) refs.push(inResults(object.key));
  await store.remove(refs);
  return refs.length;
}
