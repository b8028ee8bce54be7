// By what operators find sagas in Temporal, and what they read of them there.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIds } from '../../domain/ids.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { annotateThenArchive } from '../../workflows/annotate-then-archive/workflow.ts';
import { createWorld } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const POLL = { timeout: 30_000 };
const world = createWorld();
let own: OwnNamespace;
beforeAll(async () => {
  own = await openNamespace('search-attributes', world.activities);
  await own.serve();
});
afterAll(() => own?.close());

const found = async (query: string): Promise<string[]> =>
  (await Array.fromAsync(own.client.workflow.list({ query }))).map(({ workflowId }) => workflowId);

const annotate = async (plan: 'free' | 'premium') => {
  const job = world.submit(plan);
  await own.client.workflow.start<typeof annotateThenArchive>('annotateThenArchive', {
    workflowId: workflowIds.annotation(job.jobId),
    taskQueue: TASK_QUEUES.orchestration,
    args: [{ jobId: job.jobId }],
  });
  return job;
};

it('finds an annotation by status, plan, genome and organization', async () => {
  const free = await annotate('free');
  const premium = await annotate('premium');
  const refused = world.submit('premium');
  await expect.poll(() => [free.status, premium.status], POLL).toEqual(['COMPLETED', 'COMPLETED']);
  const [freeId, premiumId] = [workflowIds.annotation(free.jobId), workflowIds.annotation(premium.jobId)];
  await expect.poll(() => found(`JobStatus = "COMPLETED" AND Genome = "demo"`), POLL).toHaveLength(2);
  expect(await found(`Plan = "free"`)).toEqual([freeId]);
  expect(await found(`Plan = "premium" AND OrganizationId = "${premium.organizationId}"`)).toEqual([premiumId]);
  expect(await found(`OrganizationId = "${refused.organizationId}"`)).toEqual([]);
});

it('tells what a saga is at, and what its activities are for', async () => {
  const job = await annotate('free');
  await expect.poll(() => job.status, POLL).toBe('COMPLETED');
  const handle = own.client.workflow.getHandle(workflowIds.annotation(job.jobId));
  const metadata = () => handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  await expect.poll(async () => (await metadata()).currentDetails, POLL).toContain('The result is live');
  const { events } = await handle.fetchHistory();
  const summaries = (events ?? []).flatMap(({ userMetadata }) => {
    const data = userMetadata?.summary?.data;
    return data ? [Buffer.from(data).toString('utf8')] : [];
  });
  expect(summaries).toEqual(
    expect.arrayContaining([
      expect.stringContaining('Annotate the variants'),
      expect.stringContaining('Mail the owner'),
      expect.stringContaining('Retention window'),
    ]),
  );
});
