// The figures of the store of record: right over all organizations, each thing that ended counted once, and none of the
// frequent ones read by scanning a large table.

import { createSecretKey, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addPartner, queueMessage, type BenchPartner } from '../tests/support/partner-bench.ts';
import { createTestDatabase, type TestDatabase } from '../tests/support/services.ts';
import { openDatabase, type Database } from './client.ts';
import { principalOf, registerUser, type UserPrincipal } from './identity.ts';
import { OTHER_GENOME, readBacklog, readEnded, readStock } from './metrics.ts';
import { giveUpMessage } from './webhook-sending.ts';

const asSystem = system('test');
let own: TestDatabase;
let database: Database;
let free: UserPrincipal;
let premium: UserPrincipal;
let partner: BenchPartner;

beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase({ url: own.url, applicationName: 'test' });
  const user = async (plan: 'free' | 'premium') => {
    const identity = { issuer: 'http://issuer.test', subject: plan, email: `${plan}@varloom.test` };
    return principalOf(await registerUser(database, identity, { plan }));
  };
  [free, premium] = await Promise.all([user('free'), user('premium')]);
  const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
  partner = await addPartner(database, createWebhookSecrets(keys), 'https://partner.test/');
  await execute(sql`insert into "references" (name, description, files, contigs, is_default)
    values ('demo', 'A test', '{}', '[]', true)`);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

const execute = (statement: ReturnType<typeof sql>) => database.write(asSystem, (tx) => tx.execute(statement));

interface Jobs {
  status: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'FAILED';
  genome?: string;
  ageSeconds?: number;
  endedSecondsAgo?: number;
  error?: string;
  resultState?: 'live' | 'archiving' | 'archived' | 'restoring';
  count?: number;
}

/** Jobs that were begun, or submitted, `ageSeconds` ago, and whose results have moved since then. */
async function add(owner: UserPrincipal, job: Jobs): Promise<void> {
  const { status, genome = 'demo', ageSeconds = 0, endedSecondsAgo = null, count = 1 } = job;
  const { error = null, resultState = null } = job;
  const ago = (seconds: number | null) => sql`now() - make_interval(secs => ${seconds}::float8)`;
  await execute(sql`
    with made as (
      insert into uploads (upload_id, organization_id, user_id, file_name, source, size_limit_bytes, expires_at)
      select gen_random_uuid(), ${owner.organizationId}, ${owner.userId}, 'a.vcf', 'api', 1, now()
      from generate_series(1, ${count}::int) returning upload_id)
    insert into jobs (job_id, organization_id, user_id, upload_id, source, file_name, input_etag, input_size_bytes, genome,
      consequence_mode, status, submitted_at, started_at, completed_at, error, result_state, result_moved_at,
      results_file_archive_id)
    select gen_random_uuid(), ${owner.organizationId}, ${owner.userId}, upload_id, 'api', 'a.vcf', '"1"', 1, ${genome},
      'auto', ${status}, ${ago(ageSeconds)}, case when ${status} = 'RUNNING' then ${ago(ageSeconds)} end,
      ${ago(endedSecondsAgo)}, ${error === null ? null : JSON.stringify({ type: error, message: '' })}::jsonb,
      ${resultState}::text, ${ago(ageSeconds)}, case when ${resultState}::text = 'archived' then 'key' end
    from made`);
}

const backlog = () => readBacklog(database, asSystem, { escalationSeconds: 3600 });
const about = (seconds: number) => expect.closeTo(seconds, -1.5) as number;

it('counts what waits of all organizations, by plan and genome, with the age of the oldest', async () => {
  await add(free, { status: 'PENDING', ageSeconds: 600 });
  await add(free, { status: 'PENDING', ageSeconds: 60, count: 2 });
  await add(premium, { status: 'RUNNING', ageSeconds: 100 });
  await add(premium, { status: 'RUNNING', genome: 'a genome that was removed' });
  await add(free, { status: 'COMPLETED', endedSecondsAgo: 9_000, ageSeconds: 300, resultState: 'restoring' });
  const found = await backlog();
  expect(found.jobs).toHaveLength(3);
  expect(found.jobs).toEqual(
    expect.arrayContaining([
      { status: 'PENDING', plan: 'free', genome: 'demo', count: 3, oldestSeconds: about(600) },
      { status: 'RUNNING', plan: 'premium', genome: 'demo', count: 1, oldestSeconds: about(100) },
      { status: 'RUNNING', plan: 'premium', genome: OTHER_GENOME, count: 1, oldestSeconds: about(0) },
    ]),
  );
  expect(found.moves).toEqual([{ state: 'restoring', count: 1, oldestSeconds: about(300) }]);
  expect(found).toMatchObject({ restores: [], reviews: [], deliveries: [], billingEvents: { count: 0 } });
});

it('counts messages to partners and the endpoints that do not answer', async () => {
  const before = await backlog();
  expect(before).toMatchObject({ webhooks: { count: 0 }, endpoints: { active: 1, failing: 0, disabled: 0 } });
  await queueMessage(database, partner);
  await execute(sql`update webhook_messages set created_at = now() - interval '10 minutes'`);
  await execute(sql`update webhook_endpoints set failing_since = now()`);
  expect(await backlog()).toMatchObject({
    webhooks: { count: 1, oldestSeconds: about(600) },
    endpoints: { active: 0, failing: 1, disabled: 0 },
  });
  await execute(sql`update webhook_endpoints set disabled_at = now(), disabled_reason = 'gone'`);
  expect((await backlog()).endpoints).toEqual({ active: 0, failing: 0, disabled: 1 });
});

it('tells how late events are once somebody relays them, and never counts them all', async () => {
  await execute(sql`delete from outbox`);
  expect((await backlog()).outbox).toEqual({ count: 0, oldestSeconds: 0, isRelayed: false });
  await execute(sql`insert into outbox (organization_id, type, subject, data, occurred_at)
    select ${free.organizationId}, 'annotation.completed', 'x', '{}', now() - interval '90 seconds'
    from generate_series(1, 5)`);
  expect((await backlog()).outbox).toEqual({ count: 5, oldestSeconds: about(90), isRelayed: false });
  await execute(sql`update outbox set published_at = now() where sequence = (select min(sequence) from outbox)`);
  expect((await backlog()).outbox).toEqual({ count: 4, oldestSeconds: about(90), isRelayed: true });
  await execute(sql`update outbox set published_at = now()`);
  expect((await backlog()).outbox).toEqual({ count: 0, oldestSeconds: 0, isRelayed: true });
});

it('counts what ended once, however often it looks, and not what ended before the first look', async () => {
  await add(free, { status: 'COMPLETED', endedSecondsAgo: 60 });
  const first = await readEnded(database, asSystem, undefined);
  expect(first).toMatchObject({ jobs: [], webhooks: [] });
  const minuteAgo = new Date(Date.parse(first.until) - 30_000).toISOString();

  await add(free, { status: 'COMPLETED', endedSecondsAgo: 20, count: 3 });
  await add(premium, { status: 'FAILED', endedSecondsAgo: 20, error: 'input_unsorted' });
  await execute(sql`update webhook_endpoints set disabled_at = null, disabled_reason = null`);
  await giveUpMessage(database, asSystem, await queueMessage(database, partner));
  await execute(sql`update webhook_messages set ended_at = now() - interval '20 seconds' where state = 'failed'`);
  const second = await readEnded(database, asSystem, minuteAgo);
  expect(second.jobs).toHaveLength(2);
  expect(second.jobs).toEqual(
    expect.arrayContaining([
      { status: 'COMPLETED', plan: 'free', genome: 'demo', error: null, count: 3 },
      { status: 'FAILED', plan: 'premium', genome: 'demo', error: 'input_unsorted', count: 1 },
    ]),
  );
  expect(second.webhooks).toEqual([{ state: 'failed', count: 1 }]);
  expect(await readEnded(database, asSystem, second.until)).toMatchObject({ jobs: [], webhooks: [] });

  // What is not settled yet is left to the next look.
  await add(free, { status: 'COMPLETED', endedSecondsAgo: 0 });
  expect((await readEnded(database, asSystem, second.until)).jobs).toEqual([]);
});

it('counts where results rest, and audit logs without a checkpoint', async () => {
  await add(free, { status: 'COMPLETED', endedSecondsAgo: 90_000, resultState: 'archived', count: 4 });
  await add(premium, { status: 'COMPLETED', endedSecondsAgo: 90_000, resultState: 'live', count: 2 });
  const stock = await readStock(database, asSystem, { overdueSeconds: -60 });
  expect(stock.results.toSorted((a, b) => a.state.localeCompare(b.state))).toEqual([
    { state: 'archived', count: 4 },
    { state: 'live', count: 2 },
    { state: 'restoring', count: 1 },
  ]);
  // The laboratory's, which has made a partner; the others have written nothing.
  expect(stock.uncheckpointed.count).toBeGreaterThanOrEqual(1);
  expect((await readStock(database, asSystem, { overdueSeconds: 3600 })).uncheckpointed.count).toBe(0);
});

it('tells when the last backup was taken', async () => {
  const lastBackup = async () => (await readStock(database, asSystem, { overdueSeconds: 3600 })).lastBackup;
  expect(await lastBackup()).toBe(0);
  const owner = postgres(own.ownerUrl, { max: 1 });
  await owner`insert into backups values ('2026-01-02T03:04:05Z'), ('2026-01-01T00:00:00Z')`;
  await owner.end();
  expect(await lastBackup()).toBe(Date.parse('2026-01-02T03:04:05Z') / 1000);
});

it('shows nobody but the system more than their own', async () => {
  const { jobs } = await readBacklog(database, premium, { escalationSeconds: 3600 });
  expect(new Set(jobs.map(({ plan }) => plan))).toEqual(new Set(['premium']));
});

it('scans no large table for what it is asked often', async () => {
  await add(free, { status: 'COMPLETED', endedSecondsAgo: 100_000, resultState: 'archived', count: 10_000 });
  await execute(sql`insert into outbox (organization_id, type, subject, data)
    select ${free.organizationId}, 'annotation.completed', 'x', '{}' from generate_series(1, 5000)`);
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  await owner.unsafe('analyze jobs, outbox, webhook_messages');
  await owner.end();
  const scanned: string[] = [];
  // Its own connections: what Postgres calls the scans of a transaction are those of the connection's last second.
  const apart = openDatabase({ url: own.url, applicationName: 'test' });
  const watched: Database = {
    ...apart,
    write: (principal, work) =>
      apart.write(principal, async (tx) => {
        // A table so small as a test's is read as quickly from end to end: what counts is that there is another way.
        await tx.execute(sql`set local enable_seqscan = off`);
        const result = await work(tx);
        const tables = await tx.execute<{ relname: string }>(
          sql`select relname from pg_stat_xact_user_tables where seq_scan > 0`,
        );
        scanned.push(...tables.map(({ relname }) => relname));
        return result;
      }),
  };
  await readBacklog(watched, asSystem, { escalationSeconds: 3600 });
  const { until } = await readEnded(watched, asSystem, undefined);
  await readEnded(watched, asSystem, until);
  await apart.close();
  expect(scanned.filter((table) => ['jobs', 'outbox', 'audit_log'].includes(table))).toEqual([]);
});
