// Records held against a real store: every difference is found, and what is in order, or on the move, is not reported.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestErasure } from '../../db/jobs.ts';
import type { JobId } from '../../domain/ids.ts';
import { createStorageBench, RESULT, type StorageBench } from '../../tests/support/storage-activities.ts';

let bench: StorageBench;
beforeAll(async () => {
  bench = await createStorageBench();
});
afterAll(() => bench.close());

const liveKey = (id: JobId) => `${id}/1/annotated.vcf.gz`;
const remove = (key: string) => bench.store.remove([{ bucket: 'results', key }]);

it('finds what is missing, damaged, in the wrong class or left over, page by page', async () => {
  const live = async (harm: (key: string) => Promise<unknown> = async () => {}) => {
    const { id } = await bench.complete();
    await harm(liveKey(id));
    return id;
  };
  const archived = async (harm: (key: string, id: JobId) => Promise<unknown> = async () => {}) => {
    const { id, move } = await bench.archived();
    await harm(move.archiveKey, id);
    return id;
  };
  await live();
  await archived();
  const expected = {
    [await live(remove)]: ['live_missing'],
    [await live((key) => bench.put('results', key, 'cut'))]: ['live_damaged'],
    [await live((key) => bench.put('results', key, 'anotated!'))]: ['live_damaged'],
    [await live((key) => bench.put('results', key, RESULT, 'GLACIER'))]: ['live_unreadable'],
    [await archived(remove)]: ['archive_missing'],
    [await archived((key) => bench.put('results', key, 'anotated!', 'GLACIER'))]: ['archive_damaged'],
    [await archived((key) => bench.put('results', key, RESULT))]: ['archive_readable'],
    [await archived((_, id) => bench.put('results', liveKey(id), RESULT))]: ['live_left'],
  };
  // On the move, or to be erased: none of them is where it will be.
  const moving = await live();
  await bench.archive(moving);
  await remove(liveKey(moving));
  const going = await live(remove);
  await requestErasure(bench.database, bench.principal, going);

  const found: Record<string, string[]> = {};
  let compared = 0;
  let after: JobId | null = null;
  do {
    const page: Awaited<ReturnType<typeof compare>> = await compare(after);
    for (const { jobId, userId, kind } of page.findings) {
      expect(userId).toBe(bench.principal.userId);
      (found[jobId] ??= []).push(kind);
    }
    compared += page.compared;
    after = page.next;
  } while (after !== null);
  expect(found).toEqual(expected);
  expect(compared).toBe(10);

  function compare(from: JobId | null) {
    return bench.run('storage.results.compare', { after: from, limit: 3 });
  }
});

it('says nothing of a result that began to move while it was looked at', async () => {
  const { id } = await bench.complete();
  const key = liveKey(id);
  const { head } = bench.store;
  // At the moment when the store is asked, the move has begun and taken the copy away.
  bench.store.head = async (ref) => {
    if (ref.key === key) {
      await bench.archive(id);
      await remove(key);
    }
    return head(ref);
  };
  try {
    const { findings } = await bench.run('storage.results.compare', { after: null, limit: 1000 });
    expect(findings.filter(({ jobId }) => jobId === id)).toEqual([]);
  } finally {
    bench.store.head = head;
  }
});
