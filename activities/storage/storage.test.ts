// The storage activities on a real store and Postgres: what they archive, remove and sweep, and what they leave alone.

import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../db/client.ts';
import { beginErasure } from '../../db/results.ts';
import { beginRestore, finishRestore } from '../../db/restores.ts';
import { endJob } from '../../db/saga.ts';
import { uploads } from '../../db/schema/index.ts';
import { unsubmittedUploads } from '../../db/uploads.ts';
import type { JobId, UploadId } from '../../domain/ids.ts';
import type { S3 } from '../../store/client.ts';
import { asSystem, createStorageBench, RESULT, type StorageBench } from '../../tests/support/storage-activities.ts';

const HOUR_MS = 3_600_000;
let bench: StorageBench;
let database: Database;
let s3: S3;
let run: StorageBench['run'];
beforeAll(async () => {
  bench = await createStorageBench();
  ({ database, s3, run } = bench);
});
afterAll(() => bench.close());

const put: StorageBench['put'] = (...call) => bench.put(...call);
const keys: StorageBench['keys'] = (...call) => bench.keys(...call);
const upload: StorageBench['upload'] = (...call) => bench.upload(...call);
const submit: StorageBench['submit'] = (id) => bench.submit(id);
const running: StorageBench['running'] = () => bench.running();
const complete: StorageBench['complete'] = () => bench.complete();
const archive = (id: JobId) => bench.archive(id);
/** As if this many hours had passed. */
async function later<T>(hours: number, act: () => Promise<T>): Promise<T> {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + hours * HOUR_MS);
  try {
    return await act();
  } finally {
    clock.mockRestore();
  }
}

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
    const archived = await bench.archived();
    const { move } = archived;
    const restored = await bench.archived();
    await bench.plan('premium');
    const back = await beginRestore(database, asSystem, restored.id);
    if (back.decision !== 'restore') throw new Error(back.decision);
    await put('results', back.move.liveKey, RESULT);
    await finishRestore(database, asSystem, restored.id, back.move);
    await put('results', `${restored.id}/restored-99/annotated.vcf.gz`, RESULT);
    await bench.plan('free');
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
    const gone = before.filter(
      (key) => !after.has(key) && [done, failed, erased, restored].some(({ id }) => key.includes(id)),
    );
    expect(gone.toSorted()).toEqual(
      [
        `${done.id}/2/annotated.vcf.gz`,
        `${done.id}/10/annotated.vcf.gz`,
        `archive/${done.id}/9`,
        restored.move.archiveKey,
        `${restored.id}/restored-99/annotated.vcf.gz`,
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
      `${restored.id}/1/annotation.log`,
      back.move.liveKey,
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
