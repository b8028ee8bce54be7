// Every list reads about as many rows as it shows, however many there are: on the first page, and half-way.

import { createSecretKey, randomBytes } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { createWebhookSecrets } from '../process/webhook-secrets.ts';
import { addLaboratory, addPartner, type BenchPartner } from '../tests/support/partner-bench.ts';
import { createTestDatabase, type TestDatabase } from '../tests/support/services.ts';
import { listAuditEntries } from './audit/entries.ts';
import { openDatabase, type Database, type Transaction } from './client.ts';
import { listDeliveries, listWaitingReviews } from './delivery-view.ts';
import type { UserPrincipal } from './identity.ts';
import { listJobs } from './jobs.ts';
import type { Page, PageRequest } from './keyset.ts';
import { listPartnerDeliveries } from './partner-view.ts';
import { listSamples } from './samples.ts';
import { listRestores } from './subscription-view.ts';
import { listReceivedUploads } from './uploads.ts';
import { listMessages } from './webhooks.ts';

const ROWS = 6_000;
const PER_DELIVERY = 2;
const SHOWN = 10;
/** The rows shown, those that go along with them, and those at hand that are not for the caller. */
const MOST_ROWS_READ = 10 * SHOWN + 250;

let own: TestDatabase;
let database: Database;
let partner: BenchPartner;
let who: UserPrincipal;

beforeAll(async () => {
  own = await createTestDatabase();
  database = openDatabase({ url: own.url, applicationName: 'test' });
  const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
  // Another laboratory has as many.
  for (let laboratory = 0; laboratory < 2; laboratory++) {
    partner = await addPartner(database, createWebhookSecrets(keys), 'https://partner.test/');
    await plant(partner);
  }
  who = partner.principal;
  const owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
  await owner.unsafe('vacuum analyze');
  await owner.end();
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

/** Annotated samples in released deliveries and in others under review, the first hundred of which this person has decided. */
async function plant({ principal, partnerId, endpointId }: BenchPartner): Promise<void> {
  const { organizationId, userId } = principal;
  const colleague = await addLaboratory(database);
  const ago = (n: string) => sql.raw(`now() - make_interval(secs => ${n})`);
  await database.write(system('test'), async (tx) => {
    await tx.execute(sql`update users set plan = 'premium' where user_id = ${userId}`);
    await tx.execute(sql`create temporary table planted on commit drop as
      select n, gen_random_uuid() as id, gen_random_uuid() as delivery_id from generate_series(0, ${ROWS - 1}::int) n`);
    await tx.execute(sql`update planted set delivery_id = first.delivery_id from planted first
      where first.n = planted.n - planted.n % ${PER_DELIVERY}`);
    await tx.execute(sql`
      insert into uploads (upload_id, organization_id, user_id, file_name, source, size_limit_bytes, expires_at, created_at, received_at)
      select id, ${organizationId}, ${userId}, 'a.vcf', 'api', 1, now(), ${ago('n')}, now() from planted`);
    await tx.execute(sql`
      insert into jobs (job_id, organization_id, user_id, upload_id, source, file_name, input_etag, input_size_bytes, genome,
        consequence_mode, status, submitted_at, completed_at)
      select id, ${organizationId}, ${userId}, id, 'api', 'a.vcf', '"1"', 1, 'demo', 'auto', 'COMPLETED', ${ago('n')}, now()
      from planted`);
    await tx.execute(sql`
      insert into restores (job_id, organization_id, user_id, upgrade_id, created_at)
      select id, ${organizationId}, ${userId}, ${userId}, ${ago('n')} from planted`);
    await tx.execute(sql`
      insert into samples (sample_id, organization_id, barcode, job_id, created_by, created_at)
      select id, ${organizationId}, 'B-' || id, id, ${userId}, ${ago('n')} from planted`);
    await tx.execute(sql`
      insert into deliveries (delivery_id, organization_id, partner_id, state, created_by, created_at, released_at, released_by)
      select delivery_id, ${organizationId}, ${partnerId}, case when n % 4 = 0 then 'released' else 'in_review' end, ${userId},
        ${ago('n')}, case when n % 4 = 0 then now() end, case when n % 4 = 0 then ${userId}::uuid end
      from planted where n % ${PER_DELIVERY} = 0`);
    await tx.execute(sql`
      insert into delivery_samples (delivery_id, sample_id, organization_id, state, level, since, is_open)
      select planted.delivery_id, id, ${organizationId}, case when state = 'released' then 'accepted' else 'in_review' end,
        case when n < ${ROWS - 100} then 'technical' else 'licensed' end, ${ago('n')}, state <> 'released'
      from planted join deliveries on deliveries.delivery_id = planted.delivery_id`);
    await tx.execute(sql`
      insert into decisions (decision_id, organization_id, delivery_id, sample_id, round, level, decision, user_id, signer_name,
        role, meaning, job_id, checksum, authenticated_at)
      select gen_random_uuid(), ${organizationId}, delivery_id, id, 1, 'technical', 'accept', ${userId}, 'Somebody',
        'technical', 'reviewed', id, '', now()
      from planted where n >= ${ROWS - 100}`);
    // The rest was returned by somebody else.
    await tx.execute(sql`
      insert into decisions (decision_id, organization_id, delivery_id, sample_id, round, level, decision, user_id, signer_name,
        role, meaning, reason_code, follow_up, job_id, checksum, authenticated_at)
      select gen_random_uuid(), ${organizationId}, delivery_id, id, 1, 'licensed', 'reject', ${colleague.userId}, 'Somebody else',
        'licensed', 'reviewed', 'quality', 'return', id, '', now()
      from planted where n < ${ROWS - 100}`);
    await tx.execute(sql`
      insert into webhook_messages (message_id, organization_id, endpoint_id, event_type, payload, created_at)
      select id, ${organizationId}, ${endpointId}, 'delivery.released', '{}', ${ago('n')} from planted`);
    await tx.execute(sql`
      insert into audit_log (organization_id, actor, action, entity, entity_id, details, at, seq)
      select ${organizationId}, 'system:test', 'sample.created', 'sample', id, '{}', ${ago('n')}, ${2 * ROWS} - n from planted`);
  });
}

type List = (database: Database, page: PageRequest) => Promise<Page<unknown>>;
const partnerCaller = () => {
  const { partnerId, principal } = partner;
  const program = { kind: 'service', name: `partner:${partnerId}`, organizationId: principal.organizationId } as const;
  return { principal: program, partnerId };
};

const LISTS: [name: string, tables: readonly string[], list: List][] = [
  ['jobs', ['jobs'], (db, page) => listJobs(db, who, page)],
  ['uploads', ['uploads'], (db, page) => listReceivedUploads(db, who, page)],
  ['restores', ['restores', 'jobs'], (db, page) => listRestores(db, who, page)],
  ['samples', ['samples', 'jobs', 'delivery_samples'], (db, page) => listSamples(db, who, page)],
  ['deliveries', ['deliveries'], (db, page) => listDeliveries(db, who, page)],
  [
    'waiting reviews',
    ['delivery_samples', 'samples', 'jobs', 'decisions'],
    (db, page) => listWaitingReviews(db, who, ['technical', 'licensed', 'director'], page),
  ],
  [
    'deliveries of a partner',
    ['deliveries', 'delivery_samples'],
    (db, page) => listPartnerDeliveries(db, partnerCaller(), page),
  ],
  [
    'messages to a partner',
    ['webhook_messages'],
    (db, page) => listMessages(db, who, { partnerId: partner.partnerId, endpointId: partner.endpointId }, page),
  ],
  ['entries of the audit log', ['audit_log'], (db, page) => listAuditEntries(db, who, who.organizationId, page)],
];

/** Rows of these tables that the list has read from them: on a connection of its own, which counts them. */
async function rowsRead(list: List, page: PageRequest): Promise<{ read: Record<string, number>; shown: number }> {
  const apart = openDatabase({ url: own.url, applicationName: 'test' });
  const read: Record<string, number> = {};
  const counting = (work: (tx: Transaction) => Promise<unknown>) => async (tx: Transaction) => {
    const result = await work(tx);
    const tables = await tx.execute<{ relname: string; rows: string }>(sql`
      select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables`);
    for (const { relname, rows } of tables) read[relname] = Number(rows);
    return result;
  };
  const watched = {
    ...apart,
    read: (principal, work) => apart.read(principal, counting(work)),
    write: (principal, work) => apart.write(principal, counting(work)),
  } as Database;
  const { rows } = await list(watched, page);
  await apart.close();
  return { read, shown: rows.length };
}

it.each(LISTS)('%s', async (_name, tables, list) => {
  const half = await list(database, { limit: 700 });
  expect(half.next).not.toBeNull();
  for (const cursor of [undefined, half.next ?? undefined]) {
    const { read, shown } = await rowsRead(list, { limit: SHOWN, cursor });
    expect(shown).toBe(SHOWN);
    for (const table of tables) {
      expect(read[table], `${table}, ${cursor === undefined ? 'first page' : 'half-way'}`).toBeGreaterThan(0);
      expect(read[table], `${table}, ${cursor === undefined ? 'first page' : 'half-way'}`).toBeLessThan(MOST_ROWS_READ);
    }
  }
});
