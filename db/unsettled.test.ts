// What reconciliation finds, and what it leaves alone; and events of the payment service, each of which counts once.

import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StripeSubscription } from '../domain/billing.ts';
import { jobId, uploadId, userId, type JobId, type UserId } from '../domain/ids.ts';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { noteBillingEvent, recordTold, recordUsersTold, untoldUsers } from './billing-events.ts';
import type { Database } from './client.ts';
import { reportFinding } from './findings.ts';
import { principalOf, registerUser, type User } from './identity.ts';
import { submitJob } from './jobs.ts';
import { upgrade } from './plan-changes.ts';
import { completeJob, startJob } from './saga.ts';
import { saveAccount, saveCustomer } from './subscriptions.ts';
import { differingUsers, overdueUsers, unsettledResults } from './unsettled.ts';
import { createUpload } from './uploads.ts';

const asSystem = system('test');
let own: OwnDatabase;
let database: Database;
let owner: postgres.Sql;
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  owner = postgres(own.ownerUrl, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await owner.end();
  await own.close();
});

let user: User;
let id: UserId;
let job: JobId;
beforeEach(async () => {
  await owner`truncate jobs, users, subscriptions, restores, billing_events, invoices cascade`;
  user = await registerUser(database, { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' });
  id = userId(user.userId);
  job = await completedJob();
});

async function completedJob(): Promise<JobId> {
  const principal = principalOf(user);
  const upload = uploadId(randomUUID());
  await createUpload(database, principal, {
    uploadId: upload,
    fileName: 'a.vcf',
    genome: null,
    source: 'api',
    sizeLimitBytes: 10,
    multipartUploadId: null,
    expiresAt: new Date(),
  });
  const submitted = await submitJob(database, principal, {
    uploadId: upload,
    object: { etag: '"1"', sizeBytes: 5 },
    genome: 'demo',
    consequenceMode: 'auto',
    source: 'api',
  });
  const completed = jobId(submitted.jobId);
  await startJob(database, asSystem, completed);
  const result = { prefix: `${completed}/run-1`, sizeBytes: 3, sha256: 'ab', records: 1 };
  await completeJob(database, asSystem, completed, result, 300);
  return completed;
}

const subscription = (status: StripeSubscription['status']): StripeSubscription => ({
  subscriptionId: 'sub_1',
  status,
  createdAt: '2026-01-01T00:00:00Z',
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  isDisputed: false,
});
const account = (status: StripeSubscription['status']) => ({
  customerId: 'cus_1',
  checkout: null,
  subscriptions: [subscription(status)],
  invoices: [],
});

async function pay(): Promise<void> {
  await saveCustomer(database, asSystem, id, 'cus_1');
  await saveAccount(database, asSystem, id, account('active'), 60);
  await upgrade(database, asSystem, id, randomUUID());
}

describe('accounts', () => {
  it('that are as recorded do not differ', async () => {
    await pay();
    expect(await differingUsers(database, asSystem, [{ customerId: 'cus_1', account: account('active') }])).toEqual([]);
    expect(await differingUsers(database, asSystem, [{ customerId: 'cus_9', account: account('active') }])).toEqual([]);
  });

  it.for(['canceled', 'unpaid', 'past_due'] as const)('that were paid for and are %s now differ', async (status) => {
    await pay();
    expect(await differingUsers(database, asSystem, [{ customerId: 'cus_1', account: account(status) }])).toEqual([id]);
  });

  it('that pay and are Free here differ', async () => {
    await saveCustomer(database, asSystem, id, 'cus_1');
    expect(await differingUsers(database, asSystem, [{ customerId: 'cus_1', account: account('active') }])).toEqual([
      id,
    ]);
  });

  it('are overdue when nobody asked for a day, and when what was due did not happen', async () => {
    await pay();
    expect(await overdueUsers(database, asSystem, 10)).toEqual([]);
    await owner`update subscriptions set synced_at = now() - interval '2 days'`;
    expect(await overdueUsers(database, asSystem, 10)).toEqual([id]);
    await owner`update subscriptions set synced_at = now(), grace_ends_at = now() - interval '1 hour'`;
    expect(await overdueUsers(database, asSystem, 10)).toEqual([id]);
    await owner`update subscriptions set grace_ends_at = null, archive_due_at = now() - interval '1 hour'`;
    expect(await overdueUsers(database, asSystem, 10)).toEqual([id]);
  });
});

describe('results', () => {
  const anHourAgo = () =>
    owner`update jobs set completed_at = now() - interval '2 hours', result_expires_at = result_expires_at - interval '2 hours'`;
  const archived = () =>
    owner`update jobs set result_state = 'archived', results_file_archive_id = 'archive/x/1', result_expires_at = null`;
  const found = () => unsettledResults(database, asSystem, 10);

  it('that are live within their time are left alone', async () => {
    expect(await found()).toEqual([]);
  });

  it('of a Free owner that are live long past their time are to be archived', async () => {
    await anHourAgo();
    expect(await found()).toEqual([
      { jobId: job, generation: 1, needs: 'archive', organizationId: user.organizationId },
    ]);
    await owner`update jobs set erase_requested_at = now()`;
    expect(await found()).toEqual([]);
  });

  it('of a Premium owner that are archived are to be restored, unless that failed for good', async () => {
    await anHourAgo();
    await archived();
    expect(await found()).toEqual([]);
    await pay();
    expect(await found()).toEqual([
      { jobId: job, generation: 1, needs: 'restore', organizationId: user.organizationId },
    ]);
    await owner`update restores set state = 'failed'`;
    expect(await found()).toEqual([]);
  });

  it('whose move began long ago are to be resumed', async () => {
    await owner`update jobs set result_state = 'archiving', generation = 2, result_moved_at = now() - interval '4 hours'`;
    expect(await found()).toEqual([
      { jobId: job, generation: 2, needs: 'resume', organizationId: user.organizationId },
    ]);
    await owner`update jobs set result_state = 'restoring'`;
    expect(await found()).toEqual([
      { jobId: job, generation: 2, needs: 'restore', organizationId: user.organizationId },
    ]);
    await owner`update jobs set result_moved_at = now() - interval '1 hour'`;
    expect(await found()).toEqual([]);
  });

  it('that are missing are reported once', async () => {
    expect(await reportFinding(database, asSystem, job, 'live_missing')).toEqual({ isNew: true });
    expect(await reportFinding(database, asSystem, job, 'live_missing')).toEqual({ isNew: false });
    expect(await reportFinding(database, asSystem, job, 'archive_missing')).toEqual({ isNew: true });
    const audit = await owner`select details from audit_log where action = 'result.missing' order by sequence`;
    expect(audit.map(({ details }) => details.finding)).toEqual(['live_missing', 'archive_missing']);
  });
});

describe('events of the payment service', () => {
  const note = (eventId: string, hints: Parameters<typeof noteBillingEvent>[2]['hints']) =>
    noteBillingEvent(database, asSystem, { eventId, type: 'invoice.paid', hints });

  it('count once, and find their user by customer, by payment, or by the id that we gave', async () => {
    await pay();
    await owner`insert into invoices
      (invoice_id, organization_id, user_id, state, amount_due, amount_paid, amount_refunded, currency, created_at, payment_intent_id)
      values ('in_1', ${user.organizationId}, ${id}, 'paid', 1, 1, 0, 'eur', now(), 'pi_1')`;
    expect(await note('evt_1', { customerId: 'cus_1' })).toEqual({ isNew: true, tell: id });
    expect(await note('evt_2', { paymentIntentId: 'pi_1' })).toEqual({ isNew: true, tell: id });
    expect(await note('evt_3', { customerId: 'cus_9', userId: id })).toEqual({ isNew: true, tell: id });
    expect(await note('evt_4', { customerId: 'cus_9', userId: randomUUID() })).toEqual({
      isNew: true,
      tell: undefined,
    });
    expect(await note('evt_5', { userId: "'; drop table users; --" })).toEqual({ isNew: true, tell: undefined });
  });

  it('are told once, and those that were not told are found', async () => {
    await pay();
    const later = () => new Date(Date.now() + 1000);
    expect(await note('evt_1', { customerId: 'cus_1' })).toEqual({ isNew: true, tell: id });
    expect(await note('evt_1', { customerId: 'cus_1' })).toEqual({ isNew: false, tell: id });
    expect(await untoldUsers(database, asSystem, { before: later(), limit: 10 })).toEqual([id]);
    await recordTold(database, asSystem, 'evt_1');
    expect(await note('evt_1', { customerId: 'cus_1' })).toEqual({ isNew: false, tell: undefined });
    expect(await untoldUsers(database, asSystem, { before: later(), limit: 10 })).toEqual([]);
    await note('evt_2', { customerId: 'cus_1' });
    await recordUsersTold(database, asSystem, [id], later());
    expect(await untoldUsers(database, asSystem, { before: later(), limit: 10 })).toEqual([]);
  });
});
