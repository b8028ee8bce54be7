// What a partner's own programs call, with a service token: the deliveries that were released to it, their manifests with
// links, and its acknowledgement.

import { createRoute, z } from '@hono/zod-openapi';
import {
  acknowledgeDelivery,
  listPartnerDeliveries,
  readManifest,
  readPartnerDelivery,
  type PartnerCaller,
  type PartnerDelivery,
} from '../../db/partner-view.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-partners.ts';
import { deliveryId, isId, type DeliveryId } from '../../domain/ids.ts';
import { RELEASING_LINK_SECONDS } from '../../domain/partners.ts';
import { createAuthenticateService } from '../auth/service.ts';
import { createRoutes, type ApiContext, type Dependencies } from '../context.ts';
import { answers, SERVICE } from '../openapi.ts';
import { manifestSampleOf } from './manifest-sample.ts';

const deliveryParam = z.strictObject({ delivery_id: z.string() });
const PATH = '/partner/v1/deliveries';
const DELIVERY_PATH = `${PATH}/{delivery_id}` as const;

export function partnerApiRoutes(deps: Dependencies) {
  const { database, sagas, afterwards, settings } = deps;
  const authenticateService = createAuthenticateService(deps);
  const read = authenticateService('partner', 'deliveries:read');
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: PATH,
      security: SERVICE,
      middleware: [read] as const,
      request: { query: http.listPartnerDeliveries },
      responses: answers(
        { 200: { deliveries: z.array(http.partnerDelivery), next: z.string().nullable() } },
        [401, 403, 422],
      ),
      summary: 'The deliveries to this partner, newest first (scope deliveries:read)',
    }),
    async (c) => {
      const { rows, next } = await listPartnerDeliveries(database, partnerOf(c), c.req.valid('query'));
      return c.json({ code: 200 as const, status: 'success' as const, deliveries: rows.map(deliveryOf), next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: DELIVERY_PATH,
      security: SERVICE,
      middleware: [read] as const,
      request: { params: deliveryParam },
      responses: answers({ 200: http.partnerDelivery.shape }, [401, 403, 404]),
      summary: 'A delivery to this partner (scope deliveries:read)',
    }),
    async (c) => {
      const id = deliveryOfPath(c.req.valid('param').delivery_id);
      const delivery = deliveryOf(await readPartnerDelivery(database, partnerOf(c), id));
      return c.json({ code: 200 as const, status: 'success' as const, ...delivery }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: `${DELIVERY_PATH}/manifest`,
      security: SERVICE,
      middleware: [authenticateService('partner', 'deliveries:download')] as const,
      request: { params: deliveryParam, query: http.readManifest },
      responses: answers({ 200: http.manifest.shape }, [401, 403, 404, 422]),
      summary:
        'The accepted samples with checksums, provenance, signatures and fresh links (scope deliveries:download)',
    }),
    async (c) => {
      const id = deliveryOfPath(c.req.valid('param').delivery_id);
      const { delivery, rows, next } = await readManifest(database, partnerOf(c), id, c.req.valid('query'));
      // What is not released yet may be taken back, and a link cannot.
      const longest = delivery.state === 'releasing' ? RELEASING_LINK_SECONDS : Infinity;
      const linkSeconds = Math.min(settings.DELIVERY_LINK_SECONDS, longest);
      // Before the links are made: none of them ends earlier than is said.
      const expiresAt = new Date(Date.now() + linkSeconds * 1000);
      const samples: http.ManifestSample[] = [];
      for (let start = 0; start < rows.length; start += SAMPLES_AT_ONCE) {
        const some = rows.slice(start, start + SAMPLES_AT_ONCE);
        samples.push(...(await Promise.all(some.map((row) => manifestSampleOf(deps, row, linkSeconds)))));
      }
      const body = {
        delivery_id: delivery.deliveryId,
        state: delivery.state,
        released_at: delivery.releasedAt?.toISOString() ?? null,
        expires_at: expiresAt.toISOString(),
        samples,
        next,
      };
      return c.json({ code: 200 as const, status: 'success' as const, ...body }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: `${DELIVERY_PATH}/acknowledge`,
      security: SERVICE,
      middleware: [authenticateService('partner', 'deliveries:acknowledge')] as const,
      request: { params: deliveryParam },
      responses: answers({ 200: { delivery_id: z.uuid(), state: z.literal('acknowledged') } }, [401, 403, 404, 409]),
      summary: 'Say that the delivery has arrived, as often as you like (scope deliveries:acknowledge)',
    }),
    async (c) => {
      const id = deliveryOfPath(c.req.valid('param').delivery_id);
      const caller = partnerOf(c);
      await acknowledgeDelivery(database, caller, id);
      afterwards.do(`acknowledged ${id}`, () => sagas.tellAcknowledged(caller.principal, id));
      const body = { delivery_id: id, state: 'acknowledged' as const };
      return c.json({ code: 200 as const, status: 'success' as const, ...body }, 200);
    },
  );

  return routes;
}

/** Each reads a document of the store. */
const SAMPLES_AT_ONCE = 10;

function partnerOf(c: ApiContext): PartnerCaller {
  const { partner } = c.get('service');
  if (!partner) throw new VarloomError('forbidden', 'This token is of no partner.');
  return partner;
}

function deliveryOfPath(text: string): DeliveryId {
  if (!isId(text)) throw new VarloomError('not_found', `There is no delivery ${text}.`);
  return deliveryId(text);
}

const deliveryOf = (delivery: PartnerDelivery): http.PartnerDelivery => ({
  delivery_id: delivery.deliveryId,
  state: delivery.state,
  released_at: delivery.releasedAt?.toISOString() ?? null,
  acknowledged_at: delivery.acknowledgedAt?.toISOString() ?? null,
  sample_count: delivery.sampleCount,
});
