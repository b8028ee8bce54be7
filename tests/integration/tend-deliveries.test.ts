// The Schedule that starts the sagas of deliveries that have none: never started, or terminated.

import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDelivery } from '../../db/deliveries.ts';
import { deliveries, deliverySamples } from '../../db/schema/index.ts';
import { sampleId, workflowIds, type DeliveryId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import { actingAs } from '../../temporal/client.ts';
import { decide, sampleOf, startReviewingGateway, type ReviewingGateway } from '../support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('tending');
});
afterAll(() => gateway?.close());

const tend = (run: string): Promise<unknown> =>
  actingAs(system('test'), () =>
    gateway.temporal.workflow.execute('tendDeliveries', {
      workflowId: `tend-deliveries-${run}`,
      taskQueue: TASK_QUEUES.orchestration,
    }),
  );
const age = (id: DeliveryId, seconds: number) =>
  gateway.database.write(system('test'), (tx) =>
    tx
      .update(deliveries)
      .set({ createdAt: new Date(Date.now() - seconds * 1000) })
      .where(eq(deliveries.deliveryId, id)),
  );

it('starts what was committed and never started, starts again what was terminated, and leaves the rest alone', async () => {
  const here = await gateway.laboratory();
  const sample = await gateway.sample(here);
  const request = { partnerId: here.partnerId, sampleIds: [sample] };
  const id = await createDelivery(gateway.database, here.member.principal, request);
  expect(await decide(here.technical, [id, sample], 'technical')).toMatchObject({
    status: 503,
    error: { type: 'unavailable' },
  });
  expect(await tend('too-early')).toMatchObject({ found: 0, started: 0 });
  await age(id, 60);
  expect(await tend('once')).toMatchObject({ found: 1, started: 1 });
  expect(await decide(here.technical, [id, sample], 'technical')).toMatchObject({ status: 200 });
  expect(await tend('again')).toMatchObject({ found: 1, started: 0 });

  await gateway.temporal.workflow.getHandle(workflowIds.delivery(id)).terminate('by the test');
  expect(await tend('after')).toMatchObject({ found: 1, started: 1 });
  // What was decided before holds.
  expect(await decide(here.licensed, [id, sample], 'licensed')).toMatchObject({ status: 200 });
  expect(await decide(here.director, [id, sample], 'director')).toMatchObject({ body: { state: 'accepted' } });
  expect((await sampleOf(here.member, [id, sample]))['decisions']).toHaveLength(3);
  const state = async () => (await here.member.session('GET', `/deliveries/${id}`)).body['state'];
  await expect.poll(state, { interval: 50 }).toBe('ready');
});

it('starts the review of a sample again that somebody terminated, and leaves one that runs alone', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here, 2);
  for (const sample of samples) {
    expect(await decide(here.technical, [id, sample], 'technical')).toMatchObject({ status: 200 });
  }
  const [gone = '', running = ''] = samples;
  await gateway.temporal.workflow.getHandle(workflowIds.review(sampleId(gone))).terminate('by the test');
  expect(await decide(here.licensed, [id, gone], 'licensed')).toMatchObject({ status: 503 });
  await gateway.database.write(system('test'), (tx) =>
    tx
      .update(deliverySamples)
      .set({ since: new Date(Date.now() - 60_000) })
      .where(eq(deliverySamples.deliveryId, id)),
  );
  expect(await tend('reviews')).toMatchObject({ reviewsStarted: 1 });
  for (const sample of [gone, running]) {
    expect(await decide(here.licensed, [id, sample], 'licensed')).toMatchObject({ status: 200 });
  }
});
