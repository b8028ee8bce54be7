// A review whose last decisions Temporal has lost, and Postgres has not: people go on from what Postgres holds.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeDecision } from '../../db/decisions.ts';
import { deliveries } from '../../db/schema/index.ts';
import { deliveryId, sampleId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { TASK_QUEUES } from '../../domain/queues.ts';
import type { ReviewLevel } from '../../domain/review.ts';
import { actingAs } from '../../temporal/client.ts';
import {
  decide,
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('behind');
});
afterAll(() => gateway?.close());

/** A decision that Temporal has lost. */
const decidedUnseen = async (here: Laboratory, [delivery, sample]: readonly [string, string], level: ReviewLevel) => {
  const checksum = (await sampleOf(here.member, [delivery, sample]))['result_checksum'];
  const ref = { delivery: deliveryId(delivery), sample: sampleId(sample) };
  const signed = {
    decisionId: randomUUID(),
    level,
    decision: 'accept',
    resultChecksum: String(checksum),
    authenticatedAt: new Date().toISOString(),
  } as const;
  await writeDecision(gateway.database, here[level].principal, ref, signed, {
    signatureMaxAgeSeconds: 900,
    claimSeconds: 3600,
  });
};

it('the next reviewer decides, though the saga is behind', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here);
  const [sample = ''] = samples;
  // Its saga has begun.
  expect(await decide(here.licensed, [id, sample], 'licensed')).toMatchObject({
    status: 409,
    error: { type: 'wrong_level' },
  });
  await decidedUnseen(here, [id, sample], 'technical');
  expect(await decide(here.licensed, [id, sample], 'licensed')).toMatchObject({
    status: 200,
    body: { state: 'in_review', level: 'director' },
  });
});

it('a delivery whose last sample was closed unseen becomes ready', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here);
  const [sample = ''] = samples;
  expect(await decide(here.technical, [id, sample], 'technical')).toMatchObject({ status: 200 });
  await decidedUnseen(here, [id, sample], 'licensed');
  await decidedUnseen(here, [id, sample], 'director');
  const createdAt = new Date(Date.now() - 60_000);
  await gateway.database.write(system('test'), (tx) =>
    tx.update(deliveries).set({ createdAt }).where(eq(deliveries.deliveryId, id)),
  );
  const tended = await actingAs(system('test'), () =>
    gateway.temporal.workflow.execute('tendDeliveries', {
      workflowId: 'tend-deliveries-unsettled',
      taskQueue: TASK_QUEUES.orchestration,
    }),
  );
  expect(tended).toMatchObject({ found: 1, started: 0 });
  const state = async () => (await here.member.session('GET', `/deliveries/${id}`)).body['state'];
  await expect.poll(state, { interval: 50 }).toBe('ready');
});
