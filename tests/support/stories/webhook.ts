// What tells a partner of two releases waits to be sent again, as the partner's program is out of order. Then it is in order
// and a person has both sent at once: each arrives, and every attempt is in the log.

import { expect } from 'vitest';
import { z } from 'zod';
import * as partners from '../../../domain/http-partners.ts';
import { messageId, workflowIds } from '../../../domain/ids.ts';
import { REVIEW_LEVELS } from '../../../domain/review.ts';
import {
  accept,
  acknowledge,
  addPartner,
  inDeliveryState,
  laboratoryOf,
  putIntoReview,
  release,
  reviewIds,
  type Delivery,
  type Laboratory,
  type Partner,
} from './laboratory.ts';
import { annotated, annotationId, awaited, type Stage, type Story } from './story.ts';

const DELIVERIES = 2;
const OUT_OF_ORDER = 500;

export function webhookStory({ stack, partners: programs }: Stage): Story {
  const webhooks = programs.another();
  webhooks.answer = OUT_OF_ORDER;
  const ids: string[] = [];
  let laboratory: Laboratory;
  let partner: Partner;
  let deliveries: Delivery[];

  const path = () => `/partners/${partner.id}/webhooks/${partner.endpointId}/messages`;
  const messages = async () => {
    const shape = z.object({ messages: z.array(partners.webhookMessage) });
    return (await laboratory.admin.ask('GET', path(), { shape })).messages;
  };
  const received = (message: string) => webhooks.received().filter(({ headers }) => headers['webhook-id'] === message);

  return {
    name: 'a webhook in retry',
    workflowIds: () => ids,

    async begin() {
      laboratory = await laboratoryOf(stack);
      partner = await addPartner(laboratory, stack, webhooks);
      const job = await annotated(laboratory.member, (begun) => ids.push(annotationId(begun)));
      const releaseOne = async () => {
        const delivery = await putIntoReview(laboratory, partner, job);
        ids.push(...reviewIds(delivery));
        for (const level of REVIEW_LEVELS) await accept(laboratory, level, delivery);
        await release(laboratory, delivery);
        return delivery;
      };
      deliveries = await Promise.all(Array.from({ length: DELIVERIES }, releaseOne));
      const waiting = await awaited(
        'every message to have failed once',
        messages,
        (found) => found.length === DELIVERIES && found.every(({ attempts }) => attempts.length > 0),
      );
      ids.push(...waiting.map(({ message_id }) => workflowIds.webhook(messageId(message_id))));
    },

    async finish() {
      const waiting = await messages();
      for (const { state, attempts } of waiting) {
        expect(state).toBe('pending');
        expect(new Set(attempts.map(({ status }) => status))).toEqual(new Set([OUT_OF_ORDER]));
      }
      expect(webhooks.received().length).toBeGreaterThanOrEqual(DELIVERIES);
      for (const delivery of deliveries) await inDeliveryState(laboratory.member, delivery, 'releasing');

      webhooks.answer = 200;
      // By now most wait for minutes.
      const resent = { status: 202, shape: z.object({ message_id: z.uuid() }) };
      for (const { message_id } of waiting)
        await laboratory.admin.ask('POST', `${path()}/${message_id}/resend`, resent);
      const logged = await awaited('every message to arrive', messages, (found) =>
        found.every(
          ({ state, message_id, attempts }) => state === 'delivered' && attempts.length === received(message_id).length,
        ),
      );
      for (const { attempts } of logged) expect(attempts.at(-1)).toMatchObject({ status: 200 });

      // Each under its own id, of one delivery each, signed every time it was tried.
      expect(new Set(webhooks.received().map(({ headers }) => headers['webhook-id']))).toEqual(
        new Set(logged.map(({ message_id }) => message_id)),
      );
      const news = z.object({ type: z.literal('delivery.released'), data: z.object({ delivery_id: z.uuid() }) });
      const told = logged.map(({ message_id }) => {
        const about = received(message_id).map((one) => news.parse(webhooks.verify(one, partner.secret)));
        return [...new Set(about.map(({ data }) => data.delivery_id))].join();
      });
      expect(told.toSorted()).toEqual(deliveries.map(({ id }) => id).toSorted());
      for (const delivery of deliveries) {
        await inDeliveryState(laboratory.member, delivery, 'released');
        await acknowledge(laboratory, partner, delivery);
      }
    },
  };
}
