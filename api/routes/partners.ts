// The partners of a laboratory, and the tokens of their programs.

import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { createPartner, disablePartner, findPartner, listPartners, type PartnerRow } from '../../db/partners.ts';
import {
  createPartnerToken,
  listPartnerTokens,
  revokePartnerToken,
  type ServiceToken,
} from '../../db/service-tokens.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-partners.ts';
import { isId, partnerId, type PartnerId } from '../../domain/ids.ts';
import { SCOPES_OF_AUDIENCE } from '../../domain/partners.ts';
import type { Operation } from '../../domain/permissions.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createAuthorize, refuseUnlessAllowed } from '../auth/authorize.ts';
import { newServiceToken } from '../auth/service.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { newEndpoint } from './new-endpoint.ts';

export const partnerParam = z.strictObject({ partner_id: z.string() });
const tokenParam = partnerParam.extend({ token_id: z.string() });

/** Someone else's partner is 404 for everybody; one's own, 403 for who may not. */
export async function ownPartner(
  deps: Pick<Dependencies, 'database'>,
  caller: Caller,
  text: string,
  operation: Operation,
): Promise<PartnerRow & { partnerId: PartnerId }> {
  if (!isId(text)) throw new VarloomError('not_found', `There is no partner ${text}.`);
  const id = partnerId(text);
  const partner = await findPartner(deps.database, caller.principal, id);
  await refuseUnlessAllowed(deps, caller, operation);
  return { ...partner, partnerId: id };
}

export function partnerRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database } = deps;
  const account = authenticate('account');
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/partners',
      middleware: [account, authorize('partner.manage')] as const,
      request: { body: jsonBody(http.createPartner) },
      responses: answers({ 201: http.createdPartner.shape }, [401, 403, 409, 422]),
      summary: 'Add a partner; its token and webhook secret are shown this once (administrator)',
    }),
    async (c) => {
      const { name, email, webhook_url } = c.req.valid('json');
      const id = partnerId(randomUUID());
      const token = newServiceToken(SCOPES_OF_AUDIENCE.partner);
      const endpoint = webhook_url === undefined ? undefined : await newEndpoint(deps, webhook_url);
      await createPartner(database, c.get('caller').principal, {
        partnerId: id,
        name,
        email: email ?? null,
        token: token.kept,
        endpoint: endpoint?.row,
      });
      const body = {
        partner_id: id,
        token_id: token.kept.tokenId,
        token: token.secret,
        endpoint_id: endpoint?.row.endpointId ?? null,
        webhook_secret: endpoint?.secret ?? null,
      };
      return c.json({ code: 201 as const, status: 'success' as const, ...body }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/partners',
      // Whoever prepares a delivery chooses among them.
      middleware: [account, authorize('delivery.read')] as const,
      request: { query: http.listPartners },
      responses: answers({ 200: { partners: z.array(http.partner), next: z.string().nullable() } }, [401, 403, 422]),
      summary: 'The partners of the organization, newest first',
    }),
    async (c) => {
      const { rows, next } = await listPartners(database, c.get('caller').principal, c.req.valid('query'));
      return c.json({ code: 200 as const, status: 'success' as const, partners: rows.map(partnerOf), next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/partners/{partner_id}',
      middleware: [account] as const,
      request: { params: partnerParam },
      responses: answers({ 200: http.partner.shape }, [401, 403, 404]),
      summary: 'A partner',
    }),
    async (c) => {
      const { partner_id } = c.req.valid('param');
      const partner = await ownPartner(deps, c.get('caller'), partner_id, 'delivery.read');
      return c.json({ code: 200 as const, status: 'success' as const, ...partnerOf(partner) }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/partners/{partner_id}',
      middleware: [account] as const,
      request: { params: partnerParam },
      responses: answers({ 200: { partner_id: z.uuid() } }, [401, 403, 404]),
      summary: 'Disable a partner at once: its tokens, its webhooks, and what waits to be sent (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const partner = await ownPartner(deps, caller, c.req.valid('param').partner_id, 'partner.manage');
      await disablePartner(database, caller.principal, partner.partnerId);
      return c.json({ code: 200 as const, status: 'success' as const, partner_id: partner.partnerId }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/partners/{partner_id}/tokens',
      middleware: [account] as const,
      request: { params: partnerParam, body: jsonBody(http.createServiceToken) },
      responses: answers({ 201: http.createdServiceToken.shape }, [401, 403, 404, 409, 422]),
      summary: 'Make another token, shown this once; the earlier ones stay valid (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const partner = await ownPartner(deps, caller, c.req.valid('param').partner_id, 'token.manage');
      const { scopes = SCOPES_OF_AUDIENCE.partner, expires_at } = c.req.valid('json');
      const { secret, kept } = newServiceToken(scopes, expires_at === undefined ? undefined : expiryOf(expires_at));
      await createPartnerToken(database, caller.principal, partner.partnerId, kept);
      const body = { token_id: kept.tokenId, token: secret, expires_at: kept.expiresAt.toISOString() };
      return c.json({ code: 201 as const, status: 'success' as const, ...body }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/partners/{partner_id}/tokens',
      middleware: [account] as const,
      request: { params: partnerParam },
      responses: answers({ 200: { tokens: z.array(http.serviceToken) } }, [401, 403, 404]),
      summary: "A partner's tokens, newest first; revoked ones are left out (administrator)",
    }),
    async (c) => {
      const caller = c.get('caller');
      const partner = await ownPartner(deps, caller, c.req.valid('param').partner_id, 'token.manage');
      const tokens = await listPartnerTokens(database, caller.principal, partner.partnerId);
      return c.json({ code: 200 as const, status: 'success' as const, tokens: tokens.map(tokenOf) }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/partners/{partner_id}/tokens/{token_id}',
      middleware: [account] as const,
      request: { params: tokenParam },
      responses: answers({ 200: { token_id: z.uuid() } }, [401, 403, 404]),
      summary: 'Revoke a token at once (administrator)',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { partner_id, token_id } = c.req.valid('param');
      const partner = await ownPartner(deps, caller, partner_id, 'token.manage');
      const isRevoked =
        isId(token_id) && (await revokePartnerToken(database, caller.principal, partner.partnerId, token_id));
      if (!isRevoked) throw new VarloomError('not_found', `There is no token ${token_id}.`);
      return c.json({ code: 200 as const, status: 'success' as const, token_id }, 200);
    },
  );

  return routes;
}

/** Nobody remembers what a token was for in ten years. */
const LONGEST_LIFE_MS = 2 * 366 * 24 * 3600 * 1000;

function expiryOf(text: string): Date {
  const expiresAt = new Date(text);
  const fault =
    expiresAt.getTime() <= Date.now()
      ? 'is in the past'
      : expiresAt.getTime() > Date.now() + LONGEST_LIFE_MS
        ? 'is more than two years away'
        : undefined;
  if (fault) throw new VarloomError('invalid_request', `expires_at ${fault}.`, { expires_at: fault });
  return expiresAt;
}

const partnerOf = (partner: PartnerRow): http.Partner => ({
  partner_id: partner.partnerId,
  name: partner.name,
  email: partner.email,
  created_at: partner.createdAt.toISOString(),
  disabled_at: partner.disabledAt?.toISOString() ?? null,
});

const tokenOf = (token: ServiceToken): http.ServiceToken => ({
  token_id: token.tokenId,
  audience: token.audience,
  scopes: token.scopes,
  prefix: token.prefix,
  created_at: token.createdAt.toISOString(),
  expires_at: token.expiresAt.toISOString(),
  last_used_at: token.lastUsedAt?.toISOString() ?? null,
});
