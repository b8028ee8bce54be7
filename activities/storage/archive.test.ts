// A result's way into the archive and back on a real store: what is proven, what may be repeated, and what is refused.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginRestore, type RestoreMove } from '../../db/restores.ts';
import type { JobId } from '../../domain/ids.ts';
import { holdRetrieval, releaseRetrieval } from '../../tests/support/held-retrievals.ts';
import {
  asSystem,
  createStorageBench,
  RESULT,
  RESULT_SHA256,
  type StorageBench,
} from '../../tests/support/storage-activities.ts';

let bench: StorageBench;
beforeAll(async () => {
  bench = await createStorageBench();
});
afterAll(() => bench.close());

const head = (key: string) => bench.store.head({ bucket: 'results', key });

describe('storage.result.archive', () => {
  it('makes a whole copy in the archive class under another key, and leaves the live one', async () => {
    const { id } = await bench.complete();
    const move = await bench.archive(id);
    await bench.run('storage.result.archive', move);
    const made = await head(move.archiveKey);
    expect(made).toMatchObject({ storageClass: 'GLACIER', sizeBytes: RESULT.length, storedSha256: RESULT_SHA256 });
    expect(await bench.store.readText({ bucket: 'results', key: move.liveKey }, 100)).toBe(RESULT);
    await bench.run('storage.object.remove', { key: move.liveKey });
    expect(await bench.keys('results', `${id}/`)).toEqual([`${id}/1/annotation.log`]);
  });

  it('copies to the class that is set', async () => {
    const { id } = await bench.complete();
    const move = await bench.archive(id);
    await bench.runWith({ storageClass: 'DEEP_ARCHIVE' })('storage.result.archive', move);
    expect(await head(move.archiveKey)).toMatchObject({ storageClass: 'DEEP_ARCHIVE' });
  });

  it('copies once, however often it is asked, also when the live copy is gone and the class was set anew', async () => {
    const { id } = await bench.complete();
    const move = await bench.archive(id);
    await bench.run('storage.result.archive', move);
    const made = await head(move.archiveKey);
    await bench.put('results', move.liveKey, 'anotated!');
    await bench.run('storage.result.archive', move);
    await bench.run('storage.object.remove', { key: move.liveKey });
    await bench.run('storage.result.archive', move);
    await bench.runWith({ storageClass: 'DEEP_ARCHIVE' })('storage.result.archive', move);
    expect(await head(move.archiveKey)).toEqual(made);
  });

  it.for<[string, (key: string) => Promise<unknown>]>([
    ['was replaced', (key) => bench.put('results', key, 'anotated!')],
    ['has another size', (key) => bench.put('results', key, 'annotated and more')],
    ['is not there', (key) => bench.store.remove([{ bucket: 'results', key }])],
  ])('fails for good when the result %s, and leaves no copy', async ([, harm]) => {
    const { id } = await bench.complete();
    const move = await bench.archive(id);
    await harm(move.liveKey);
    await expect(bench.run('storage.result.archive', move)).rejects.toMatchObject({
      type: 'archive_verification_failed',
      nonRetryable: true,
    });
    expect(await bench.keys('results', `archive/${id}/`)).toEqual([]);
  });
});

describe('the way back', () => {
  const begin = async (id: JobId): Promise<RestoreMove> => {
    await bench.plan('premium');
    const begun = await beginRestore(bench.database, asSystem, id);
    await bench.plan('free');
    if (begun.decision !== 'restore') throw new Error(begun.decision);
    return begun.move;
  };
  const restoring = async () => begin((await bench.archived()).id);
  const stateOf = async ({ archiveKey }: RestoreMove) =>
    (await bench.run('storage.result.checkRetrieval', { archiveKey })).state;
  const retrieved = async (move: RestoreMove) => {
    await bench.run('storage.result.retrieve', move);
    await expect.poll(() => stateOf(move)).toBe('available');
  };

  it('asks once, cannot copy before the archive answers, and then makes a whole live copy', async () => {
    const move = await restoring();
    const { archiveKey } = move;
    expect(await stateOf(move)).toBe('none');
    expect(await bench.run('storage.result.restore', move)).toBe('not_retrieved');
    const results = bench.s3.bucketNames.results;
    await holdRetrieval(results, archiveKey);
    for (let i = 0; i < 2; i++) {
      expect(await bench.run('storage.result.retrieve', { archiveKey })).toEqual({
        state: 'ongoing',
        pollSeconds: 300,
      });
    }
    expect(await stateOf(move)).toBe('ongoing');
    expect(await bench.run('storage.result.restore', move)).toBe('not_retrieved');
    expect(await head(move.liveKey)).toBeUndefined();

    await releaseRetrieval(results, archiveKey);
    await expect.poll(() => stateOf(move)).toBe('available');
    expect(await bench.run('storage.result.retrieve', { archiveKey })).toMatchObject({ state: 'available' });
    expect(await bench.run('storage.result.restore', move)).toBe('restored');
    const made = await head(move.liveKey);
    expect(made).toMatchObject({ storageClass: 'STANDARD', sizeBytes: RESULT.length, storedSha256: RESULT_SHA256 });
    expect(await bench.store.readText({ bucket: 'results', key: move.liveKey }, 100)).toBe(RESULT);
    expect(await head(archiveKey)).toMatchObject({ storageClass: 'GLACIER' });

    await bench.run('storage.object.remove', { key: archiveKey });
    expect(await stateOf(move)).toBe('missing');
    expect(await bench.run('storage.result.restore', move)).toBe('restored');
    expect(await head(move.liveKey)).toEqual(made);
  });

  it('replaces what an act that was cut short has left under the key', async () => {
    const move = await restoring();
    await bench.put('results', move.liveKey, 'anno');
    await retrieved(move);
    expect(await bench.run('storage.result.restore', move)).toBe('restored');
    expect(await bench.store.readText({ bucket: 'results', key: move.liveKey }, 100)).toBe(RESULT);
  });

  it('fails for good when the archived copy is gone', async () => {
    const move = await restoring();
    await bench.store.remove([{ bucket: 'results', key: move.archiveKey }]);
    const failure = { type: 'archive_missing', nonRetryable: true };
    await expect(bench.run('storage.result.retrieve', move)).rejects.toMatchObject(failure);
    await expect(bench.run('storage.result.restore', move)).rejects.toMatchObject(failure);
    await expect(bench.runWith({ tier: 'Expedited' })('storage.result.retrieve', move)).rejects.toMatchObject(failure);
  });

  it('fails for good when the copy is not what was archived, and leaves the archived one', async () => {
    const move = await restoring();
    await bench.put('results', move.archiveKey, 'anotated!', 'GLACIER');
    await retrieved(move);
    await expect(bench.run('storage.result.restore', move)).rejects.toMatchObject({
      type: 'restore_verification_failed',
      nonRetryable: true,
    });
    expect(await head(move.liveKey)).toBeUndefined();
    expect(await head(move.archiveKey)).toBeDefined();
  });

  it('is refused when the class of the copy does not allow the speed that is set', async () => {
    const archiveKey = `archive/${randomUUID()}/2`;
    const retrieve = bench.runWith({ tier: 'Expedited' });
    await bench.put('results', archiveKey, RESULT, 'DEEP_ARCHIVE');
    await expect(retrieve('storage.result.retrieve', { archiveKey })).rejects.toMatchObject({
      type: 'retrieval_refused',
      nonRetryable: true,
    });
    expect(await head(archiveKey)).toMatchObject({ retrieval: 'none' });
    await bench.put('results', archiveKey, RESULT, 'GLACIER');
    expect(await retrieve('storage.result.retrieve', { archiveKey })).toMatchObject({ state: 'ongoing' });
  });
});
