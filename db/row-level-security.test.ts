// Row-level security alone, without any condition in the query: what a principal sees, changes and may do at all.

import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobId, uploadId, userId, type JobId } from '../domain/ids.ts';
import { system, type Principal } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { openDatabase, type Database } from './client.ts';
import { createApiKey, openSession, principalOf, registerUser, type User } from './identity.ts';
import { requestErasure, submitJob } from './jobs.ts';
import { claimMail } from './mail.ts';
import { saveReference } from './references.ts';
import {
  auditCheckpoints,
  decisions,
  delegations,
  deliveries,
  deliverySamples,
  partners,
  patientFields,
  patients,
  restores,
  samples,
  serviceTokens,
  webhookAttempts,
  webhookEndpoints,
  webhookMessages,
} from './schema/index.ts';
import { saveProgress, startJob } from './saga.ts';
import { saveAccount, saveCustomer } from './subscriptions.ts';
import { createUpload } from './uploads.ts';

let own: OwnDatabase;
let database: Database;
let app: postgres.Sql;
let a: User;
let b: User;
const asSystem = system('test');

/** A user with a row in every table that is owned. */
async function populated(): Promise<User> {
  const subject = randomUUID();
  const user = await registerUser(database, { issuer: 'http://issuer.test', subject, email: 'x@varloom.test' });
  const principal = principalOf(user);
  const hash = createHash('sha256').update(subject).digest('hex');
  const expiresAt = new Date(Date.now() + 60_000);
  await openSession(database, user, { tokenHash: hash, expiresAt, authenticatedAt: new Date(), idToken: 'none' });
  const key = { apiKeyId: randomUUID(), name: 'key', scopes: [], prefix: 'vlk_', keyHash: hash, expiresAt: null };
  await createApiKey(database, principal, key);
  const upload = uploadId(randomUUID());
  await createUpload(database, principal, {
    uploadId: upload,
    fileName: 'a.vcf',
    genome: null,
    source: 'api',
    sizeLimitBytes: 10,
    multipartUploadId: null,
    expiresAt,
  });
  const job = await submitJob(database, principal, {
    uploadId: upload,
    object: { etag: '"1"', sizeBytes: 5 },
    genome: 'demo',
    consequenceMode: 'auto',
    source: 'api',
    idempotency: { key: 'k', requestHash: 'h' },
  });
  const id = jobId(job.jobId);
  await startJob(database, asSystem, id);
  await saveProgress(database, asSystem, id, { phase: 'annotating', records: 1, percent: 1 });
  await claimMail(database, asSystem, id, 'annotation.completed', 'varloom.test');
  await requestErasure(database, principal, id);
  await paying(user, id);
  await reviewing(user, id);
  return user;
}

async function paying(user: User, job: JobId): Promise<void> {
  const id = userId(user.userId);
  const customerId = `cus_${user.userId}`;
  await saveCustomer(database, asSystem, id, customerId);
  const invoice = {
    number: null,
    state: 'paid',
    amountDue: 1,
    amountPaid: 1,
    amountRefunded: 0,
    currency: 'eur',
  } as const;
  const when = { createdAt: new Date().toISOString(), hostedUrl: null, paymentIntentId: null };
  const account = { customerId, checkout: null, subscriptions: [] };
  await saveAccount(
    database,
    asSystem,
    id,
    { ...account, invoices: [{ ...invoice, ...when, invoiceId: `in_${user.userId}` }] },
    60,
  );
  const { organizationId } = user;
  await database.write(asSystem, (tx) =>
    tx.insert(restores).values({ jobId: job, organizationId, userId: id, upgradeId: randomUUID() }),
  );
}

async function reviewing(user: User, job: JobId): Promise<void> {
  const owned = { organizationId: user.organizationId };
  const [id, now] = [randomUUID(), new Date()];
  const { userId: by } = user;
  await database.write(asSystem, async (tx) => {
    await tx.insert(auditCheckpoints).values(owned);
    await tx.insert(patients).values({ ...owned, patientId: id, keyId: 'k' });
    await tx.insert(patientFields).values({ ...owned, patientId: id, field: 'name', sealed: '' });
    await tx.insert(samples).values({ ...owned, sampleId: id, barcode: 'B1', jobId: job, createdBy: by });
    await tx.insert(partners).values({ ...owned, partnerId: id, name: 'P' });
    const token = { caller: 'p', audience: 'partner', prefix: '', tokenHash: id, expiresAt: now } as const;
    await tx.insert(serviceTokens).values({ ...owned, ...token, scopes: [], tokenId: id, partnerId: id });
    await tx.insert(deliveries).values({ ...owned, deliveryId: id, partnerId: id, createdBy: by });
    await tx.insert(deliverySamples).values({ ...owned, deliveryId: id, sampleId: id });
    const decision = { level: 'technical', decision: 'accept', meaning: 'reviewed', role: 'technical' } as const;
    const about = { deliveryId: id, sampleId: id, jobId: job, checksum: '', round: 1, authenticatedAt: now };
    await tx
      .insert(decisions)
      .values({ ...owned, ...decision, ...about, decisionId: id, userId: by, signerName: 'A signer' });
    const away = { userId: by, delegateId: by, startsAt: now, endsAt: now };
    await tx.insert(delegations).values({ ...owned, ...away, delegationId: id });
    await tx.insert(webhookEndpoints).values({ ...owned, endpointId: id, partnerId: id, url: '', secrets: [] });
    await tx
      .insert(webhookMessages)
      .values({ ...owned, messageId: id, endpointId: id, eventType: 'delivery.released', payload: {} });
    await tx.insert(webhookAttempts).values({ ...owned, attemptId: id, messageId: id, outcome: '', durationMs: 1 });
  });
}

beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  app = postgres(own.url, { max: 1, onnotice: () => {} });
  const file = { key: 'k', sizeBytes: 1, sha256: '0' };
  const files = { fasta: file, fastaIndex: file, gff: file };
  await saveReference(database, asSystem, { name: 'demo', description: '', files, contigs: [], makeDefault: true });
  [a, b] = [await populated(), await populated()];
});
afterAll(async () => {
  await app.end();
  await own.close();
});

interface Table extends Record<string, unknown> {
  name: string;
  isOwned: boolean;
  isEnabled: boolean;
  isForced: boolean;
}
const tables = async () =>
  database.write(asSystem, (tx) =>
    tx.execute<Table>(sql`
      select c.oid::regclass::text as name, relrowsecurity as "isEnabled", relforcerowsecurity as "isForced",
        exists (select from pg_attribute where attrelid = c.oid and attname = 'organization_id') as "isOwned"
      from pg_class c where relnamespace in ('public'::regnamespace, 'patient'::regnamespace) and relkind in ('r', 'p') order by relname`),
  );
const count = async (principal: Principal, table: string, where = sql`true`) => {
  const [row] = await database.write(principal, (tx) =>
    tx.execute<{ rows: number }>(sql`select count(*)::int as rows from ${sql.raw(table)} where ${where}`),
  );
  return row?.rows ?? -1;
};
const ofOrganization = (user: User) => sql`organization_id = ${user.organizationId}::uuid`;
const SYSTEM_ONLY = ['sessions', 'sign_ins', 'service_tokens', 'audit_checkpoints'];
const APPEND_ONLY = ['audit_log', 'audit_heads', 'audit_checkpoints', 'decisions'];

describe('every table', () => {
  it('has row-level security, enabled and forced', async () => {
    const all = await tables();
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(({ isEnabled, isForced }) => !isEnabled || !isForced)).toEqual([]);
  });

  it('shows a user the rows of their own organization, and none of others', async () => {
    for (const { name, isOwned } of await tables()) {
      if (!isOwned) continue;
      const [everything, ofB] = [await count(asSystem, name), await count(asSystem, name, ofOrganization(b))];
      expect([name, ofB > 0, everything > ofB]).toEqual([name, true, true]);
      const seen = await count(principalOf(a), name);
      const expected = SYSTEM_ONLY.includes(name) ? 0 : await count(asSystem, name, ofOrganization(a));
      expect([name, seen]).toEqual([name, expected]);
      expect([name, await count(principalOf(a), name, ofOrganization(b))]).toEqual([name, 0]);
    }
  });

  it('lets a user change and delete nothing of others', async () => {
    for (const { name, isOwned } of await tables()) {
      if (!isOwned || APPEND_ONLY.includes(name)) continue;
      const table = sql.raw(name);
      const before = await count(asSystem, name, ofOrganization(b));
      await database.write(principalOf(a), async (tx) => {
        const changed = await tx.execute(
          sql`update ${table} set organization_id = organization_id where ${ofOrganization(b)} returning 1`,
        );
        const deleted = await tx.execute(sql`delete from ${table} where ${ofOrganization(b)} returning 1`);
        expect([name, changed.length, deleted.length]).toEqual([name, 0, 0]);
      });
      expect([name, await count(asSystem, name, ofOrganization(b))]).toEqual([name, before]);
      if (SYSTEM_ONLY.includes(name)) continue;
      // Nor can a row be given away to them.
      const given = database.write(principalOf(a), (tx) =>
        tx.execute(sql`update ${table} set organization_id = ${b.organizationId}::uuid`),
      );
      await expect(given).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });

  it('shows nothing to a transaction that names no principal', async () => {
    for (const { name } of await tables()) {
      const [row] = await app.unsafe(`select count(*)::int as rows from ${name}`);
      // Reference genomes belong to the installation: all may read them.
      expect([name, row?.['rows']]).toEqual([name, name === '"references"' ? 1 : 0]);
    }
  });

  it('does not remember the principal after the transaction', async () => {
    const single = openDatabase({ url: own.url, applicationName: 'test-single', maxConnections: 1 });
    try {
      const seen = (principal: Principal) =>
        single.write(principal, (tx) => tx.execute<{ n: number }>(sql`select count(*)::int as n from jobs`));
      expect((await seen(asSystem))[0]?.n).toBe(2);
      expect((await seen(principalOf(a)))[0]?.n).toBe(1);
      const nobody = { ...principalOf(a), organizationId: principalOf(b).organizationId };
      expect((await seen(nobody))[0]?.n).toBe(1);
      await expect(single.write(asSystem, async () => Promise.reject(new Error('rolled back')))).rejects.toThrow(
        'rolled back',
      );
      expect((await seen(principalOf(b)))[0]?.n).toBe(1);
    } finally {
      await single.close();
    }
  });

  it('cannot be written by a read', async () => {
    const written = database.read(asSystem, (tx) => tx.execute(sql`update jobs set genome = 'x'`));
    await expect(written).rejects.toMatchObject({ cause: { code: '25006' } });
  });
});

describe('the application’s role', () => {
  it('is no superuser, and can neither bypass security nor make roles or databases', async () => {
    const roles = await app`
      select r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb from pg_roles r
      where pg_has_role(current_user, r.oid, 'member')`;
    expect(roles.length).toBeGreaterThan(0);
    for (const role of roles) expect(Object.values(role)).toEqual([false, false, false, false]);
    const [owned] = await app`select count(*)::int as n from pg_class where pg_get_userbyid(relowner) = current_user`;
    expect(owned?.['n']).toBe(0);
  });

  const forbidden = '42501';
  it.for([
    `update audit_log set action = 'nothing'`,
    `delete from audit_log`,
    `truncate audit_log`,
    `insert into audit_heads values (gen_random_uuid(), 1, '', now())`,
    `update audit_heads set seq = 0`,
    `delete from audit_heads`,
    `alter table audit_log disable trigger audit_chain`,
    `update decisions set comment = 'nothing'`,
    `delete from decisions`,
    `truncate jobs`,
    `insert into backups values (now())`,
    `create table mine (id int)`,
    `create schema mine`,
    `create function mine() returns int language sql as 'select 1'`,
    `alter table jobs disable row level security`,
    `alter table jobs no force row level security`,
    `drop policy owned_rows on jobs`,
    `drop table jobs`,
    `alter role varloom_app bypassrls`,
    `create role mine`,
    `set role varloom_owner`,
    `set session authorization postgres`,
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', 1)`,
    `copy jobs to program 'true'`,
  ])('may not: %s', async (statement) => {
    const attempt = app.begin(async (tx) => {
      await tx`select set_config('varloom.principal_kind', 'system', true)`;
      await tx.unsafe(statement);
    });
    await expect(attempt).rejects.toMatchObject({ code: forbidden });
  });

  it('switches off no policy by a setting', async () => {
    await expect(
      app.begin(async (tx) => {
        await tx`set local row_security = off`;
        return tx`select * from jobs`;
      }),
    ).rejects.toMatchObject({ code: forbidden });
  });
});
