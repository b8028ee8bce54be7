// Where a partner is told: its webhook endpoints, their secrets, and the log of what was sent.

import { createRoute, z } from '@hono/zod-openapi';
import {
  changeEndpointUrl,
  createEndpoint,
  enableEndpoint,
  findEndpoint,
  listEndpoints,
  removeEndpoint,
  rotateEndpointSecret,
  signingSecrets,
  type EndpointOfPartner,
  type EndpointRow,
} from '../../db/webhook-endpoints.ts';
import { enqueueTest, listMessages, reopenMessage, type LoggedMessage } from '../../db/webhooks.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-partners.ts';
import { endpointId, isId, messageId, type MessageId } from '../../domain/ids.ts';
import { DISABLED_REASONS } from '../../domain/partners.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { checkedUrl, newEndpoint } from './new-endpoint.ts';
import { ownPartner, partnerParam } from './partners.ts';

const endpointParam = partnerParam.extend({ endpoint_id: z.string() });
const messageParam = endpointParam.extend({ message_id: z.string() });
const PATH = '/partners/{partner_id}/webhooks';
const ENDPOINT_PATH = `${PATH}/{endpoint_id}` as const;

export function webhookEndpointRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, sagas, afterwards, webhooks } = deps;
  const middleware = authenticate('account');
  const routes = createRoutes();

  const own = async (
    caller: Caller,
    param: { partner_id: string; endpoint_id: string },
  ): Promise<EndpointOfPartner> => {
    const { partnerId } = await ownPartner(deps, caller, param.partner_id, 'webhook.manage');
    if (!isId(param.endpoint_id)) {
      throw new VarloomError('not_found', `There is no webhook endpoint ${param.endpoint_id}.`);
    }
    return { partnerId, endpointId: endpointId(param.endpoint_id) };
  };
  const send = (caller: Caller, id: MessageId) =>
    afterwards.do(`webhook ${id}`, () => sagas.sendWebhook(caller.principal, id));

  routes.openapi(
    createRoute({
      method: 'post',
      path: PATH,
      middleware,
      request: { params: partnerParam, body: jsonBody(http.webhookUrl) },
      responses: answers({ 201: { endpoint_id: z.uuid(), webhook_secret: z.string() } }, [401, 403, 404, 409, 422]),
      summary: 'Add an endpoint; its secret is shown this once (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { partnerId } = await ownPartner(deps, caller, c.req.valid('param').partner_id, 'webhook.manage');
      const { row, secret } = await newEndpoint(deps, c.req.valid('json').url);
      await createEndpoint(database, caller.principal, partnerId, row);
      const body = { endpoint_id: row.endpointId, webhook_secret: secret };
      return c.json({ code: 201 as const, status: 'success' as const, ...body }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: PATH,
      middleware,
      request: { params: partnerParam },
      responses: answers({ 200: { endpoints: z.array(http.webhookEndpoint) } }, [401, 403, 404]),
      summary: "A partner's endpoints (administrator)",
    }),
    async (c) => {
      const caller = c.get('caller');
      const { partnerId } = await ownPartner(deps, caller, c.req.valid('param').partner_id, 'webhook.manage');
      const endpoints = (await listEndpoints(database, caller.principal, partnerId)).map(endpointOf);
      return c.json({ code: 200 as const, status: 'success' as const, endpoints }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: ENDPOINT_PATH,
      middleware,
      request: { params: endpointParam },
      responses: answers({ 200: http.webhookEndpoint.shape }, [401, 403, 404]),
      summary: 'An endpoint (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      const endpoint = endpointOf(await findEndpoint(database, caller.principal, at));
      return c.json({ code: 200 as const, status: 'success' as const, ...endpoint }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'put',
      path: ENDPOINT_PATH,
      middleware,
      request: { params: endpointParam, body: jsonBody(http.webhookUrl) },
      responses: answers({ 200: http.webhookEndpoint.shape }, [401, 403, 404, 422]),
      summary: 'Change the address of an endpoint (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      await findEndpoint(database, caller.principal, at);
      const url = await checkedUrl(deps, c.req.valid('json').url);
      const endpoint = endpointOf(await changeEndpointUrl(database, caller.principal, at, url));
      return c.json({ code: 200 as const, status: 'success' as const, ...endpoint }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: ENDPOINT_PATH,
      middleware,
      request: { params: endpointParam },
      responses: answers({ 200: { endpoint_id: z.uuid() } }, [401, 403, 404]),
      summary: 'Remove an endpoint; what waits to be sent there is cancelled (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      await removeEndpoint(database, caller.principal, at);
      return c.json({ code: 200 as const, status: 'success' as const, endpoint_id: at.endpointId }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: `${ENDPOINT_PATH}/rotate`,
      middleware,
      request: { params: endpointParam },
      responses: answers({ 200: { endpoint_id: z.uuid(), webhook_secret: z.string() } }, [401, 403, 404]),
      summary: 'A new secret, shown this once; for a day, the old one signs beside it (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      const secret = webhooks.secrets.generate();
      const sealed = webhooks.secrets.seal(at.endpointId, secret);
      await rotateEndpointSecret(database, caller.principal, at, sealed);
      const body = { endpoint_id: at.endpointId, webhook_secret: secret };
      return c.json({ code: 200 as const, status: 'success' as const, ...body }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: `${ENDPOINT_PATH}/enable`,
      middleware,
      request: { params: endpointParam },
      responses: answers({ 200: http.webhookEndpoint.shape }, [401, 403, 404]),
      summary: 'Enable an endpoint again (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      const endpoint = endpointOf(await enableEndpoint(database, caller.principal, at));
      return c.json({ code: 200 as const, status: 'success' as const, ...endpoint }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: `${ENDPOINT_PATH}/test`,
      middleware,
      request: { params: endpointParam },
      responses: answers({ 202: { message_id: z.uuid() } }, [401, 403, 404, 409]),
      summary: 'Send an event that says nothing, once; see the log for what came of it (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      const id = await enqueueTest(database, caller.principal, at);
      send(caller, id);
      return c.json({ code: 202 as const, status: 'success' as const, message_id: id }, 202);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: `${ENDPOINT_PATH}/messages`,
      middleware,
      request: { params: endpointParam, query: http.listWebhookMessages },
      responses: answers(
        { 200: { messages: z.array(http.webhookMessage), next: z.string().nullable() } },
        [401, 403, 404, 422],
      ),
      summary: 'What was sent, newest first, with every attempt (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const at = await own(caller, c.req.valid('param'));
      const { rows, next } = await listMessages(database, caller.principal, at, c.req.valid('query'));
      return c.json({ code: 200 as const, status: 'success' as const, messages: rows.map(messageOf), next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: `${ENDPOINT_PATH}/messages/{message_id}/resend`,
      middleware,
      request: { params: messageParam },
      responses: answers({ 202: { message_id: z.uuid() } }, [401, 403, 404, 409]),
      summary: 'Send a message again, at once, whatever became of it (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const param = c.req.valid('param');
      const at = await own(caller, param);
      if (!isId(param.message_id)) throw new VarloomError('not_found', `There is no message ${param.message_id}.`);
      const id = messageId(param.message_id);
      await reopenMessage(database, caller.principal, at, id);
      send(caller, id);
      return c.json({ code: 202 as const, status: 'success' as const, message_id: id }, 202);
    },
  );

  return routes;
}

const endpointOf = (endpoint: EndpointRow): http.WebhookEndpoint => ({
  endpoint_id: endpoint.endpointId,
  url: endpoint.url,
  created_at: endpoint.createdAt.toISOString(),
  disabled_at: endpoint.disabledAt?.toISOString() ?? null,
  disabled_reason: DISABLED_REASONS.find((reason) => reason === endpoint.disabledReason) ?? null,
  failing_since: endpoint.failingSince?.toISOString() ?? null,
  failures_in_a_row: endpoint.failuresInARow,
  secrets: signingSecrets(endpoint.secrets, Date.now()).map(({ createdAt, expiresAt }) => ({
    created_at: createdAt,
    expires_at: expiresAt,
  })),
});

const messageOf = ({ message, deliveryId, attempts }: LoggedMessage): http.WebhookMessage => ({
  message_id: message.messageId,
  event_type: message.eventType,
  state: message.state,
  is_test: message.isTest,
  delivery_id: deliveryId,
  created_at: message.createdAt.toISOString(),
  // Of a message that is sent again it says since when.
  ended_at: message.state === 'pending' ? null : (message.endedAt?.toISOString() ?? null),
  attempts: attempts.map(({ at, status, outcome, durationMs }) => ({
    at: at.toISOString(),
    status,
    outcome,
    duration_ms: durationMs,
  })),
});
