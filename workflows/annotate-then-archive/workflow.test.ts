// The annotation saga on skipped time: its timing, and every step failing or cancelled, ends in a legal state.

import { WorkflowUpdateFailedError, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { MemoryJob } from '../../tests/support/models/memory-records.ts';
import { useSagaStage } from '../../tests/support/models/use-stage.ts';
import { illegalities, RETENTION_SECONDS, type ActivityName } from '../../tests/support/models/world.ts';
import { progressQuery, setRetentionUpdate } from './messages.ts';
import type { annotateThenArchive } from './workflow.ts';

/** As late as a step may begin on a busy machine. */
const BUSY_SECONDS = 30;

type Handle = WorkflowHandleWithFirstExecutionRunId<typeof annotateThenArchive>;

const stage = useSagaStage();
const { world } = stage;

const start = (job: MemoryJob): Promise<Handle> =>
  stage.saga.environment.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });

/** The outcome, or how the workflow ended without one. */
const outcomeOf = async (handle: Handle): Promise<string> =>
  handle.result().catch((error: unknown) => `threw ${error instanceof Error ? error.name : String(error)}`);

/** The server's time at which the activity first began. */
const timeOf = (name: ActivityName) => {
  let atMs: number | undefined;
  world.on(name, async () => {
    atMs ??= await stage.saga.environment.currentTimeMs();
  });
  return () => atMs ?? Number.NaN;
};

describe('timing', () => {
  it("archives a Free owner's result at the end of the window, and not before", async () => {
    const job = world.submit('free');
    const completedAt = timeOf('records.job.complete');
    const archivedAt = timeOf('records.archive.begin');
    const handle = await start(job);
    expect(await handle.result()).toBe('archived');
    const waitedSeconds = (archivedAt() - completedAt()) / 1000;
    expect(waitedSeconds).toBeGreaterThanOrEqual(RETENTION_SECONDS);
    expect(waitedSeconds).toBeLessThan(RETENTION_SECONDS + BUSY_SECONDS);
    expect(illegalities(world, job.jobId)).toEqual([]);
    expect(world.mails).toEqual([`annotation.completed ${job.jobId}`]);
  });

  it('has sent the mail and kept the result live while the window is open', async () => {
    const job = world.submit('free');
    const handle = await start(job);
    await stage.saga.environment.sleep((RETENTION_SECONDS - 20) * 1000);
    expect(world.mails).toEqual([`annotation.completed ${job.jobId}`]);
    expect(world.records.job(job.jobId)).toMatchObject({ status: 'COMPLETED', resultState: 'live' });
    const progress = await handle.query(progressQuery);
    expect(progress.step).toBe('retaining');
    expect(Date.parse(progress.retainedUntil ?? '')).toBeGreaterThan(await stage.saga.environment.currentTimeMs());
    expect(await handle.result()).toBe('archived');
    expect(await handle.query(progressQuery)).toEqual({ step: 'done', retainedUntil: null });
  });

  it('keeps the result of an owner who upgraded during the wait', async () => {
    const job = world.submit('free');
    const handle = await start(job);
    await stage.saga.environment.sleep((RETENTION_SECONDS - 20) * 1000);
    world.records.setPlan(job.jobId, 'premium');
    expect(await handle.result()).toBe('kept: the plan keeps results');
    expect(world.records.job(job.jobId).resultState).toBe('live');
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it("never archives a Premium owner's result", async () => {
    const job = world.submit('premium');
    expect(await (await start(job)).result()).toBe('kept: the plan keeps results');
    expect(world.calls.some(({ name }) => name === 'storage.result.archive')).toBe(false);
  });

  it.for([10, 4000])('archives %d seconds after an update says so', async (retentionSeconds) => {
    const job = world.submit('free');
    const archivedAt = timeOf('records.archive.begin');
    const handle = await start(job);
    await stage.saga.environment.sleep(100_000);
    const updatedAt = await stage.saga.environment.currentTimeMs();
    const end = await handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds }] });
    expect(Math.abs(Date.parse(end) - updatedAt - retentionSeconds * 1000)).toBeLessThan(BUSY_SECONDS * 1000);
    expect(await handle.result()).toBe('archived');
    const waitedSeconds = (archivedAt() - updatedAt) / 1000;
    expect(waitedSeconds).toBeGreaterThanOrEqual(retentionSeconds);
    expect(waitedSeconds).toBeLessThan(retentionSeconds + BUSY_SECONDS);
  });

  it.for([-1, 1.5, 1e12])('refuses a retention of %d seconds', async (retentionSeconds) => {
    const handle = await start(world.submit('free'));
    await stage.saga.environment.sleep(1000);
    const update = handle.executeUpdate(setRetentionUpdate, { args: [{ retentionSeconds }] });
    await expect(update).rejects.toBeInstanceOf(WorkflowUpdateFailedError);
    expect(await handle.result()).toBe('archived');
  });
});

const BEFORE_COMPLETION = ['records.job.start', 'engine.input.annotate', 'records.job.complete'] as const;
const AFTER_COMPLETION = [
  'mail.annotation.send',
  'records.archive.begin',
  'storage.result.archive',
  'storage.object.remove',
  'records.archive.finish',
] as const;

describe('failures', () => {
  it.for(
    [...BEFORE_COMPLETION, ...AFTER_COMPLETION].flatMap((name) =>
      (['before', 'after'] as const).map((when) => [name, when] as const),
    ),
  )('%s failing twice, %s its act, changes nothing in the end', async ([name, when]) => {
    const job = world.submit('free');
    world.fail(name, { kind: 'transient', when });
    expect(await outcomeOf(await start(job))).toBe('archived');
    expect(illegalities(world, job.jobId)).toEqual([]);
    expect(world.mails).toEqual([`annotation.completed ${job.jobId}`]);
  });

  it.for(['records.job.start', 'engine.input.annotate'] as const)(
    '%s failing for good ends the job FAILED, with nothing left and one mail',
    async (name) => {
      const job = world.submit('free');
      world.fail(name, { kind: 'permanent' });
      expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
      expect(world.records.job(job.jobId)).toMatchObject({ status: 'FAILED', error: { type: 'engine_failed' } });
      expect(illegalities(world, job.jobId)).toEqual([]);
      expect(world.mails).toEqual([`annotation.failed ${job.jobId}`]);
    },
  );

  it('an input that is refused is an outcome, with its reason, and no failure of ours', async () => {
    const job = world.submit('free');
    world.fail('engine.input.annotate', { kind: 'permanent', type: 'input_unsorted' });
    expect(await outcomeOf(await start(job))).toBe('failed: the input was refused');
    expect(world.records.job(job.jobId)).toMatchObject({ status: 'FAILED', error: { type: 'input_unsorted' } });
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it('what the engine published is removed when its answer is lost for good', async () => {
    const job = world.submit('free');
    world.fail('engine.input.annotate', { kind: 'permanent', when: 'after' });
    expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
    expect(world.calls.some(({ name }) => name === 'storage.result.discard')).toBe(true);
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it('a job ends even when nothing can be undone', async () => {
    const job = world.submit('free');
    world.fail('engine.input.annotate', { kind: 'permanent' });
    world.fail('storage.result.discard', { kind: 'permanent' });
    expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
    expect(world.records.job(job.jobId).status).toBe('FAILED');
  });

  it('mail that cannot be sent does not touch the result', async () => {
    const job = world.submit('free');
    world.fail('mail.annotation.send', { kind: 'permanent' });
    expect(await outcomeOf(await start(job))).toBe('archived');
    expect(world.mails).toEqual([]);
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it.for(['before', 'after'] as const)(
    'an archive copy that fails for good, %s its act, leaves the result live and whole',
    async (when) => {
      const job = world.submit('free');
      world.fail('storage.result.archive', { kind: 'permanent', when });
      expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
      expect(world.records.job(job.jobId).resultState).toBe('live');
      expect(illegalities(world, job.jobId)).toEqual([]);
    },
  );

  it('a damaged archive copy is found, removed, and the result stays live', async () => {
    const job = world.submit('free');
    world.store.damageNextCopy();
    expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
    expect(world.records.job(job.jobId).resultState).toBe('live');
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it.for(['storage.object.remove', 'records.archive.finish'] as const)(
    'a whole copy remains when %s fails for good',
    async (name) => {
      const job = world.submit('free');
      world.fail(name, { kind: 'permanent' });
      expect(await outcomeOf(await start(job))).toBe('threw WorkflowFailedError');
      expect(world.store.keys('results')).toContain(`archive/${job.jobId}/2`);
    },
  );
});

describe('cancellation', () => {
  /** As the gateway does it: recorded first, then the saga is told. */
  const cancelAt = (name: ActivityName, job: MemoryJob) => {
    let isDone = false;
    world.on(name, async () => {
      if (isDone) return;
      isDone = true;
      world.worksUntilCancelled = true;
      if (job.status === 'PENDING' || job.status === 'RUNNING') job.isCancelRequested = true;
      await stage.saga.environment.client.workflow.getHandle(workflowIds.annotation(job.jobId)).cancel();
    });
  };

  it('asked for before the saga starts', async () => {
    const job = world.submit('free');
    job.isCancelRequested = true;
    expect(await outcomeOf(await start(job))).toBe('cancelled');
    expect(job.status).toBe('CANCELLED');
    expect(world.calls.some(({ name }) => name === 'engine.input.annotate')).toBe(false);
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  it.for(BEFORE_COMPLETION)('at %s ends the job CANCELLED with nothing left', async (name) => {
    const job = world.submit('free');
    cancelAt(name, job);
    // A local activity may run twice, and the second time find the job ended by the first.
    expect(['cancelled', 'ended before']).toContain(await outcomeOf(await start(job)));
    expect(job.status).toBe('CANCELLED');
    expect(illegalities(world, job.jobId)).toEqual([]);
  });

  // At the decision to archive: see tests/integration/cancelled-at-a-decision.test.ts.
  const apartFromTheDecision = AFTER_COMPLETION.filter((name) => name !== 'records.archive.begin');
  it.for(apartFromTheDecision)('by an operator at %s leaves a whole result', async (name) => {
    const job = world.submit('free');
    cancelAt(name, job);
    await outcomeOf(await start(job));
    expect(job.status).toBe('COMPLETED');
    expect(illegalities(world, job.jobId)).toEqual([]);
    expect(world.mails).toEqual([`annotation.completed ${job.jobId}`]);
  });
});
