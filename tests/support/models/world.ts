// A world for sagas on skipped time: real workflows and storage activities, over a store and records in memory, an
// engine and a mailer that do in an instant what theirs do, and faults wherever a test wants them.

import { createHash, randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { EngineActivities } from '../../../activities/engine/activity.ts';
import type { MailActivities } from '../../../activities/mail/activities.ts';
import type { RecordsActivities } from '../../../activities/records/activities.ts';
import { createStorageActivities, type StorageActivities } from '../../../activities/storage/activities.ts';
import type { Database } from '../../../db/client.ts';
import { jobId, type JobId } from '../../../domain/ids.ts';
import type { Plan } from '../../../domain/plans.ts';
import { system } from '../../../domain/principal.ts';
import { createMemoryRecords, type MemoryJob, type MemoryRecords } from './memory-records.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';

export type Activities = RecordsActivities & StorageActivities & MailActivities & EngineActivities;
export type ActivityName = keyof Activities;

export interface Fault {
  /** `permanent` is never retried; `transient` goes away after `times`. */
  kind: 'permanent' | 'transient';
  /** Default 2. */
  times?: number;
  /** `after`: the act was done, and its answer lost. Default `before`. */
  when?: 'before' | 'after';
  /** The failure's type; default `engine_failed`. */
  type?: string;
}

export interface World {
  store: MemoryStore;
  records: MemoryRecords;
  /** Mails as sent: `<kind> <jobId>`. */
  mails: string[];
  /** Every activity that ran, in order: `<name> <jobId or key>`. */
  calls: { name: ActivityName; input: unknown }[];
  submit(plan?: Plan): MemoryJob;
  fail(name: ActivityName, fault: Fault): void;
  /** Called when the activity begins, before anything else. */
  on(name: ActivityName, act: () => void | Promise<void>): void;
  /**
   * The engine and the archive copy work until they are cancelled. Set it before a cancellation: the time-skipping server
   * refuses a workflow's request to cancel an activity that completes at the same moment, which the real server allows.
   */
  worksUntilCancelled: boolean;
  reset(): void;
}

export const RETENTION_SECONDS = 300;
const RESULT = Buffer.from('annotated');

export function createWorld(): World & { activities: Activities } {
  const store = createMemoryStore();
  const records = createMemoryRecords({ retentionSeconds: RETENTION_SECONDS });
  const faults = new Map<ActivityName, Fault & { left: number }>();
  const acts = new Map<ActivityName, () => void | Promise<void>>();

  const engine: EngineActivities = {
    'engine.input.annotate': async (input) => {
      const prefix = `${input.jobId}/${Context.current().info.attempt}`;
      const publish = (name: string, bytes: Buffer) => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const key = `${prefix}/${name}`;
        store.put({ bucket: 'results', key }, bytes, { sha256 });
        return { key, sizeBytes: bytes.length, sha256 };
      };
      return {
        engine: { name: 'model', version: '1' },
        mode: 'local',
        records: 3,
        prefix,
        vcf: publish('annotated.vcf.gz', RESULT),
        index: publish('annotated.vcf.gz.tbi', Buffer.from('index')),
        log: publish('annotation.log', Buffer.from('log')),
        summary: publish('summary.json', Buffer.from('{}')),
        provenance: publish('provenance.json', Buffer.from('{}')),
      };
    },
    'engine.staging.sweep': async () => ({ removed: 0 }),
  };

  const mail: MailActivities = {
    'mail.annotation.send': async ({ jobId: id, kind }) => {
      const line = `${kind} ${id}`;
      // Claimed before it is sent, and recognised when it is repeated.
      if (!world.mails.includes(line)) world.mails.push(line);
    },
  };

  const noDatabase: Database = {
    write: () => Promise.reject(new Error('there is no database here')),
    read: () => Promise.reject(new Error('there is no database here')),
    listen: () => Promise.reject(new Error('there is no database here')),
    ping: async () => {},
    close: async () => {},
  };

  const plain: Activities = {
    ...records.activities,
    ...createStorageActivities({
      store,
      database: noDatabase,
      principal: () => system('test'),
      archive: { storageClass: 'GLACIER', tier: 'Standard', pollSeconds: 300 },
    }),
    'storage.uploads.sweep': async () => ({ removed: 0 }),
    'storage.results.sweep': async () => ({ removed: 0 }),
    ...mail,
    ...engine,
  };

  const faulty = (name: ActivityName, activity: (input: never) => Promise<unknown>) => async (input: never) => {
    world.calls.push({ name, input });
    await acts.get(name)?.();
    if (world.worksUntilCancelled && LONG_ACTS.has(name)) await cancellation();
    const fault = faults.get(name);
    const strike = (when: 'before' | 'after') => {
      if (!fault || (fault.when ?? 'before') !== when || fault.left <= 0) return;
      fault.left -= 1;
      const failure = { message: `${name} fails`, type: fault.type ?? 'engine_failed' };
      throw ApplicationFailure.create({ ...failure, nonRetryable: fault.kind === 'permanent' });
    };
    strike('before');
    const output = await activity(input);
    strike('after');
    return output;
  };

  const activities = Object.fromEntries(
    Object.entries(plain).map(([name, activity]) => [name, faulty(name as ActivityName, activity)]),
    // Each entry keeps its own input and output: `faulty` passes them through.
  ) as unknown as Activities;

  const world: World & { activities: Activities } = {
    store,
    records,
    mails: [],
    calls: [],
    worksUntilCancelled: false,
    activities,
    submit(plan = 'free') {
      const inputFile = randomUUID();
      store.put({ bucket: 'inputs', key: inputFile }, Buffer.from('input'));
      return records.add({ jobId: jobId(randomUUID()), inputFile, etag: '"1"', inputSizeBytes: 5 }, plan);
    },
    fail: (name, fault) =>
      void faults.set(name, { ...fault, left: fault.kind === 'permanent' ? Infinity : (fault.times ?? 2) }),
    on: (name, act) => void acts.set(name, act),
    reset() {
      faults.clear();
      acts.clear();
      world.worksUntilCancelled = false;
      world.mails.length = 0;
      world.calls.length = 0;
    },
  };
  return world;
}

const LONG_ACTS: ReadonlySet<ActivityName> = new Set(['engine.input.annotate', 'storage.result.archive']);

/** Rejects when the activity is cancelled; a heartbeat is how it hears of that. */
async function cancellation(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(beat));
}

/** What must hold for a job whose sagas have all ended, whatever went wrong on the way. Returns what does not. */
export function illegalities(world: World, id: JobId): string[] {
  const job = world.records.job(id);
  const keys = world.store.keys('results');
  const live = keys.filter((key) => key.startsWith(`${id}/`));
  const archived = keys.filter((key) => key.startsWith(`archive/${id}/`));
  const result = job.result;
  const hasLiveVcf = result !== null && keys.includes(`${result.prefix}/annotated.vcf.gz`);
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${job.status}/${job.resultState}: ${what}`);
  };
  const mailed = (kind: string) => world.mails.filter((line) => line === `${kind} ${id}`).length;

  must(['COMPLETED', 'FAILED', 'CANCELLED'].includes(job.status), 'the job has ended');
  must(mailed('annotation.completed') <= 1 && mailed('annotation.failed') <= 1, 'no mail is sent twice');
  if (job.status !== 'COMPLETED' || job.resultState === 'deleted') {
    must(live.length === 0 && archived.length === 0, 'nothing is left in the store');
    must((job.error !== null) === (job.status === 'FAILED'), 'a failed job, and no other, says why');
  } else {
    must(
      live.some((key) => key.endsWith('/annotation.log')),
      'the log is never archived',
    );
    must(job.resultState === 'live' || job.resultState === 'archived', 'the result rests');
    must(hasLiveVcf === (job.resultState === 'live'), 'the live copy is there when the result is live, and only then');
    must((archived.length === 1) === (job.resultState === 'archived'), 'one archived copy, when it is archived');
    must((job.archiveKey !== null) === (job.resultState === 'archived'), 'the archive id is recorded with the state');
    if (job.archiveKey) must(archived.includes(job.archiveKey), 'the recorded archive copy is there');
  }
  if (job.status === 'FAILED') must(mailed('annotation.completed') === 0, 'a failed job is not called complete');
  return found;
}
