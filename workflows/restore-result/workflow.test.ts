// One result's way back on skipped time: however the store behaves, and whichever step fails or is cancelled, there is
// always one whole copy where it is recorded.

import { describe, expect, it } from 'vitest';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { usePayingStage } from '../../tests/support/models/paying-stage.ts';
import { sideBySide } from '../../tests/support/models/side-by-side.ts';
import { cancellation, illegalities, POLL_SECONDS, type ActivityName } from '../../tests/support/models/world.ts';
import { workflowIds } from '../../domain/ids.ts';

const stage = usePayingStage();
const { world } = stage;

const HOUR = 3600;

const archived = () => world.plant(world.addUser('premium'), 'archived');
const restoreOf = (job: MemoryJob) => world.records.tables.restores.get(job.jobId);
const callsOf = (name: ActivityName) => world.calls.filter((call) => call.name === name);

/** The outcome, or how the saga ended without one. */
const endingOf = (handle: { result(): Promise<string> }): Promise<string> =>
  handle.result().catch((error: unknown) => `threw ${error instanceof Error ? error.name : String(error)}`);
const run = async (job: MemoryJob): Promise<string> => endingOf(await stage.restore(job.jobId));

const cancelAt = (name: ActivityName, job: MemoryJob, isCancellable: boolean) => {
  let isDone = false;
  world.on(name, async () => {
    if (isDone) return;
    isDone = true;
    await stage.saga.environment.client.workflow.getHandle(workflowIds.restore(job.jobId)).cancel();
    if (isCancellable) await cancellation();
  });
};

const isRestored = (job: MemoryJob) => {
  expect(job).toMatchObject({ resultState: 'live', archiveKey: null, generation: 3 });
  expect(job.resultKey).toBe(`${job.jobId}/restored-3/annotated.vcf.gz`);
  expect(illegalities(world, job.jobId)).toEqual([]);
};

describe('the store', () => {
  it('brings the copy back, and says so', async () => {
    const job = await archived();
    world.retrievalSeconds = 30;
    const handle = await stage.restore(job.jobId);
    // Only then does the copy's time begin.
    await expect.poll(() => callsOf('storage.result.retrieve')).toHaveLength(1);
    await stage.sleep(31);
    await stage.tellRetrieved(job.jobId);
    expect(await handle.result()).toBe('restored');
    isRestored(job);
    // The notice ended the wait, and not the clock.
    const [retrieve] = callsOf('storage.result.retrieve');
    const [restore] = callsOf('storage.result.restore');
    expect((restore?.atMs ?? 0) - (retrieve?.atMs ?? 0)).toBeLessThan(POLL_SECONDS * 1000);
  });

  it('says nothing: it is asked now and then', async () => {
    const job = await archived();
    world.retrievalSeconds = 4 * HOUR;
    expect(await run(job)).toBe('restored');
    isRestored(job);
    expect(callsOf('storage.result.retrieve')).toHaveLength(1);
    expect(callsOf('storage.result.checkRetrieval').length).toBeLessThan(12);
  });

  it('takes twelve hours, and is not asked every minute', async () => {
    const job = await archived();
    world.retrievalSeconds = 12 * HOUR;
    expect(await run(job)).toBe('restored');
    isRestored(job);
    const [retrieve] = callsOf('storage.result.retrieve');
    const [restore] = callsOf('storage.result.restore');
    const waitedSeconds = ((restore?.atMs ?? 0) - (retrieve?.atMs ?? 0)) / 1000;
    expect(waitedSeconds).toBeGreaterThanOrEqual(12 * HOUR);
    expect(waitedSeconds).toBeLessThan(13.1 * HOUR);
    expect(callsOf('storage.result.checkRetrieval').length).toBeLessThan(20);
  });

  it('says it before the answer to the request, again, and once more', async () => {
    const job = await archived();
    world.retrievalSeconds = 0;
    world.on('storage.result.retrieve', async () => {
      await stage.tellRetrieved(job.jobId);
      await stage.tellRetrieved(job.jobId);
    });
    expect(await run(job)).toBe('restored');
    isRestored(job);
  });

  it('says it although the copy cannot be read yet', async () => {
    const job = await archived();
    world.retrievalSeconds = 2 * HOUR;
    const handle = await stage.restore(job.jobId);
    for (let told = 0; told < 3; told++) {
      await stage.sleep(60);
      await stage.tellRetrieved(job.jobId);
    }
    expect(await handle.result()).toBe('restored');
    isRestored(job);
    expect(callsOf('storage.result.retrieve')).toHaveLength(1);
  });

  it('forgets the retrieval: it is asked again', async () => {
    const job = await archived();
    world.retrievalSeconds = 2 * HOUR;
    const handle = await stage.restore(job.jobId);
    await stage.sleep(HOUR);
    world.store.archive.forgetRetrievals(job.archiveKey ?? '');
    expect(await handle.result()).toBe('restored');
    isRestored(job);
    expect(callsOf('storage.result.retrieve')).toHaveLength(2);
  });

  it('takes the copy away again before it was read: it is asked again', async () => {
    const job = await archived();
    let isTaken = false;
    world.on('storage.result.restore', () => {
      if (!isTaken) world.store.archive.forgetRetrievals(job.archiveKey ?? '');
      isTaken = true;
    });
    expect(await run(job)).toBe('restored');
    isRestored(job);
    expect(callsOf('storage.result.retrieve')).toHaveLength(2);
  });

  it('never brings it: after days an operator is needed, and the result stays in the archive', async () => {
    const job = await archived();
    world.retrievalSeconds = 30 * 24 * HOUR;
    expect(await run(job)).toBe('threw WorkflowFailedError');
    expect(job.resultState).toBe('archived');
    expect(restoreOf(job)).toMatchObject({ state: 'failed', error: { type: 'retrieval_overdue' } });
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it('has lost the archived copy: told at once', async () => {
    const job = await archived();
    await world.store.remove([{ bucket: 'results', key: job.archiveKey ?? '' }]);
    expect(await run(job)).toBe('threw WorkflowFailedError');
    expect(restoreOf(job)).toMatchObject({ state: 'failed', error: { type: 'archive_missing' } });
  });

  it('gives back another thing than it got: the copy is thrown away, and the archived one stays', async () => {
    const job = await archived();
    world.store.damageNextCopy();
    expect(await run(job)).toBe('threw WorkflowFailedError');
    expect(job.resultState).toBe('archived');
    expect(restoreOf(job)).toMatchObject({ state: 'failed', error: { type: 'restore_verification_failed' } });
    expect(illegalities(world, job.jobId)).toEqual([]);
    expect(await run(job)).toBe('restored');
  });
});

const BEFORE_THE_COPY = [
  'records.restore.begin',
  'storage.result.retrieve',
  'storage.result.checkRetrieval',
  'storage.result.restore',
] as const;
const AFTER_THE_COPY = ['storage.object.remove', 'records.restore.finish'] as const;

describe('failures', () => {
  /** All begin at once, each with a fault of its own, and are awaited one at a time: two would skip time while activities run. */
  const endings = async (steps: readonly ActivityName[], kind: 'transient' | 'permanent') => {
    const cases = steps.flatMap((name) => (['before', 'after'] as const).map((when) => ({ name, when })));
    const begun = await sideBySide(cases, async (one) => {
      const job = await archived();
      world.fail(one.name, { kind, when: one.when, of: job.jobId });
      return { ...one, job, handle: await stage.restore(job.jobId) };
    });
    const ended = [];
    for (const one of begun) ended.push({ ...one, ending: await endingOf(one.handle) });
    return ended;
  };

  it('of a step, twice, before or after its act, change nothing in the end', async () => {
    for (const { name, when, job, ending } of await endings([...BEFORE_THE_COPY, ...AFTER_THE_COPY], 'transient')) {
      expect([name, when, ending]).toEqual([name, when, 'restored']);
      isRestored(job);
      expect(restoreOf(job)?.state).toBe('restored');
    }
    expect(world.unspent()).toEqual([]);
  });

  it('of a step for good, before or after its act, leave the result in the archive', async () => {
    for (const { name, when, job, ending } of await endings(BEFORE_THE_COPY.slice(1), 'permanent')) {
      expect([name, when, ending]).toEqual([name, when, 'threw WorkflowFailedError']);
      expect(job).toMatchObject({ resultState: 'archived', generation: 4, resultKey: null });
      expect(restoreOf(job)).toMatchObject({ state: 'failed' });
      expect(illegalities(world, job.jobId)).toEqual([]);
      // It can be tried again.
      world.fail(name, { kind: 'transient', times: 0, of: job.jobId });
      expect(await run(job)).toBe('restored');
      expect(illegalities(world, job.jobId)).toEqual([]);
    }
  });

  it.for(['storage.object.remove', 'records.restore.abandon'] as const)(
    'an undo that fails once, at %s, is done in the end',
    async (name) => {
      const job = await archived();
      world.fail('storage.result.restore', { kind: 'permanent', when: 'after' });
      world.fail(name, { kind: 'transient', times: 1 });
      expect(await run(job)).toBe('threw WorkflowFailedError');
      expect(job.resultState).toBe('archived');
      expect(illegalities(world, job.jobId)).toEqual([]);
    },
  );

  it.for(AFTER_THE_COPY)(
    'when %s fails for good after the copy, both copies are whole, and it can be ended',
    async (name) => {
      const job = await archived();
      world.fail(name, { kind: 'permanent' });
      expect(await run(job)).toBe('threw WorkflowFailedError');
      expect(job.resultState).toBe('restoring');
      expect(world.store.keys('results')).toContain(`${job.jobId}/restored-3/annotated.vcf.gz`);
      world.fail(name, { kind: 'transient', times: 0 });
      expect(await run(job)).toBe('restored');
      isRestored(job);
    },
  );
});

describe('a move that an earlier saga left half-way', () => {
  /** Both acts are done, and the record of it is not: the restored copy is all there is. */
  const leftHalfWay = async () => {
    const job = await archived();
    world.fail('records.restore.finish', { kind: 'permanent' });
    expect(await run(job)).toBe('threw WorkflowFailedError');
    expect(world.store.keys('results').filter((key) => key.startsWith(`archive/${job.jobId}/`))).toEqual([]);
    world.fail('records.restore.finish', { kind: 'transient', times: 0 });
    return job;
  };

  it.for(['storage.result.restore', 'storage.object.remove'] as const)(
    'loses nothing when %s fails for good, and can be ended',
    async (name) => {
      const job = await leftHalfWay();
      world.fail(name, { kind: 'permanent' });
      expect(await run(job)).toBe('threw WorkflowFailedError');
      world.fail(name, { kind: 'transient', times: 0 });
      expect(await run(job)).toBe('restored');
      isRestored(job);
    },
  );

  it('loses nothing when it is cancelled', async () => {
    const job = await leftHalfWay();
    cancelAt('storage.result.restore', job, false);
    expect(await run(job)).toBe('restored');
    isRestored(job);
  });

  it('is failed when neither copy is there', async () => {
    const job = await leftHalfWay();
    await world.store.remove([{ bucket: 'results', key: `${job.jobId}/restored-3/annotated.vcf.gz` }]);
    expect(await run(job)).toBe('threw WorkflowFailedError');
    expect(restoreOf(job)).toMatchObject({ state: 'failed', error: { type: 'archive_missing' } });
  });

  it('is retrieved anew when it had not been copied', async () => {
    const job = await archived();
    await world.activities['records.restore.begin']({ jobId: job.jobId });
    expect(await run(job)).toBe('restored');
    isRestored(job);
  });
});

describe('cancellation by an operator', () => {
  it.for(['storage.result.retrieve', 'storage.result.checkRetrieval', 'storage.result.restore'] as const)(
    'at %s leaves the result in the archive',
    async (name) => {
      const job = await archived();
      cancelAt(name, job, true);
      expect(await run(job)).toBe('cancelled: the result stays in the archive');
      expect(job.resultState).toBe('archived');
      expect(restoreOf(job)).toMatchObject({ state: 'given_up', error: null });
      expect(illegalities(world, job.jobId)).toEqual([]);
    },
  );

  // While it begins: see tests/integration/cancelled-at-a-decision.test.ts.
  it('while it waits leaves the result in the archive', async () => {
    const job = await archived();
    world.retrievalSeconds = 12 * HOUR;
    const handle = await stage.restore(job.jobId);
    await stage.sleep(HOUR);
    await handle.cancel();
    expect(await handle.result()).toBe('cancelled: the result stays in the archive');
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it.for(AFTER_THE_COPY)('at %s is too late: the result is live', async (name) => {
    const job = await archived();
    cancelAt(name, job, false);
    expect(await run(job)).toBe('restored');
    isRestored(job);
  });
});

describe('other moves', () => {
  it('nothing is to be done for a live result', async () => {
    const job = await world.plant(world.addUser('premium'), 'live');
    expect(await run(job)).toBe('nothing to restore');
    isLive(job);
  });

  it('a Free owner’s result is not restored', async () => {
    const job = await world.plant(world.addUser('free'), 'archived');
    expect(await run(job)).toBe('refused: the plan archives results');
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it('a result on its way into the archive is waited for', async () => {
    const owner = world.addUser('free');
    const job = world.submit('free', owner);
    let restore: Awaited<ReturnType<typeof stage.restore>> | undefined;
    world.on('storage.result.archive', async () => {
      if (restore) return;
      world.records.tables.user(owner).plan = 'premium';
      restore = await stage.restore(job.jobId);
    });
    expect(await (await stage.annotation(job.jobId)).result()).toBe('archived');
    expect(await restore?.result()).toBe('restored');
    expect(job).toMatchObject({ resultState: 'live', generation: 3 });
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it('an erasure in mid-restore wins', async () => {
    const job = await archived();
    world.on('storage.object.remove', async () => {
      if (job.resultState === 'deleted') return;
      job.isEraseRequested = true;
      await world.activities['records.erasure.begin']({ jobId: job.jobId });
    });
    expect(await run(job)).toBe('nothing to restore');
    expect(world.store.keys('results').filter((key) => key.includes('annotated'))).not.toContain(
      `${job.jobId}/restored-3/annotated.vcf.gz`,
    );
    expect(restoreOf(job)?.state).toBe('given_up');
  });

  const isLive = (job: MemoryJob) => expect(job).toMatchObject({ resultState: 'live', resultKey: null, generation: 1 });
});
