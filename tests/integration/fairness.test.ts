// Priority and fairness as the gateway asks for them: on the real server, many jobs of one user first, one engine slot
// that comes late. (The time-skipping server knows neither, and skips no time while an activity waits for a worker.)

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSagas } from '../../api/sagas.ts';
import type { UserPrincipal } from '../../db/identity.ts';
import { jobId, organizationId, userId, workflowIds } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plans.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { createWorld } from '../support/models/world.ts';
import { openNamespace, type OwnNamespace } from './own-namespace.ts';

const world = createWorld();
let own: OwnNamespace;
beforeAll(async () => {
  own = await openNamespace('fairness', world.activities);
});
afterAll(() => own?.close());

const someone = (): UserPrincipal => ({
  kind: 'user',
  userId: userId(randomUUID()),
  organizationId: organizationId(randomUUID()),
});

it("accepts jobs while no engine worker runs; when one comes, Premium is first and nobody's backlog delays another", async () => {
  const sagas = createSagas(own.client);
  const owners = new Map<string, string>();
  const submit = async (name: string, principal: UserPrincipal, plan: Plan) => {
    const job = world.submit(plan);
    owners.set(job.jobId, name);
    await sagas.startAnnotation(principal, { jobId: job.jobId, plan, genome: job.genome });
  };
  const [busy, patient, paying] = [someone(), someone(), someone()];
  for (let i = 0; i < 30; i += 1) await submit('busy', busy, 'free');
  for (let i = 0; i < 3; i += 1) await submit('patient', patient, 'free');
  await submit('paying', paying, 'premium');

  const orchestration = await own.worker(TASK_QUEUES.orchestration);
  const order: string[] = [];
  const isWaiting = async (id: string) => {
    const { raw } = await own.client.workflow.getHandle(workflowIds.annotation(jobId(id))).describe();
    return raw.pendingActivities?.length === 1;
  };
  const allQueued = new Promise<void>((resolve) => {
    let started = 0;
    world.on('records.job.start', () => {
      started += 1;
      if (started === owners.size) resolve();
    });
  });
  const allDone = new Promise<void>((resolve) => {
    world.on('engine.input.annotate', () => {
      const last = world.calls.findLast(({ name }) => name === 'engine.input.annotate');
      const input = last?.input;
      const id = typeof input === 'object' && input !== null && 'jobId' in input ? String(input.jobId) : '';
      order.push(owners.get(jobId(id)) ?? 'unknown');
      if (order.length === owners.size) resolve();
    });
  });
  await orchestration.runUntil(async () => {
    await allQueued;
    // The last workflow tasks are on their way to scheduling the engine.
    await expect.poll(async () => (await Promise.all([...owners.keys()].map(isWaiting))).every(Boolean)).toBe(true);
    const engine = await own.worker(TASK_QUEUES.engine, {
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
    });
    await engine.runUntil(allDone);
    const statuses = () => [...owners.keys()].map((id) => world.records.job(jobId(id)).status);
    await expect.poll(() => new Set(statuses())).toEqual(new Set(['COMPLETED']));
  });

  expect(order).toHaveLength(owners.size);
  expect(order[0]).toBe('paying');
  const lastPatient = order.lastIndexOf('patient');
  expect(lastPatient).toBeLessThan(12);
});
