// By what operators find sagas in Temporal, and what they read of them there: with the client and the workers of the service,
// on the real server. What only who has the keys can read is encrypted there.

import { createSecretKey, randomBytes } from 'node:crypto';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createSagas, type Sagas } from '../../api/sagas.ts';
import type { UserPrincipal } from '../../db/identity.ts';
import { organizationId, scheduleIds, workflowIds, type UserId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { actingAs, createTemporalClient } from '../../temporal/client.ts';
import { createPayloadCodec, ENCRYPTED_ENCODING } from '../../temporal/payload-codec.ts';
import { PURPOSES } from '../../temporal/shown-at-start.ts';
import { WAITING } from '../../temporal/task-timeout.ts';
import { ensureSchedules } from '../../workers/schedules.ts';
import * as workflows from '../../workflows/index.ts';
import { createScheduledModel } from '../replay/schedule-branches.ts';
import { reviewStageIn } from '../support/models/review-stage.ts';
import { createWorld } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const keys = { activeKeyId: 'test', keys: new Map([['test', createSecretKey(randomBytes(32))]]) };
const world = createWorld();
const scheduled = createScheduledModel();
let own: OwnNamespace;
let sagas: Sagas;
beforeAll(async () => {
  own = await openNamespace('search-attributes', { ...world.activities, ...scheduled.activities }, { keys });
  sagas = createSagas(own.client);
  await own.serve();
});
afterAll(() => own?.close());

const listed = (query: string): Promise<WorkflowExecutionInfo[]> =>
  Array.fromAsync(own.client.workflow.list({ query }));
const found = async (query: string) => (await listed(query)).map(({ workflowId }) => workflowId).toSorted();
const ofOrganization = (principal: Pick<UserPrincipal, 'organizationId'>) =>
  found(`OrganizationId = "${principal.organizationId}"`);

const principalOf = (user: UserId): UserPrincipal => {
  const organization = organizationId(world.records.tables.user(user).organizationId);
  return { kind: 'user', userId: user, organizationId: organization };
};
const annotate = async (plan: Plan) => {
  const job = world.submit(plan);
  const principal = principalOf(job.userId);
  await sagas.startAnnotation(principal, { jobId: job.jobId, plan, genome: job.genome });
  return { job, principal };
};

it('finds an annotation by status, plan, genome and organization', async () => {
  const { job: free } = await annotate('free');
  const { job: premium } = await annotate('premium');
  const refused = world.submit('premium');
  await expect.poll(() => [free.status, premium.status]).toEqual(['COMPLETED', 'COMPLETED']);
  const [freeId, premiumId] = [workflowIds.annotation(free.jobId), workflowIds.annotation(premium.jobId)];
  await expect.poll(() => found(`JobStatus = "COMPLETED" AND Genome = "demo"`)).toHaveLength(2);
  expect(await found(`Plan = "free"`)).toEqual([freeId]);
  expect(await found(`Plan = "premium" AND OrganizationId = "${premium.organizationId}"`)).toEqual([premiumId]);
  expect(await found(`OrganizationId = "${refused.organizationId}"`)).toEqual([]);
});

it('finds one that was cancelled before it began', async () => {
  const job = world.submit('free');
  job.isCancelRequested = true;
  const asked = { jobId: job.jobId, plan: 'free', genome: job.genome } as const;
  await sagas.cancelAnnotation(principalOf(job.userId), asked);
  const query = `JobStatus = "CANCELLED" AND Genome = "demo" AND OrganizationId = "${job.organizationId}"`;
  await expect.poll(() => found(query)).toEqual([workflowIds.annotation(job.jobId)]);
});

it('tells what a saga is at, and what its activities are for', async () => {
  const { job } = await annotate('free');
  await expect.poll(() => job.status).toBe('COMPLETED');
  const handle = own.client.workflow.getHandle(workflowIds.annotation(job.jobId));
  const metadata = () => handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  await expect.poll(async () => (await metadata()).currentDetails).toContain('The result is live');
  expect(await (await handle.describe()).staticSummary()).toBe(PURPOSES['annotateThenArchive']);
  const { events } = await handle.fetchHistory();
  const stored = (events ?? []).flatMap(({ userMetadata }) => (userMetadata?.summary ? [userMetadata.summary] : []));
  const summaries = (await createPayloadCodec(keys).decode(stored)).map(({ data }) =>
    Buffer.from(data ?? []).toString(),
  );
  expect(summaries).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Annotate the variants'),
      expect.stringContaining('Mail the owner'),
      expect.stringContaining('Retention window'),
    ]),
  );
});

it('finds a review at each of the three levels, and with its organization what belongs to its delivery', async () => {
  const stage = await reviewStageIn(world, {
    client: own.client,
    currentTimeMs: async () => Date.now(),
    sleep: () => Promise.reject(new Error('no time is skipped here')),
  });
  const { member } = stage.people;
  const { delivery, sample, handle } = await actingAs(member, () => stage.deliver(1, { endpoints: [() => 'takes'] }));
  const review = workflowIds.review(sample);
  for (const level of REVIEW_LEVELS) {
    const query = `ReviewLevel = "${level}" AND OrganizationId = "${member.organizationId}"`;
    await expect.poll(() => found(query)).toEqual([review]);
    const others = REVIEW_LEVELS.filter((other) => other !== level).map((other) => found(`ReviewLevel = "${other}"`));
    expect(await Promise.all(others)).toEqual([[], []]);
    await stage.decide(sample, level);
  }
  await expect.poll(() => found('ReviewLevel IS NOT NULL')).toEqual([]);
  await stage.becomes(delivery, 'ready');
  await stage.direct(delivery, 'release');
  await stage.becomes(delivery, 'released');
  const messages = world.review.messagesOf(delivery).map(({ messageId }) => workflowIds.webhook(messageId));
  expect(messages).toHaveLength(1);
  await expect
    .poll(() => ofOrganization(member))
    .toEqual([workflowIds.delivery(delivery), review, ...messages].toSorted());
  await stage.acknowledge(delivery);
  await handle.result();
});

it('finds an upgrade, its restores, and an erasure by organization', async () => {
  const user = world.addUser('free');
  const principal = principalOf(user);
  const [archived, unwanted] = [await world.plant(user, 'archived'), await world.plant(user, 'live')];
  world.retrievalSeconds = 0;
  world.on('storage.result.retrieve', () => sagas.tellRetrieved(archived.jobId));
  await sagas.openCheckout(principal);
  world.billing.payAs(user);
  await sagas.tellBillingChanged(user);
  await expect.poll(() => archived.resultState).toBe('live');
  unwanted.isEraseRequested = true;
  await sagas.startErasure(principal, unwanted.jobId);
  await expect
    .poll(() => ofOrganization(principal))
    .toEqual([
      workflowIds.erasure(unwanted.jobId),
      workflowIds.restore(archived.jobId),
      workflowIds.subscription(user),
    ]);
});

it('finds by organization what was started by who does not know it: a saga takes it from its record', async () => {
  const told = world.addUser('free');
  await sagas.tellBillingChanged(told);
  await expect.poll(() => ofOrganization(principalOf(told))).toEqual([workflowIds.subscription(told)]);
});

it('finds by organization what the Schedules start', async () => {
  world.reset();
  const live = await world.plant(world.addUser('free'), 'live');
  const submitted = world.submit('premium');
  const message = world.webhooks.add(() => 'takes');
  world.webhooks.untended = [message];
  const untold = world.addUser('free');
  scheduled.untold = [untold];
  await ensureSchedules(own.client);
  await ensureSchedules(own.client); // as the next worker that starts
  for (const id of Object.values(scheduleIds)) await own.client.schedule.getHandle(id).trigger();
  const ids = [
    [live, workflowIds.archive(live.jobId)],
    [submitted, workflowIds.annotation(submitted.jobId)],
    [message, workflowIds.webhook(message.messageId)],
    [principalOf(untold), workflowIds.subscription(untold)],
  ] as const;
  for (const [{ organizationId: organization }, id] of ids) {
    await expect.poll(() => found(`OrganizationId = "${organization}"`)).toEqual([id]);
  }
});

/** What the memo of each type says beside what it is for. */
const MEMOS = {
  annotateThenArchive: ['Genome', 'JobId', 'OrganizationId', 'Plan'],
  archiveResult: ['JobId', 'OrganizationId'],
  auditCheckpoint: [],
  cleanUp: [],
  deliverWebhook: ['MessageId', 'OrganizationId'],
  deliveryReview: ['DeliveryId', 'OrganizationId'],
  eraseData: ['JobId', 'OrganizationId'],
  reconcile: [],
  reconcileStore: [],
  restoreResult: ['JobId', 'OrganizationId'],
  reviewSample: ['DeliveryId', 'OrganizationId', 'SampleId'],
  tendDeliveries: [],
  tendJobs: [],
  tendSubscriptions: [],
  tendWebhooks: [],
  upgradeThenRestore: ['OrganizationId', 'UserId'],
} as const satisfies Record<keyof typeof workflows, readonly string[]>;

it('of a memo, who has no keys reads the names alone', async () => {
  const { namespace } = own.client.options;
  const { executions } = await own.client.workflowService.listWorkflowExecutions({ namespace, pageSize: 100 });
  const fields = executions.flatMap(({ memo }) => Object.entries(memo?.fields ?? {}));
  expect(fields.length).toBeGreaterThan(20);
  const encodings = fields.map(([, { metadata }]) => Buffer.from(metadata?.['encoding'] ?? []).toString());
  expect(new Set(encodings)).toEqual(new Set([ENCRYPTED_ENCODING]));
});

it('every workflow there is has a memo, which says what it is for and what it is about', async () => {
  expect(Object.keys(MEMOS)).toEqual(Object.keys(workflows).toSorted());
  expect(Object.keys(PURPOSES).toSorted()).toEqual(Object.keys(MEMOS));
  for (const [type, facts] of Object.entries(MEMOS)) {
    const memos = async () => (await listed(`WorkflowType = "${type}"`)).map(({ memo }) => memo ?? {});
    const full = async () => (await memos()).map((memo) => Object.keys(memo).toSorted().join());
    await expect.poll(full).toContain([...facts, 'Purpose'].toSorted().join());
    expect(new Set((await memos()).map(({ Purpose }) => Purpose))).toEqual(new Set([PURPOSES[type]]));
  }
});

it('a task of those that wait for days may last longer, whoever started them', async () => {
  const longest = new Map<string, Set<string>>();
  for (const { workflowId, runId, type } of await listed('')) {
    const { raw } = await own.client.workflow.getHandle(workflowId, runId).describe();
    const seconds = String(raw.executionConfig?.defaultWorkflowTaskTimeout?.seconds);
    longest.set(type, (longest.get(type) ?? new Set()).add(seconds));
  }
  const waiting: readonly string[] = WAITING;
  const expected = Object.keys(workflows).map(
    (type) => [type, new Set([waiting.includes(type) ? '30' : '10'])] as const,
  );
  expect(longest).toEqual(new Map(expected));
});

it('Schedules whose memo nobody can read any more are made anew', async () => {
  const others = { activeKeyId: 'other', keys: new Map([['other', createSecretKey(randomBytes(32))]]) };
  const client = createTemporalClient({
    address: inject('temporal').address,
    namespace: own.client.options.namespace,
    keys: others,
  });
  try {
    await ensureSchedules(client);
    for (const id of Object.values(scheduleIds)) {
      const { action } = await client.schedule.getHandle(id).describe();
      expect(action.memo).toEqual({ Purpose: PURPOSES[action.workflowType] });
    }
  } finally {
    await client.connection.close();
  }
});
