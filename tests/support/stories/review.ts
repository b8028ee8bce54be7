// A sample waits for its second reviewer. Then it is accepted, delivered, fetched by the partner, and acknowledged.

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import * as partners from '../../../domain/http-partners.ts';
import { messageId, workflowIds } from '../../../domain/ids.ts';
import {
  accept,
  acknowledge,
  addPartner,
  decisionsOf,
  inDeliveryState,
  laboratoryOf,
  putIntoReview,
  release,
  reviewIds,
  type Delivery,
  type Laboratory,
  type Partner,
} from './laboratory.ts';
import { annotated, annotationId, fetched, type Stage, type Story } from './story.ts';

export function reviewStory({ stack, partners: programs }: Stage): Story {
  const webhooks = programs.another();
  const ids: string[] = [];
  let laboratory: Laboratory;
  let partner: Partner;
  let delivery: Delivery;

  return {
    name: 'a review',
    workflowIds: () => ids,

    async begin() {
      laboratory = await laboratoryOf(stack);
      partner = await addPartner(laboratory, stack, webhooks);
      const job = await annotated(laboratory.member, (begun) => ids.push(annotationId(begun)));
      delivery = await putIntoReview(laboratory, partner, job);
      ids.push(...reviewIds(delivery));
      await accept(laboratory, 'technical', delivery);
    },

    async finish() {
      const { member } = laboratory;
      await accept(laboratory, 'licensed', delivery);
      await accept(laboratory, 'director', delivery);
      const decisions = await decisionsOf(member, delivery);
      expect(decisions.map(({ level }) => level)).toEqual(['technical', 'licensed', 'director']);
      expect(new Set(decisions.map(({ by }) => by)).size).toBe(3);
      await release(laboratory, delivery);
      await inDeliveryState(member, delivery, 'released');

      const received = webhooks.received();
      const news = { type: 'delivery.released', data: { delivery_id: delivery.id } };
      for (const one of received) expect(webhooks.verify(one, partner.secret)).toMatchObject(news);
      const messages = new Set(received.map(({ headers }) => headers['webhook-id'] ?? ''));
      expect(messages.size).toBe(1);
      ids.push(...[...messages].map((id) => workflowIds.webhook(messageId(id))));

      await fetchAsPartner(partner, delivery);
      await acknowledge(laboratory, partner, delivery);
    },
  };
}

async function fetchAsPartner({ program }: Partner, { id, sample, checksum }: Delivery): Promise<void> {
  const manifest = await program.ask('GET', `/partner/v1/deliveries/${id}/manifest`, { shape: partners.manifest });
  expect(manifest).toMatchObject({ state: 'released', samples: [{ sample_id: sample, result: { sha256: checksum } }] });
  const bytes = await fetched(manifest.samples[0]?.links.result ?? '');
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(checksum);
}
