// A saga that is terminated in the middle of a release, and begun anew: the partner hears of that release once.

import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliveries, mailMessages } from '../../db/schema/index.ts';
import { deliveryId, workflowIds } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { decide, startReviewingGateway, type ReviewingGateway } from '../support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('told-once');
});
afterAll(() => gateway?.close());

it('the mail of a release is sent once, and that of the next release again', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here);
  for (const level of REVIEW_LEVELS) {
    expect((await decide(here[level], [id, samples[0] ?? ''], level)).status).toBe(200);
  }
  const becomes = (state: string) =>
    expect.poll(async () => (await here.member.session('GET', `/deliveries/${id}`)).body['state']).toBe(state);
  const asSystem = system('test');
  const saga = gateway.temporal.workflow.getHandle(workflowIds.delivery(deliveryId(id)));
  const interrupted = async (state: 'releasing' | 'ready') => {
    await saga.terminate('by the test');
    await gateway.database.write(asSystem, (tx) =>
      tx.update(deliveries).set({ state, releasedAt: null }).where(eq(deliveries.deliveryId, id)),
    );
    await gateway.dependencies.sagas.startDelivery(here.director.principal, deliveryId(id));
  };
  const told = async () => {
    const { organizationId } = here.director.principal;
    const ofKind = and(eq(mailMessages.organizationId, organizationId), eq(mailMessages.kind, 'delivery.released'));
    return (await gateway.database.write(asSystem, (tx) => tx.select().from(mailMessages).where(ofKind))).length;
  };

  await becomes('ready');
  expect((await here.director.session('POST', `/deliveries/${id}/release`)).status).toBe(200);
  await becomes('released');
  expect(await told()).toBe(1);

  await interrupted('releasing');
  await becomes('released');
  expect(await told()).toBe(1);

  await interrupted('ready');
  expect((await here.director.session('POST', `/deliveries/${id}/release`)).status).toBe(200);
  await becomes('released');
  expect(await told()).toBe(2);
});
