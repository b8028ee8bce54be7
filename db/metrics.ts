// What is measured of the store of record: how much waits, since when, and what ended. Asked often, so that every
// statement reads an index that holds only what it counts; `docs/metrics.md` says what they cost.

import { sql } from 'drizzle-orm';
import type { ErrorType } from '../domain/errors.ts';
import type { JobStatus, ResultState } from '../domain/jobs.ts';
import type { WebhookState } from '../domain/partners.ts';
import type { Plan } from '../domain/plans.ts';
import type { Principal } from '../domain/principal.ts';
import type { DeliveryState, ReviewLevel } from '../domain/review.ts';
import type { Database, Transaction } from './client.ts';

/** The genome of a job whose reference is not installed any more: names that label a metric must be few. */
export const OTHER_GENOME = 'other';

/** A count, and the age in seconds of the oldest that was counted. */
interface Waiting {
  count: number;
  oldestSeconds: number;
}

export interface UnendedJobs extends Waiting {
  status: Extract<JobStatus, 'PENDING' | 'RUNNING'>;
  plan: Plan;
  genome: string;
}

export interface EndedJobs {
  status: Exclude<JobStatus, 'PENDING' | 'RUNNING'>;
  plan: Plan;
  genome: string;
  error: ErrorType | null;
  count: number;
}

/** What waits now. A state of which there is nothing has no row. */
export interface Backlog {
  jobs: UnendedJobs[];
  /** Results that are being archived or restored. */
  moves: ({ state: ResultState } & Waiting)[];
  /** Restores that an upgrade asked for: not begun or not done, and those that failed. */
  restores: ({ state: 'waiting' | 'failed' } & Waiting)[];
  /** Samples that wait for a reviewer, and how many of them are past the time of escalation. */
  reviews: ({ level: ReviewLevel; overdue: number } & Waiting)[];
  deliveries: ({ state: DeliveryState } & Waiting)[];
  webhooks: Waiting;
  endpoints: { active: number; failing: number; disabled: number };
  /** `isRelayed` is false while nothing has ever been relayed: then there is nobody to be late. */
  outbox: Waiting & { isRelayed: boolean };
  billingEvents: Waiting;
}

/** What ended between two looks. */
export interface Ended {
  jobs: EndedJobs[];
  webhooks: { state: Exclude<WebhookState, 'pending'>; count: number }[];
  /** Where the next look begins. */
  until: string;
}

/** What rests: counted over whole tables, so it is asked seldom. */
export interface Stock {
  results: { state: ResultState; count: number }[];
  /** Organizations with entries of the audit log that are older than `overdueSeconds` and under no checkpoint. */
  uncheckpointed: Waiting;
  /** When the last whole backup was taken, in seconds since 1970; 0 when none ever was. */
  lastBackup: number;
}

const STATEMENT_TIMEOUT_MS = 5_000;
/** A transaction that ends a job is over within this time: what it wrote is then seen, and counted once. */
const SETTLED = sql`interval '5 seconds'`;

const ageOf = (since: ReturnType<typeof sql>) =>
  sql`greatest(coalesce(extract(epoch from now() - min(${since})), 0), 0)::float8`;

/** @param principal the system: anyone else sees their own organization only */
export async function readBacklog(
  database: Database,
  principal: Principal,
  { escalationSeconds }: { escalationSeconds: number },
): Promise<Backlog> {
  return withinLimit(database, principal, async (tx) => {
    const rows = <Row extends object>(statement: ReturnType<typeof sql>) =>
      tx.execute<Row & Record<string, unknown>>(statement);
    const jobs = await rows<UnendedJobs>(sql`
      select j.status, u.plan, coalesce(r.name, ${OTHER_GENOME}) as genome, count(*)::int as count,
        ${ageOf(sql`coalesce(j.started_at, j.submitted_at)`)} as "oldestSeconds"
      from jobs j join users u using (user_id) left join "references" r on r.name = j.genome
      where j.status in ('PENDING', 'RUNNING') group by 1, 2, 3`);
    const moves = await rows<Backlog['moves'][number]>(sql`
      select result_state as state, count(*)::int as count, ${ageOf(sql`result_moved_at`)} as "oldestSeconds"
      from jobs where result_state in ('archiving', 'restoring') group by 1`);
    const restores = await rows<Backlog['restores'][number]>(sql`
      select state, count(*)::int as count, ${ageOf(sql`created_at`)} as "oldestSeconds"
      from restores where state in ('waiting', 'failed') group by 1`);
    const reviews = await rows<Backlog['reviews'][number]>(sql`
      select level, count(*)::int as count, ${ageOf(sql`since`)} as "oldestSeconds",
        (count(*) filter (where since < now() - make_interval(secs => ${escalationSeconds}::float8)))::int as overdue
      from delivery_samples where state = 'in_review' and is_open group by 1`);
    const deliveries = await rows<Backlog['deliveries'][number]>(sql`
      select state, count(*)::int as count, ${ageOf(sql`coalesce(ready_at, created_at)`)} as "oldestSeconds"
      from deliveries where state in ('in_review', 'ready', 'releasing') group by 1`);
    const [webhooks] = await rows<Waiting>(sql`
      select count(*)::int as count, ${ageOf(sql`created_at`)} as "oldestSeconds"
      from webhook_messages where state = 'pending'`);
    // One row for each endpoint of each partner: a small table.
    const [endpoints] = await rows<Backlog['endpoints']>(sql`
      select (count(*) filter (where disabled_at is null and failing_since is null))::int as active,
        (count(*) filter (where disabled_at is null and failing_since is not null))::int as failing,
        (count(*) filter (where disabled_reason in ('gone', 'failing')))::int as disabled
      from webhook_endpoints`);
    const [billingEvents] = await rows<Waiting>(sql`
      select count(*)::int as count, ${ageOf(sql`received_at`)} as "oldestSeconds"
      from billing_events where told_at is null and user_id is not null`);
    return {
      ...{ jobs, moves, restores, reviews, deliveries },
      webhooks: webhooks ?? NOTHING,
      endpoints: endpoints ?? { active: 0, failing: 0, disabled: 0 },
      outbox: await readOutbox(tx),
      billingEvents: billingEvents ?? NOTHING,
    };
  });
}

const NOTHING: Waiting = { count: 0, oldestSeconds: 0 };

/**
 * By the ends of two indexes, never by counting: with no relay, every event waits. So the count is that of the sequence
 * numbers, which is at least the number of events.
 */
async function readOutbox(tx: Transaction): Promise<Backlog['outbox']> {
  const [found] = await tx.execute<{ count: number; oldestSeconds: number; isRelayed: boolean }>(sql`
    select coalesce(last.sequence - waiting.sequence + 1, 0)::float8 as count,
      coalesce(extract(epoch from now() - waiting.occurred_at), 0)::float8 as "oldestSeconds",
      coalesce(waiting.sequence > first.sequence or (waiting.sequence is null and first.sequence is not null), false)
        as "isRelayed"
    from (select 1) as one
      left join lateral (select sequence from outbox order by sequence limit 1) as first on true
      left join lateral (select sequence from outbox order by sequence desc limit 1) as last on true
      left join lateral (select sequence, occurred_at from outbox where published_at is null order by sequence limit 1)
        as waiting on true`);
  return found ?? { ...NOTHING, isRelayed: false };
}

/**
 * What has ended after `since`, the `until` of the look before; nothing on the first look.
 * Read on the writer: what a replica does not have yet would never be counted.
 */
export async function readEnded(database: Database, principal: Principal, since: string | undefined): Promise<Ended> {
  return withinLimit(database, principal, async (tx) => {
    const [clock] = await tx.execute<{ until: string }>(sql`select (now() - ${SETTLED})::text as until`);
    if (!clock) throw new Error('Postgres did not tell the time');
    const { until } = clock;
    if (since === undefined) return { jobs: [], webhooks: [], until };
    const between = (column: string) =>
      sql`${sql.identifier(column)} > ${since}::timestamptz and ${sql.identifier(column)} <= ${until}::timestamptz`;
    const jobs = await tx.execute<EndedJobs & Record<string, unknown>>(sql`
      select j.status, u.plan, coalesce(r.name, ${OTHER_GENOME}) as genome, j.error ->> 'type' as error,
        count(*)::int as count
      from jobs j join users u using (user_id) left join "references" r on r.name = j.genome
      where ${between('completed_at')} group by 1, 2, 3, 4`);
    const webhooks = await tx.execute<Ended['webhooks'][number] & Record<string, unknown>>(sql`
      select state, count(*)::int as count from webhook_messages
      where state <> 'pending' and ${between('ended_at')} group by 1`);
    return { jobs, webhooks, until };
  });
}

/** Reads an index entry for each result, and a row for each organization. */
export async function readStock(
  database: Database,
  principal: Principal,
  { overdueSeconds }: { overdueSeconds: number },
): Promise<Stock> {
  return withinLimit(database, principal, async (tx) => {
    const results = await tx.execute<Stock['results'][number] & Record<string, unknown>>(sql`
      select result_state as state, count(*)::int as count from jobs where result_state is not null group by 1`);
    const [uncheckpointed] = await tx.execute<Waiting & Record<string, unknown>>(sql`
      select count(*)::int as count, ${ageOf(sql`h.at`)} as "oldestSeconds"
      from audit_heads h left join audit_checkpoints c using (organization_id)
      where h.seq > coalesce(c.seq, 0) and h.at < now() - make_interval(secs => ${overdueSeconds}::float8)`);
    const [backup] = await tx.execute<{ at: number }>(
      sql`select coalesce(extract(epoch from max(taken_at)), 0)::float8 as at from backups`,
    );
    return { results, uncheckpointed: uncheckpointed ?? NOTHING, lastBackup: backup?.at ?? 0 };
  });
}

function withinLimit<T>(database: Database, principal: Principal, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return database.write(principal, async (tx) => {
    await tx.execute(sql`select set_config('statement_timeout', ${String(STATEMENT_TIMEOUT_MS)}, true)`);
    return work(tx);
  });
}
