// What the store of record must answer to the sagas: run against Postgres and against the model in memory.

import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRecordsActivities, type RecordsActivities } from '../../activities/records/activities.ts';
import { openDatabase, type Database } from '../../db/client.ts';
import { principalOf, registerUser, type User } from '../../db/identity.ts';
import { requestCancellation, requestErasure, submitJob } from '../../db/jobs.ts';
import { jobs, users } from '../../db/schema/index.ts';
import { createUpload } from '../../db/uploads.ts';
import { isId, jobId, uploadId, type JobId } from '../../domain/ids.ts';
import type { JobStatus, ResultState } from '../../domain/jobs.ts';
import type { Plan } from '../../domain/plans.ts';
import { system } from '../../domain/principal.ts';
import { createMemoryRecords } from '../support/models/memory-records.ts';
import { createTestDatabase } from '../support/services.ts';

interface Subject {
  records: RecordsActivities;
  submit: (plan?: Plan, inputFile?: string) => Promise<{ id: JobId; inputFile: string }>;
  setPlan: (id: JobId, plan: Plan) => Promise<void>;
  cancel: (id: JobId) => Promise<void>;
  erase: (id: JobId) => Promise<void>;
  look: (id: JobId) => Promise<{ status: JobStatus; resultState: ResultState | null; archiveKey: string | null }>;
  /** As though everything so far had happened an hour ago. */
  letAnHourPass: () => Promise<void>;
  close: () => Promise<void>;
}

const RETENTION_SECONDS = 300;
const shown = { plan: 'free', organizationId: expect.any(String) as unknown, genome: 'demo', status: 'CANCELLED' };

async function inMemory(): Promise<Subject> {
  const model = createMemoryRecords({ retentionSeconds: RETENTION_SECONDS });
  return {
    records: model.activities,
    submit: async (plan = 'free', inputFile = randomUUID()) => {
      const id = jobId(randomUUID());
      model.add({ jobId: id, inputFile, etag: '"1"', inputSizeBytes: 5 }, plan);
      return { id, inputFile };
    },
    setPlan: async (id, plan) => model.setPlan(id, plan),
    cancel: async (id) => void (model.job(id).isCancelRequested = true),
    erase: async (id) => void (model.job(id).isEraseRequested = true),
    look: async (id) => model.job(id),
    // The model has no clock: only silence is told to it.
    letAnHourPass: async () => model.silence(),
    close: async () => {},
  };
}

async function inPostgres(): Promise<Subject> {
  const own = await createTestDatabase();
  const database: Database = openDatabase({ url: own.url, applicationName: 'test' });
  const owners = new Map<string, User>();
  const ownerOf = (id: JobId): User => {
    const owner = owners.get(id);
    if (!owner) throw new Error('not submitted here');
    return owner;
  };
  const asSystem = system('test');
  return {
    records: createRecordsActivities({ database, principal: () => asSystem, retentionSeconds: RETENTION_SECONDS }),
    submit: async (plan = 'free', inputFile) => {
      // A second job on the same input is the same owner's.
      const known = inputFile === undefined ? undefined : owners.get(inputFile);
      const user =
        known ??
        (await registerUser(
          database,
          { issuer: 'http://issuer.test', subject: randomUUID(), email: 'someone@varloom.test' },
          { plan },
        ));
      const upload = uploadId(inputFile ?? randomUUID());
      if (!known) {
        await createUpload(database, principalOf(user), {
          uploadId: upload,
          fileName: 'a.vcf',
          genome: null,
          source: 'api',
          sizeLimitBytes: 10 * 1024 ** 2,
          multipartUploadId: null,
          expiresAt: new Date(Date.now() + 1000),
        });
      }
      const submitted = await submitJob(database, principalOf(user), {
        uploadId: upload,
        object: { etag: '"1"', sizeBytes: 5 },
        genome: 'demo',
        consequenceMode: 'auto',
        source: 'api',
      });
      owners.set(submitted.jobId, user);
      owners.set(upload, user);
      return { id: submitted.jobId, inputFile: upload };
    },
    setPlan: async (id, plan) => {
      await database.write(asSystem, (tx) =>
        tx
          .update(users)
          .set({ plan })
          .where(eq(users.userId, ownerOf(id).userId)),
      );
    },
    cancel: (id) => requestCancellation(database, principalOf(ownerOf(id)), id),
    erase: async (id) => void (await requestErasure(database, principalOf(ownerOf(id)), id)),
    look: async (id) => {
      const [row] = await database.write(asSystem, (tx) => tx.select().from(jobs).where(eq(jobs.jobId, id)));
      if (!row) throw new Error('no such job');
      return { status: row.status, resultState: row.resultState, archiveKey: row.resultsFileArchiveId };
    },
    letAnHourPass: async () => {
      await database.write(asSystem, (tx) =>
        tx.update(jobs).set({
          submittedAt: sql`${jobs.submittedAt} - interval '1 hour'`,
          startedAt: sql`${jobs.startedAt} - interval '1 hour'`,
          cancelRequestedAt: sql`${jobs.cancelRequestedAt} - interval '1 hour'`,
          eraseRequestedAt: sql`${jobs.eraseRequestedAt} - interval '1 hour'`,
        }),
      );
    },
    close: async () => {
      await database.close();
      await own.drop();
    },
  };
}

describe.for([
  ['the model in memory', inMemory],
  ['Postgres', inPostgres],
] as const)('%s', ([, create]) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
  });
  afterAll(() => subject.close());

  const resultOf = (id: JobId) => ({ prefix: `${id}/1`, sizeBytes: 7, sha256: 'ab'.repeat(32), records: 3 });

  /** A job that is complete, with a live result of generation 1. */
  const completed = async (plan: Plan = 'free', inputFile?: string) => {
    const job = await subject.submit(plan, inputFile);
    await subject.records['records.job.start']({ jobId: job.id });
    const completion = await subject.records['records.job.complete']({ jobId: job.id, result: resultOf(job.id) });
    expect(completion).toEqual({ decision: 'completed', generation: 1, retentionSeconds: RETENTION_SECONDS });
    return job;
  };

  const archiving = async () => {
    const { id } = await completed();
    const begun = await subject.records['records.archive.begin']({ jobId: id, generation: 1 });
    if (begun.decision !== 'archive') throw new Error(`not archived: ${begun.decision}`);
    return { id, move: begun.move };
  };

  it('starts a job, and answers the same again', async () => {
    const { id, inputFile } = await subject.submit();
    const expected = {
      decision: 'go',
      job: {
        jobId: id,
        inputFile,
        etag: '"1"',
        inputSizeBytes: 5,
        sizeLimitBytes: 10 * 1024 ** 2,
        genome: 'demo',
        consequenceMode: 'auto',
      },
      shown: { plan: 'free', organizationId: expect.any(String) },
    };
    expect(await subject.records['records.job.start']({ jobId: id })).toEqual(expected);
    expect(await subject.records['records.job.start']({ jobId: id })).toEqual(expected);
    expect((await subject.look(id)).status).toBe('RUNNING');
  });

  it('does not start a job that its owner cancelled, and ends it CANCELLED', async () => {
    const { id } = await subject.submit();
    await subject.cancel(id);
    expect(await subject.records['records.job.start']({ jobId: id })).toEqual({ decision: 'cancel' });
    const end = await subject.records['records.job.end']({ jobId: id, end: { status: 'CANCELLED' } });
    expect(end).toEqual({ status: 'CANCELLED', isErasureWaiting: false, shown });
    expect(await subject.records['records.job.start']({ jobId: id })).toEqual({ decision: 'ended', shown });
  });

  it('completes a job once, with a live result', async () => {
    const { id } = await completed();
    const again = await subject.records['records.job.complete']({ jobId: id, result: resultOf(id) });
    expect(again).toEqual({ decision: 'completed', generation: 1, retentionSeconds: RETENTION_SECONDS });
    expect(await subject.look(id)).toMatchObject({ status: 'COMPLETED', resultState: 'live' });
  });

  it('does not complete a job whose cancellation was asked for, nor calls it FAILED', async () => {
    const { id } = await subject.submit();
    await subject.records['records.job.start']({ jobId: id });
    await subject.cancel(id);
    const completion = await subject.records['records.job.complete']({ jobId: id, result: resultOf(id) });
    expect(completion).toEqual({ decision: 'cancel' });
    const error = { type: 'engine_failed' as const, message: 'no' };
    const end = await subject.records['records.job.end']({ jobId: id, end: { status: 'FAILED', error } });
    expect(end.status).toBe('CANCELLED');
    expect(await subject.look(id)).toMatchObject({ status: 'CANCELLED', resultState: null });
  });

  it('does not end a job that is complete', async () => {
    const { id } = await completed();
    const end = await subject.records['records.job.end']({ jobId: id, end: { status: 'CANCELLED' } });
    expect(end.status).toBe('COMPLETED');
  });

  it("archives a Free owner's result: begin, begin again, finish, finish again", async () => {
    const { id, move } = await archiving();
    expect(move).toEqual({
      generation: 2,
      liveKey: `${id}/1/annotated.vcf.gz`,
      archiveKey: `archive/${id}/2`,
      sizeBytes: 7,
      sha256: 'ab'.repeat(32),
    });
    const again = await subject.records['records.archive.begin']({ jobId: id, generation: 1 });
    expect(again).toEqual({ decision: 'archive', move, isResumed: true });
    expect((await subject.look(id)).resultState).toBe('archiving');
    expect(await subject.records['records.archive.finish']({ jobId: id, move })).toBe(true);
    expect(await subject.records['records.archive.finish']({ jobId: id, move })).toBe(true);
    expect(await subject.look(id)).toMatchObject({ resultState: 'archived', archiveKey: move.archiveKey });
  });

  it('looks the plan up when the window ends', async () => {
    const { id } = await completed('free');
    await subject.setPlan(id, 'premium');
    const begun = await subject.records['records.archive.begin']({ jobId: id, generation: 1 });
    expect(begun).toEqual({ decision: 'keep' });
    expect((await subject.look(id)).resultState).toBe('live');
  });

  it('lets the loser of a comparison stop', async () => {
    const { id } = await completed();
    expect(await subject.records['records.archive.begin']({ jobId: id, generation: 7 })).toEqual({ decision: 'lost' });
    await subject.erase(id);
    expect(await subject.records['records.archive.begin']({ jobId: id, generation: 1 })).toEqual({ decision: 'lost' });
  });

  it('abandons an archive: the result is live, and can be archived later', async () => {
    const { id, move } = await archiving();
    await subject.records['records.archive.abandon']({ jobId: id, generation: move.generation });
    await subject.records['records.archive.abandon']({ jobId: id, generation: move.generation });
    expect((await subject.look(id)).resultState).toBe('live');
    expect(await subject.records['records.archive.finish']({ jobId: id, move })).toBe(false);
    const begun = await subject.records['records.archive.begin']({ jobId: id, generation: move.generation + 1 });
    expect(begun.decision).toBe('archive');
  });

  it('erases a result that is being archived: the archive loses', async () => {
    const { id, move } = await archiving();
    await subject.erase(id);
    expect(await subject.records['records.erasure.begin']({ jobId: id })).toMatchObject({ decision: 'erase' });
    expect(await subject.records['records.archive.finish']({ jobId: id, move })).toBe(false);
    await subject.records['records.erasure.finish']({ jobId: id });
    expect(await subject.look(id)).toMatchObject({ resultState: 'deleted', archiveKey: null });
  });

  it('waits with the erasure until the job has ended, and says so at its end', async () => {
    const { id } = await subject.submit();
    await subject.records['records.job.start']({ jobId: id });
    await subject.erase(id);
    expect(await subject.records['records.erasure.begin']({ jobId: id })).toEqual({ decision: 'wait' });
    const end = await subject.records['records.job.end']({ jobId: id, end: { status: 'CANCELLED' } });
    expect(end).toEqual({ status: 'CANCELLED', isErasureWaiting: true, shown });
    expect(await subject.records['records.erasure.begin']({ jobId: id })).toMatchObject({ decision: 'erase' });
  });

  it('keeps an input while another job uses it', async () => {
    const first = await completed();
    const second = await completed('free', first.inputFile);
    await subject.erase(first.id);
    const kept = { decision: 'erase', inputFile: null };
    expect(await subject.records['records.erasure.begin']({ jobId: first.id })).toEqual(kept);
    await subject.erase(second.id);
    const gone = { decision: 'erase', inputFile: first.inputFile };
    expect(await subject.records['records.erasure.begin']({ jobId: second.id })).toEqual(gone);
    expect(await subject.records['records.erasure.begin']({ jobId: second.id })).toEqual(gone);
  });

  it('lists what nobody tends: submitted, silent, cancelled, to be erased; and nothing else', async () => {
    const [pending, silent, cancelled, toErase, fine] = await Promise.all([
      subject.submit(),
      subject.submit(),
      subject.submit(),
      completed(),
      completed(),
    ]);
    for (const { id } of [silent, cancelled]) await subject.records['records.job.start']({ jobId: id });
    await subject.cancel(cancelled.id);
    await subject.erase(toErase.id);
    await subject.letAnHourPass();
    const young = await subject.submit();
    await subject.records['records.job.start']({ jobId: young.id });

    const untended = await subject.records['records.job.listUntended']();
    const needs = Object.fromEntries(untended.map((job) => [job.jobId, job.needs]));
    expect(needs).toMatchObject({
      [pending.id]: 'annotation',
      [silent.id]: 'annotation',
      [cancelled.id]: 'cancellation',
      [toErase.id]: 'erasure',
    });
    // Who owns the job: its saga acts in that name.
    const owners = untended.map((job) => [job.userId, job.organizationId]);
    expect(owners.filter(([user = '', organization = '']) => !isId(user) || !isId(organization))).toEqual([]);
    expect(untended.filter(({ genome }) => genome === undefined)).toEqual([]);
    expect(Object.keys(needs)).not.toContain(fine.id);
    expect(Object.keys(needs)).not.toContain(young.id);

    await subject.records['records.erasure.begin']({ jobId: toErase.id });
    const after = await subject.records['records.job.listUntended']();
    expect(after.map((job) => job.jobId)).not.toContain(toErase.id);
  });
});
