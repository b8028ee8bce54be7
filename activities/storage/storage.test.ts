// The storage activities on a real store and Postgres: what they archive, remove and sweep, and what they leave alone.

import { createHash, randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase, type Database } from '../../db/client.ts';
import { principalOf, registerUser, type UserPrincipal } from '../../db/identity.ts';
import { submitJob } from '../../db/jobs.ts';
import { beginArchive, beginErasure, finishArchive } from '../../db/results.ts';
import { completeJob, endJob, startJob } from '../../db/saga.ts';
import { uploads } from '../../db/schema/index.ts';
import { createUpload, unsubmittedUploads } from '../../db/uploads.ts';
import { uploadId, type JobId, type UploadId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import type { S3 } from '../../store/client.ts';
import type { Bucket, ObjectStore } from '../../store/store.ts';
import { createTestDatabase, type TestDatabase } from '../../tests/support/services.ts';
import { createTestStore } from '../../tests/support/test-store.ts';
import { createStorageActivities, type StorageActivities } from './activities.ts';

const HOUR_MS = 3_600_000;
const asSystem = system('test');
let own: TestDatabase;
let database: Database;
let s3: S3;
let store: ObjectStore;
let principal: UserPrincipal;
beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase({ url: own.url, applicationName: 'test' });
  ({ s3, store } = await createTestStore());
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' };
  principal = principalOf(await registerUser(database, identity));
});
afterAll(async () => {
  s3.client.destroy();
  await database.close();
  await own.drop();
});

/** Runs the activity as a worker does; `at` is what the clock says. */
function run<Name extends keyof StorageActivities>(
  name: Name,
  ...input: Parameters<StorageActivities[Name]>
): Promise<Awaited<ReturnType<StorageActivities[Name]>>> {
  const activity = createStorageActivities({ store, database, principal: () => asSystem })[name];
  // One of the functions above, whose input and output the signature keeps.
  return new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(
    activity as never,
    ...(input as never[]),
  ) as never;
}
/** As if this many hours had passed. */
async function later<T>(hours: number, act: () => Promise<T>): Promise<T> {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + hours * HOUR_MS);
  try {
    return await act();
  } finally {
    clock.mockRestore();
  }
}
const put = (bucket: Bucket, key: string, content = 'bytes') => {
  const ChecksumSHA256 = createHash('sha256').update(content).digest('base64');
  return s3.client.send(
    new PutObjectCommand({ Bucket: s3.bucketNames[bucket], Key: key, Body: content, ChecksumSHA256 }),
  );
};
const keys = async (bucket: Bucket, prefix: string) => {
  const found: string[] = [];
  for await (const { key } of store.list(bucket, prefix)) found.push(key);
  return found;
};
const upload = async (expiresInHours = 1): Promise<UploadId> => {
  const id = uploadId(randomUUID());
  const expiresAt = new Date(Date.now() + expiresInHours * HOUR_MS);
  const row = { fileName: 'a.vcf', genome: null, source: 'api' as const, sizeLimitBytes: 10, multipartUploadId: null };
  await createUpload(database, principal, { ...row, uploadId: id, expiresAt });
  await put('inputs', id);
  return id;
};
const submit = (id: UploadId) =>
  submitJob(database, principal, {
    uploadId: id,
    object: { etag: '"1"', sizeBytes: 5 },
    genome: 'demo',
    consequenceMode: 'auto',
    source: 'api',
  });
const bytes = 'annotated';
const sha256 = createHash('sha256').update(bytes).digest('hex');
const running = async () => {
  const input = await upload();
  const { jobId } = await submit(input);
  await startJob(database, asSystem, jobId);
  for (const name of ['annotated.vcf.gz', 'annotation.log']) await put('results', `${jobId}/1/${name}`, bytes);
  return { id: jobId, input };
};
const complete = async () => {
  const job = await running();
  const result = { prefix: `${job.id}/1`, sizeBytes: bytes.length, sha256, records: 1 };
  await completeJob(database, asSystem, job.id, result, 300);
  return job;
};
const archive = async (id: JobId) => {
  const begun = await beginArchive(database, asSystem, id, 1);
  if (begun.decision !== 'archive') throw new Error(begun.decision);
  return begun.move;
};

describe('storage.result.archive', () => {
  it('makes a whole copy in the archive class under another key, and leaves the live one', async () => {
    const { id } = await complete();
    const move = await archive(id);
    for (let i = 0; i < 2; i++) await run('storage.result.archive', move);
    expect(await store.head({ bucket: 'results', key: move.archiveKey })).toMatchObject({
      storageClass: 'GLACIER',
      sizeBytes: bytes.length,
    });
    expect(await store.readText({ bucket: 'results', key: move.liveKey }, 100)).toBe(bytes);
    await run('storage.object.remove', { key: move.liveKey });
    expect(await keys('results', `${id}/`)).toEqual([`${id}/1/annotation.log`]);
  });

  it.for<[string, (key: string) => Promise<unknown>]>([
    ['was replaced', (key) => put('results', key, 'anotated!')],
    ['has another size', (key) => put('results', key, 'annotated and more')],
    ['is not there', (key) => store.remove([{ bucket: 'results', key }])],
  ])('fails for good when the result %s, and leaves no copy', async ([, harm]) => {
    const { id } = await complete();
    const move = await archive(id);
    await harm(move.liveKey);
    await expect(run('storage.result.archive', move)).rejects.toMatchObject({
      type: 'archive_verification_failed',
      nonRetryable: true,
    });
    expect(await keys('results', `archive/${id}/`)).toEqual([]);
  });
});

describe('what a job has', () => {
  it('is discarded with all that its runs published, and nothing of its neighbours', async () => {
    const [{ id }, neighbour] = [await running(), await running()];
    await put('results', `${id}/2/annotated.vcf.gz`);
    expect(await run('storage.result.discard', { jobId: id })).toEqual({ removed: 3 });
    expect(await run('storage.result.discard', { jobId: id })).toEqual({ removed: 0 });
    expect(await keys('results', `${id}/`)).toEqual([]);
    expect(await keys('results', `${neighbour.id}/`)).toHaveLength(2);
  });

  it('is erased wherever it is, with its input where that is named', async () => {
    const { id, input } = await complete();
    await run('storage.result.archive', await archive(id));
    await run('storage.job.erase', { jobId: id, inputFile: null });
    expect([...(await keys('results', `${id}/`)), ...(await keys('results', `archive/${id}/`))]).toEqual([]);
    expect(await keys('inputs', input)).toEqual([input]);
    for (let i = 0; i < 2; i++) await run('storage.job.erase', { jobId: id, inputFile: input });
    expect(await keys('inputs', input)).toEqual([]);
  });
});

describe('storage.uploads.sweep', () => {
  const swept = () => run('storage.uploads.sweep');
  const isThere = async (id: UploadId) => (await keys('inputs', id)).length === 1;

  it('removes what expired a day ago and no job uses; nothing younger, nothing used', async () => {
    const [old, young, justYoung, used] = [await upload(-25), await upload(1), await upload(-23), await upload(-25)];
    await submit(used);
    const { removed } = await swept();
    expect(removed).toBeGreaterThanOrEqual(1);
    const there = await Promise.all([old, young, justYoung, used].map(isThere));
    expect(there).toEqual([false, true, true, true]);
    await expect(submit(old)).rejects.toMatchObject({ type: 'input_not_found' });
  });

  it('removes an input that was posted again after its erasure', async () => {
    const id = await upload(-25);
    const { jobId: job } = await submit(id);
    await endJob(database, asSystem, job, { status: 'CANCELLED' });
    expect(await beginErasure(database, asSystem, job)).toEqual({ decision: 'erase', inputFile: id });
    expect(await isThere(id)).toBe(true);
    await swept();
    expect(await isThere(id)).toBe(false);
  });

  it('frees the parts of a multipart upload that was never put together', async () => {
    const id = await upload(-25);
    const at = { Bucket: s3.bucketNames.inputs, Key: id };
    const { UploadId: multipartUploadId = '' } = await s3.client.send(new CreateMultipartUploadCommand(at));
    await database.write(asSystem, (tx) =>
      tx.update(uploads).set({ multipartUploadId }).where(eq(uploads.uploadId, id)),
    );
    await swept();
    const { Uploads: left = [] } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: at.Bucket }));
    expect(left.map(({ Key }) => Key)).not.toContain(id);
  });

  it('and a submission at the same moment: either there is a job and its input, or neither', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => upload(-25)));
    const submissions = Promise.allSettled(ids.map((id) => submit(id)));
    await swept();
    const outcomes = (await submissions).map(({ status }) => status === 'fulfilled');
    expect(await Promise.all(ids.map(isThere))).toEqual(outcomes);
  });

  it('finishes a removal that was cut short, before which new ones come', async () => {
    const claimed = await upload(-30);
    await swept();
    await put('inputs', claimed);
    const fresh = await upload(-25);
    // However many were claimed in the last days, they do not keep the others waiting.
    const [first] = await unsubmittedUploads(database, asSystem, new Date(Date.now() - 24 * HOUR_MS), 1);
    expect(first?.uploadId).toBe(fresh);
    await swept();
    expect(await isThere(claimed)).toBe(false);
  });
});

describe('storage.results.sweep', () => {
  const DAY = 25;
  it('removes what belongs to no result, once it is a day old, and keeps the rest', async () => {
    const done = await complete();
    const archived = await complete();
    const move = await archive(archived.id);
    await run('storage.result.archive', move);
    await run('storage.object.remove', { key: move.liveKey });
    await finishArchive(database, asSystem, archived.id, move);
    const moving = await complete();
    await run('storage.result.archive', await archive(moving.id));
    const busy = await running();
    const failed = await running();
    await endJob(database, asSystem, failed.id, { status: 'CANCELLED' });
    const erased = await complete();
    await beginErasure(database, asSystem, erased.id);
    const unknown = randomUUID();
    await put('results', `${unknown}/1/annotated.vcf.gz`);
    await put('results', `archive/${unknown}/2`);
    await put('results', `archive/${done.id}/9`);
    await put('results', `${done.id}/2/annotated.vcf.gz`);
    await put('results', `${done.id}/10/annotated.vcf.gz`);
    await put('results', 'references/demo/abc/genome.fa');

    const before = await keys('results', '');
    await run('storage.results.sweep');
    expect(await keys('results', '')).toEqual(before);

    await later(DAY, () => run('storage.results.sweep'));
    const after = new Set(await keys('results', ''));
    const gone = before.filter((key) => !after.has(key) && [done, failed, erased].some(({ id }) => key.includes(id)));
    expect(gone.toSorted()).toEqual(
      [
        `${done.id}/2/annotated.vcf.gz`,
        `${done.id}/10/annotated.vcf.gz`,
        `archive/${done.id}/9`,
        ...['annotated.vcf.gz', 'annotation.log'].flatMap((name) => [
          `${failed.id}/1/${name}`,
          `${erased.id}/1/${name}`,
        ]),
      ].toSorted(),
    );
    // Another installation's, or of a job that a restored database has forgotten: not ours to delete.
    expect([...after].filter((key) => key.includes(unknown))).toHaveLength(2);
    for (const key of [
      `${done.id}/1/annotated.vcf.gz`,
      `${archived.id}/1/annotation.log`,
      move.archiveKey,
      `archive/${moving.id}/2`,
      `${moving.id}/1/annotated.vcf.gz`,
      `${busy.id}/1/annotated.vcf.gz`,
      'references/demo/abc/genome.fa',
    ]) {
      expect([key, after.has(key)]).toEqual([key, true]);
    }
  });
});
