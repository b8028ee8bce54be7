// The object store, as the sagas see it. Results live under `<jobId>/<attempt>/…`, archived copies under
// `archive/<jobId>/<generation>`, inputs under their upload's id.

import { Context } from '@temporalio/activity';
import type { Database } from '../../db/client.ts';
import { resultPrefixes } from '../../db/tending.ts';
import type { ArchiveMove } from '../../db/results.ts';
import { claimRemoval, unsubmittedUploads } from '../../db/uploads.ts';
import { VarloomError } from '../../domain/errors.ts';
import { isId, uploadId, type JobId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import { CopyDiffers, ObjectMissing, type ObjectRef, type ObjectStore } from '../../store/store.ts';
import { toFailure } from '../../temporal/failures.ts';

export interface StorageDependencies {
  store: ObjectStore;
  database: Database;
  principal: () => Principal;
}

/** Where a Free owner's result goes; it must be restored before it can be read. */
const ARCHIVE_CLASS = 'GLACIER';

/** An upload may still be under way a while after its form expired. */
const UNSUBMITTED_AFTER_MS = 24 * 3600 * 1000;
/** Younger objects may belong to an act that is under way. */
const HALF_MADE_AFTER_MS = 24 * 3600 * 1000;
const SWEEP_BATCH = 500;
const HEARTBEAT_MS = 5_000;

export function createStorageActivities({ store, database, principal }: StorageDependencies) {
  return {
    /** Copies a result to the archive class under another key, and returns only when that copy is proven whole. */
    'storage.result.archive': (move: ArchiveMove): Promise<void> =>
      alive(async (signal) => {
        try {
          await store.copy(
            results(move.liveKey),
            results(move.archiveKey),
            { sizeBytes: move.sizeBytes, sha256: move.sha256, storageClass: ARCHIVE_CLASS },
            { signal },
          );
        } catch (error) {
          if (error instanceof CopyDiffers) {
            throw new VarloomError('archive_verification_failed', `The archived copy is not whole: ${error.message}.`);
          }
          if (error instanceof ObjectMissing) {
            throw new VarloomError('archive_verification_failed', 'The result to be archived is not in the store.');
          }
          throw error;
        }
      }),

    'storage.object.remove': ({ key }: { key: string }): Promise<void> => store.remove([results(key)]),

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
      return key !== job.archiveKey && !(job.prefix !== null && key.startsWith(`${job.prefix}/`));
    });
    await store.remove(orphans.map(({ key }) => results(key)));
    return orphans.length;
  }
}

export type StorageActivities = ReturnType<typeof createStorageActivities>;

const results = (key: string): ObjectRef => ({ bucket: 'results', key });

/** The job that an object in the results bucket belongs to; undefined for what is no job's, such as reference genomes. */
function ownerOf(key: string): string | undefined {
  const [first, second] = key.split('/');
  const id = first === 'archive' ? second : first;
  return id !== undefined && isId(id) ? id : undefined;
}

async function removeUnder(store: ObjectStore, prefix: string): Promise<number> {
  const refs: ObjectRef[] = [];
  for await (const object of store.list('results', prefix)) refs.push(results(object.key));
  await store.remove(refs);
  return refs.length;
}

/** Runs an act that may take long: it heartbeats, hears of cancellation, and its expected errors are not retried. */
async function alive<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await act(context.cancellationSignal);
  } catch (error) {
    throw toFailure(error);
  } finally {
    clearInterval(heartbeat);
  }
}
