// Deliveries: put together, looked at, released to the partner or recalled.

import { setTimeout as delay } from 'node:timers/promises';
import { createRoute, z } from '@hono/zod-openapi';
import { createDelivery } from '../../db/deliveries.ts';
import { listDeliveries, readDelivery, recordViewing } from '../../db/delivery-view.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-review.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { DELIVERY_STATES, OPEN_DELIVERY_STATES, type DeliveryState } from '../../domain/review.ts';
import { actingUser, type Authenticate } from '../auth/authenticate.ts';
import { createAuthorize } from '../auth/authorize.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { deliveryItemOf, deliverySampleOf, reviewedSampleOf } from './delivery-shapes.ts';
import { ownDelivery, ownReviewedSample, refuseUnlessInRole, refuseUnlessReviewer } from './review-access.ts';

const deliveryParam = z.strictObject({ delivery_id: z.string() });
export const sampleParam = z.strictObject({ delivery_id: z.string(), sample_id: z.string() });

/** A delivery whose saga is just being started is waited for so long. */
const STARTING_MS = 1_000;
const LOOK_MS = 50;

export function deliveryRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, sagas, logger } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/deliveries',
      middleware: [authenticate('account'), authorize('delivery.create')] as const,
      request: { body: jsonBody(http.createDelivery) },
      responses: answers({ 201: { delivery_id: z.uuid() } }, [401, 403, 404, 409, 422]),
      summary: 'Put samples into review for a partner; their results are held until the delivery is closed',
    }),
    async (c) => {
      const { partner_id, sample_ids } = c.req.valid('json');
      const { principal } = c.get('caller');
      const delivery_id = await createDelivery(database, principal, {
        partnerId: partner_id.toLowerCase(),
        sampleIds: sample_ids.map((id) => id.toLowerCase()),
      });
      try {
        await sagas.startDelivery(principal, delivery_id);
      } catch (error) {
        // It is committed: if Temporal does not answer now, the Schedule starts it later.
        logger.warn({ err: error, deliveryId: delivery_id }, 'saga not started; the schedule will start it');
      }
      return c.json({ code: 201 as const, status: 'success' as const, delivery_id }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/deliveries',
      middleware: [authenticate('account'), authorize('delivery.read')] as const,
      request: { query: http.listDeliveries },
      responses: answers(
        { 200: { deliveries: z.array(http.deliveryListItem), next: z.string().nullable() } },
        [401, 403, 422],
      ),
      summary: "The laboratory's deliveries, newest first",
    }),
    async (c) => {
      const { rows, next } = await listDeliveries(database, c.get('caller').principal, c.req.valid('query'));
      const deliveries = rows.map(deliveryItemOf);
      return c.json({ code: 200 as const, status: 'success' as const, deliveries, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/deliveries/{delivery_id}',
      middleware: [authenticate('account'), authorize('delivery.read')] as const,
      request: { params: deliveryParam, query: http.readDelivery },
      responses: answers({ 200: http.delivery.shape }, [401, 403, 404, 422]),
      summary: 'A delivery, and its samples page by page with every decision about them',
    }),
    async (c) => {
      const { id } = await ownDelivery(deps, c.get('caller'), c.req.valid('param').delivery_id);
      const { limit, sample_cursor: cursor } = c.req.valid('query');
      const found = await readDelivery(database, c.get('caller').principal, id, { limit, cursor });
      if (!found) throw new VarloomError('not_found', `There is no delivery ${id}.`);
      const answer = {
        ...deliveryItemOf(found),
        partner_reach: found.partnerReach,
        sample_counts: found.counts,
        samples: found.samples.map((sample) => deliverySampleOf(sample, deps.settings)),
        next: found.next,
      };
      return c.json({ code: 200 as const, status: 'success' as const, ...answer }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/deliveries/{delivery_id}/samples/{sample_id}',
      middleware: [authenticate('account')] as const,
      request: { params: sampleParam },
      responses: answers({ 200: http.reviewedSample.shape }, [401, 403, 404]),
      summary: 'A sample under review, with its summary, log and links to its files; each look at it is recorded',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { found } = await ownReviewedSample(deps, caller, c.req.valid('param'));
      await refuseUnlessReviewer(deps, caller);
      const answer = await reviewedSampleOf(deps, found);
      await recordViewing(database, caller.principal, found);
      return c.json({ code: 200 as const, status: 'success' as const, ...answer }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/deliveries/{delivery_id}/samples/{sample_id}/log',
      middleware: [authenticate('account')] as const,
      request: { params: sampleParam },
      responses: {
        ...answers({}, [401, 403, 404]),
        200: { description: 'The log', content: { 'text/plain': { schema: z.string() } } },
      },
      summary: 'The log of the annotation under review, without the name of its input; each look at it is recorded',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { found } = await ownReviewedSample(deps, caller, c.req.valid('param'));
      await refuseUnlessReviewer(deps, caller);
      const { log } = await reviewedSampleOf(deps, found);
      if (log === null) throw new VarloomError('not_found', 'This sample has no log.');
      await recordViewing(database, caller.principal, found);
      return c.text(log, 200, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Disposition': `attachment; filename="${found.review.sampleId}.annotation.log"`,
      });
    },
  );

  for (const what of ['release', 'recall'] as const) {
    routes.openapi(
      createRoute({
        method: 'post',
        path: `/deliveries/{delivery_id}/${what}`,
        middleware: [authenticate('account')] as const,
        request: { params: deliveryParam },
        responses: answers({ 200: { delivery_id: z.uuid(), state: z.enum(DELIVERY_STATES) } }, [401, 403, 404, 409]),
        summary:
          what === 'release'
            ? 'Hand a delivery that is ready over to its partner (director)'
            : 'Take a delivery back that is not released yet (director)',
      }),
      async (c) => {
        const caller = c.get('caller');
        const { id } = await ownDelivery(deps, caller, c.req.valid('param').delivery_id);
        refuseUnlessInRole(caller, `delivery.${what}`);
        const state = await direct(caller, id, what);
        return c.json({ code: 200 as const, status: 'success' as const, delivery_id: id, state }, 200);
      },
    );
  }

  return routes;

  async function direct(caller: Caller, id: DeliveryId, what: 'release' | 'recall'): Promise<DeliveryState> {
    const until = Date.now() + STARTING_MS;
    for (;;) {
      const answer = await sagas.directDelivery(actingUser(caller), id, what);
      if (answer !== undefined) return answer;
      // Its saga has ended, or was never started.
      const { state } = (await ownDelivery(deps, caller, id)).delivery;
      if (what === 'recall' && state === 'recalled') return state;
      if (!(OPEN_DELIVERY_STATES as readonly DeliveryState[]).includes(state)) {
        const done = what === 'release' ? 'released' : 'recalled';
        throw new VarloomError('wrong_state', `A delivery that is ${state} cannot be ${done}.`, { state });
      }
      if (Date.now() >= until) throw new VarloomError('unavailable', 'The delivery is just beginning.');
      await sagas.startDelivery(caller.principal, id);
      await delay(LOOK_MS);
    }
  }
}
