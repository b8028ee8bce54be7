// A world for sagas on skipped time: real workflows and storage activities, over a store and records in memory, an
// engine and a mailer that do in an instant what theirs do, and faults wherever a test wants them.

import { createHash, randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { BillingActivities } from '../../../activities/billing/contract.ts';
import type { EngineActivities } from '../../../activities/engine/activity.ts';
import type { MailActivities } from '../../../activities/mail/activities.ts';
import type { ReviewMailActivities } from '../../../activities/mail/review-mail.ts';
import type { SubscriptionMailActivities, SubscriptionMailInput } from '../../../activities/mail/subscription-mail.ts';
import type { RecordsActivities } from '../../../activities/records/activities.ts';
import type { BillingRecordsActivities } from '../../../activities/records/billing.ts';
import type { ReconciliationActivities } from '../../../activities/records/reconciliation.ts';
import type { ReviewRecordsActivities } from '../../../activities/records/review.ts';
import type { WebhookRecordsActivities } from '../../../activities/records/webhooks.ts';
import { createStorageActivities, type StorageActivities } from '../../../activities/storage/activities.ts';
import type { WebhookActivities } from '../../../activities/webhooks/activities.ts';
import type { Database } from '../../../db/client.ts';
import { jobId, userId, type UserId } from '../../../domain/ids.ts';
import type { Plan } from '../../../domain/plans.ts';
import { system } from '../../../domain/principal.ts';
import { resultFileKey, type ResultFile } from '../../../domain/result-files.ts';
import { createMemoryBilling, type MemoryBilling } from './memory-billing.ts';
import { createMemoryBillingRecords } from './memory-billing-records.ts';
import { createMemoryReconciliation } from './memory-reconciliation.ts';
import { createMemoryRecords, type MemoryJob, type MemoryRecords } from './memory-records.ts';
import { createMemoryReview, type MemoryReview } from './memory-review.ts';
import { createMemoryReviewMail, type MemoryReviewMail } from './memory-review-mail.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { createMemoryTables } from './memory-tables.ts';
import { createMemoryWebhooks, type MemoryWebhooks } from './memory-webhooks.ts';

export { illegalities, illegalitiesOf } from './illegalities.ts';

export type Activities = RecordsActivities &
  BillingRecordsActivities &
  ReconciliationActivities &
  ReviewRecordsActivities &
  WebhookRecordsActivities &
  WebhookActivities &
  ReviewMailActivities &
  StorageActivities &
  BillingActivities &
  MailActivities &
  SubscriptionMailActivities &
  EngineActivities;
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
  /** Only calls whose input, or whose saga, names this id. A fault without one replaces all of its activity. */
  of?: string;
}

/** Each activity has an input of its own: who hooks into one knows which. */
type Act = (input: never) => void | Promise<void>;

export interface World {
  store: MemoryStore;
  records: MemoryRecords;
  billing: MemoryBilling;
  /** Samples under review, their laboratory and deliveries. */
  review: MemoryReview;
  webhooks: MemoryWebhooks;
  reviewMails: MemoryReviewMail['sent'];
  /** Mails as sent: `<kind> <jobId>`, and `<kind> <userId> <occasion>`. */
  mails: string[];
  /** Those about subscriptions, with what they say and when they were sent. */
  subscriptionMails: (SubscriptionMailInput & { atMs: number })[];
  /** Every activity that ran, in order, and when it began. */
  calls: { name: ActivityName; input: unknown; atMs: number }[];
  /** How long the store takes to bring an archived copy back. */
  retrievalSeconds: number;
  /** Called after each change that the payment service would send an event of. */
  onBillingChanged: ((userId: UserId) => void) | undefined;
  /** The clock that the models go by; until then that of the machine. */
  useClock(currentTimeMs: () => Promise<number>): void;
  /** Ids of users and jobs; random, unless they are to come again. */
  newId: () => string;
  /** As of the last look at the clock: when an activity last began, or `tick` was called. */
  now(): number;
  tick(): Promise<void>;
  /** A job that nobody has started, of a user of its own unless one is named. */
  submit(plan?: Plan, owner?: UserId): MemoryJob;
  addUser(plan?: Plan): UserId;
  /** A complete job whose saga has ended: its result is live or archived. */
  plant(owner: UserId, state: 'live' | 'archived'): Promise<MemoryJob>;
  fail(name: ActivityName, fault: Fault): void;
  /** Transient faults that have not struck as often as they should: what was to be shown was not. */
  unspent(): string[];
  /** Called when the activity begins, before anything else. */
  on(name: ActivityName, act: Act): void;
  /** Runs every activity: it may do things before and after, or fail. */
  around: ((name: ActivityName, input: unknown, act: () => Promise<unknown>) => Promise<unknown>) | undefined;
  /**
   * The engine and the archive copy work until they are cancelled. Set it before a cancellation: the time-skipping server
   * refuses a workflow's request to cancel an activity that completes at the same moment, which the real server allows.
   */
  worksUntilCancelled: boolean;
  /** Forgets faults, hooks, calls and mails. */
  reset(): void;
}

export const RETENTION_SECONDS = 300;
export const GRACE_PERIOD_SECONDS = 7 * 24 * 3600;
export const POLL_SECONDS = 300;
export const CHECKOUT_SECONDS = 24 * 3600;
export const REVIEW_SETTINGS = {
  signatureMaxAgeSeconds: 900,
  reminderSeconds: 24 * 3600,
  escalationSeconds: 72 * 3600,
  claimSeconds: 8 * 3600,
};
const RESULT = Buffer.from('annotated');

export function createWorld(): World & { activities: Activities } {
  let nowMs = Date.now();
  let currentTimeMs = () => Promise.resolve(Date.now());
  const store = createMemoryStore();
  const tables = createMemoryTables(() => nowMs);
  const records = createMemoryRecords({ retentionSeconds: RETENTION_SECONDS, tables });
  const billing = createMemoryBilling({
    now: () => new Date(nowMs),
    checkoutExpirySeconds: CHECKOUT_SECONDS,
    changed: (userId) => world.onBillingChanged?.(userId),
  });
  const webhooks = createMemoryWebhooks(async () => nowMs);
  const review = createMemoryReview({
    ...REVIEW_SETTINGS,
    tables,
    queueMessage: (receiver) => webhooks.add(receiver).messageId,
  });
  const reviewMail = createMemoryReviewMail(review, () => nowMs);
  const faults = new Map<string, Fault & { name: ActivityName; left: number }>();
  const acts = new Map<ActivityName, Act>();

  /** Retrievals end when their time has come, seen by whoever looks next. */
  const retrieving = new Map<string, number>();
  store.archive.onRetrieve = (key) => void retrieving.set(key, nowMs);
  const endRetrievals = () => {
    for (const [key, beganAtMs] of retrieving) {
      if (nowMs - beganAtMs < world.retrievalSeconds * 1000) continue;
      retrieving.delete(key);
      store.archive.completeRetrievals(key);
    }
  };

  const engine: EngineActivities = {
    'engine.input.annotate': async (input) => {
      const prefix = `${input.jobId}/${Context.current().info.attempt}`;
      const publish = (file: ResultFile, bytes: Buffer) => {
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const key = resultFileKey(prefix, file);
        store.put({ bucket: 'results', key }, bytes, { sha256 });
        return { key, sizeBytes: bytes.length, sha256 };
      };
      return {
        engine: { name: 'model', version: '1' },
        mode: 'local',
        records: 3,
        prefix,
        vcf: publish('vcf', RESULT),
        index: publish('index', Buffer.from('index')),
        log: publish('log', Buffer.from('log')),
        summary: publish('summary', Buffer.from('{}')),
        provenance: publish('provenance', Buffer.from('{}')),
      };
    },
    'engine.staging.sweep': async () => ({ removed: 0 }),
  };

  // Claimed before it is sent, and recognised when it is repeated.
  const send = (line: string): boolean => !world.mails.includes(line) && world.mails.push(line) > 0;
  const mail: MailActivities & SubscriptionMailActivities = {
    'mail.annotation.send': async ({ jobId: id, kind }) => void send(`${kind} ${id}`),
    'mail.subscription.send': async (input) => {
      const isNew = send(`${input.kind} ${input.userId} ${input.occasion}`);
      if (isNew) world.subscriptionMails.push({ ...input, atMs: nowMs });
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
    ...createMemoryBillingRecords({
      tables,
      retentionSeconds: RETENTION_SECONDS,
      gracePeriodSeconds: GRACE_PERIOD_SECONDS,
    }),
    ...createMemoryReconciliation(tables),
    ...billing.activities,
    ...createStorageActivities({
      store,
      database: noDatabase,
      principal: () => system('test'),
      archive: { storageClass: 'GLACIER', tier: 'Standard', pollSeconds: POLL_SECONDS },
    }),
    'storage.uploads.sweep': async () => ({ removed: 0 }),
    'storage.results.sweep': async () => ({ removed: 0 }),
    ...review.activities,
    ...webhooks.activities,
    ...reviewMail.activities,
    ...mail,
    ...engine,
  };

  const faulty = (name: ActivityName, activity: (input: never) => Promise<unknown>) => async (input: never) => {
    await world.tick();
    world.calls.push({ name, input, atMs: nowMs });
    await acts.get(name)?.(input);
    if (world.worksUntilCancelled && LONG_ACTS.has(name)) await cancellation();
    const strike = (when: 'before' | 'after') => {
      for (const fault of faults.values()) {
        if (fault.name !== name || (fault.when ?? 'before') !== when || fault.left <= 0) continue;
        if (fault.of !== undefined && !`${runningSaga()} ${JSON.stringify(input)}`.includes(fault.of)) continue;
        fault.left -= 1;
        const failure = { message: `${name} fails`, type: fault.type ?? 'engine_failed' };
        throw ApplicationFailure.create({ ...failure, nonRetryable: fault.kind === 'permanent' });
      }
    };
    strike('before');
    const output = await (world.around?.(name, input, () => activity(input)) ?? activity(input));
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
    billing,
    review,
    webhooks,
    reviewMails: reviewMail.sent,
    mails: [],
    subscriptionMails: [],
    calls: [],
    retrievalSeconds: 60,
    onBillingChanged: undefined,
    around: undefined,
    worksUntilCancelled: false,
    activities,
    now: () => nowMs,
    async tick() {
      nowMs = Math.max(nowMs, await currentTimeMs());
      endRetrievals();
    },
    useClock: (clock) => void (currentTimeMs = clock),
    newId: randomUUID,
    addUser: (plan = 'free') => tables.addUser(plan, userId(world.newId())).userId,
    submit(plan = 'free', owner) {
      const inputFile = world.newId();
      store.put({ bucket: 'inputs', key: inputFile }, Buffer.from('input'));
      return records.add({ jobId: jobId(world.newId()), inputFile, etag: '"1"', inputSizeBytes: 5 }, plan, owner);
    },
    async plant(owner, state) {
      const job = world.submit(tables.user(owner).plan, owner);
      const prefix = `${job.jobId}/1`;
      const sha256 = createHash('sha256').update(RESULT).digest('hex');
      const live = { bucket: 'results', key: resultFileKey(prefix, 'vcf') } as const;
      store.put({ bucket: 'results', key: resultFileKey(prefix, 'log') }, Buffer.from('log'));
      store.put(live, RESULT, { sha256 });
      const result = { prefix, sizeBytes: RESULT.length, sha256, records: 3 };
      Object.assign(job, {
        status: 'COMPLETED',
        resultState: state,
        generation: 1,
        result,
      } satisfies Partial<MemoryJob>);
      if (state === 'archived') {
        const archiveKey = `archive/${job.jobId}/2`;
        const copy = { sizeBytes: RESULT.length, sha256, storageClass: 'GLACIER' };
        await store.copy(live, { bucket: 'results', key: archiveKey }, copy);
        await store.remove([live]);
        Object.assign(job, { generation: 2, archiveKey } satisfies Partial<MemoryJob>);
      }
      return job;
    },
    fail(name, fault) {
      if (fault.of === undefined) for (const [key, other] of faults) if (other.name === name) faults.delete(key);
      const left = fault.kind === 'permanent' ? Infinity : (fault.times ?? 2);
      faults.set(`${name} ${fault.of ?? ''}`, { ...fault, name, left });
    },
    unspent: () => [...faults].flatMap(([key, { kind, left }]) => (kind === 'transient' && left > 0 ? [key] : [])),
    on: (name, act) => void acts.set(name, act),
    reset() {
      faults.clear();
      acts.clear();
      world.worksUntilCancelled = false;
      world.onBillingChanged = undefined;
      world.around = undefined;
      world.retrievalSeconds = 60;
      world.mails.length = 0;
      world.subscriptionMails.length = 0;
      world.reviewMails.length = 0;
      world.calls.length = 0;
    },
  };
  return world;
}

const LONG_ACTS: ReadonlySet<ActivityName> = new Set(['engine.input.annotate', 'storage.result.archive']);

/** The id of the workflow that called; nothing where a test calls an activity itself. */
function runningSaga(): string {
  try {
    return Context.current().info.workflowExecution?.workflowId ?? '';
  } catch {
    return '';
  }
}

/** Rejects when the activity is cancelled; a heartbeat is how it hears of that. */
export async function cancellation(): Promise<never> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 50);
  return context.cancelled.finally(() => clearInterval(beat));
}
