// The storage activities under test, on a database and buckets of their own, and jobs in the states that matter to them.

import { createHash, randomUUID } from 'node:crypto';
import { PutObjectCommand, type StorageClass } from '@aws-sdk/client-s3';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ArchiveOptions } from '../../activities/storage/archive.ts';
import { createStorageActivities, type StorageActivities } from '../../activities/storage/activities.ts';
import type { Database } from '../../db/client.ts';
import { principalOf, registerUser, type UserPrincipal } from '../../db/identity.ts';
import { submitJob, type SubmittedJob } from '../../db/jobs.ts';
import { beginArchive, finishArchive, type ArchiveMove } from '../../db/results.ts';
import { completeJob, startJob } from '../../db/saga.ts';
import { users } from '../../db/schema/index.ts';
import { createUpload } from '../../db/uploads.ts';
import { uploadId, type JobId, type UploadId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { system } from '../../domain/principal.ts';
import type { S3 } from '../../store/client.ts';
import type { Bucket, ObjectStore } from '../../store/store.ts';
import { ownDatabase } from './own-database.ts';
import { createTestStore } from './test-store.ts';

export const asSystem = system('test');
/** What every result consists of. */
export const RESULT = 'annotated';
export const RESULT_SHA256 = createHash('sha256').update(RESULT).digest('hex');
export const ARCHIVE: ArchiveOptions = { storageClass: 'GLACIER', tier: 'Standard', pollSeconds: 300 };
const HOUR_MS = 3_600_000;

export interface StorageBench {
  database: Database;
  s3: S3;
  store: ObjectStore;
  principal: UserPrincipal;
  /** Runs the activity as a worker does. */
  run: <Name extends keyof StorageActivities>(
    name: Name,
    ...input: Parameters<StorageActivities[Name]>
  ) => Promise<Awaited<ReturnType<StorageActivities[Name]>>>;
  /** The same under other settings. */
  runWith: (archive: Partial<ArchiveOptions>) => StorageBench['run'];
  put: (bucket: Bucket, key: string, content?: string, storageClass?: StorageClass) => Promise<void>;
  keys: (bucket: Bucket, prefix: string) => Promise<string[]>;
  upload: (expiresInHours?: number) => Promise<UploadId>;
  submit: (id: UploadId) => Promise<SubmittedJob>;
  running: () => Promise<{ id: JobId; input: UploadId }>;
  /** A completed job, its result live. */
  complete: () => Promise<{ id: JobId; input: UploadId }>;
  /** Begins a result's move into the archive. */
  archive: (id: JobId, generation?: number) => Promise<ArchiveMove>;
  /** A completed job whose result is archived. */
  archived: () => Promise<{ id: JobId; move: ArchiveMove }>;
  plan: (plan: Plan) => Promise<void>;
  close: () => Promise<void>;
}

export async function createStorageBench(): Promise<StorageBench> {
  const own = await ownDatabase();
  const { database } = own;
  const { s3, store } = await createTestStore();
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' };
  const principal = principalOf(await registerUser(database, identity));

  const runWith: StorageBench['runWith'] =
    (options) =>
    (name, ...input) => {
      const archive = { ...ARCHIVE, ...options };
      const activity = createStorageActivities({ store, database, principal: () => asSystem, archive })[name];
      // One of the functions above, whose input and output the signature keeps.
      return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(
        activity as never,
        ...(input as never[]),
      ) as never;
    };

  const bench: StorageBench = {
    database,
    s3,
    store,
    principal,
    run: runWith({}),
    runWith,
    async put(bucket, key, content = 'bytes', storageClass = 'STANDARD') {
      const ChecksumSHA256 = createHash('sha256').update(content).digest('base64');
      const at = { Bucket: s3.bucketNames[bucket], Key: key };
      await s3.client.send(new PutObjectCommand({ ...at, Body: content, ChecksumSHA256, StorageClass: storageClass }));
    },
    keys: async (bucket, prefix) => (await Array.fromAsync(store.list(bucket, prefix))).map(({ key }) => key),
    async upload(expiresInHours = 1) {
      const id = uploadId(randomUUID());
      const row = {
        fileName: 'a.vcf',
        genome: null,
        source: 'api',
        sizeLimitBytes: 10,
        multipartUploadId: null,
      } as const;
      const expiresAt = new Date(Date.now() + expiresInHours * HOUR_MS);
      await createUpload(database, principal, { ...row, uploadId: id, expiresAt });
      await bench.put('inputs', id);
      return id;
    },
    submit: (id) =>
      submitJob(database, principal, {
        uploadId: id,
        object: { etag: '"1"', sizeBytes: 5 },
        genome: 'demo',
        consequenceMode: 'auto',
        source: 'api',
      }),
    async running() {
      const input = await bench.upload();
      const { jobId } = await bench.submit(input);
      await startJob(database, asSystem, jobId);
      for (const name of ['annotated.vcf.gz', 'annotation.log'])
        await bench.put('results', `${jobId}/1/${name}`, RESULT);
      return { id: jobId, input };
    },
    async complete() {
      const job = await bench.running();
      const result = { prefix: `${job.id}/1`, sizeBytes: RESULT.length, sha256: RESULT_SHA256, records: 1 };
      // Due at once: what is to be archived may be.
      await completeJob(database, asSystem, job.id, result, 0);
      return job;
    },
    async archive(id, generation = 1) {
      const begun = await beginArchive(database, asSystem, id, generation);
      if (begun.decision !== 'archive') throw new Error(begun.decision);
      return begun.move;
    },
    async archived() {
      const { id } = await bench.complete();
      const move = await bench.archive(id);
      await bench.run('storage.result.archive', move);
      await bench.run('storage.object.remove', { key: move.liveKey });
      await finishArchive(database, asSystem, id, move);
      return { id, move };
    },
    async plan(plan) {
      await database.write(asSystem, (tx) => tx.update(users).set({ plan }));
    },
    async close() {
      s3.client.destroy();
      await own.close();
    },
  };
  return bench;
}
