// The caller: who they are, their plan, and the API keys of their programs. And the genomes they may choose from.

import { randomBytes, randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { createApiKey, listApiKeys, revokeApiKey } from '../../db/identity.ts';
import { listReferences } from '../../db/references.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { apiKeyId, isId } from '../../domain/ids.ts';
import { archivesResults, uploadLimitBytes } from '../../domain/plans.ts';
import { API_KEY_PREFIX, hashOf, type Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { limitsOf } from './submission.ts';

const ALL_SCOPES = ['annotations:read', 'annotations:write'] as const;
const SHOWN_PREFIX_LENGTH = 10;

export function accountRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { settings, database } = deps;
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/me',
      middleware: [authenticate('annotations:read')] as const,
      responses: answers({ 200: http.me.shape }, [401]),
      summary: 'Who calls, and what their plan allows',
    }),
    (c) => {
      const { user, authenticatedAt } = c.get('caller');
      const me = {
        user_id: user.userId,
        email: user.email,
        name: user.name,
        role: user.role,
        plan: user.plan,
        upload_limit_bytes: uploadLimitBytes(user.plan, limitsOf(settings)),
        retention_seconds: archivesResults(user.plan) ? settings.RETENTION_SECONDS : null,
        ...(authenticatedAt ? { authenticated_at: authenticatedAt.toISOString() } : {}),
        signature_max_age_seconds: settings.SIGNATURE_MAX_AGE_SECONDS,
      };
      return c.json({ code: 200 as const, status: 'success' as const, ...me }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/references',
      middleware: [authenticate('annotations:read')] as const,
      responses: answers({ 200: { references: z.array(http.reference) } }, [401]),
      summary: 'The installed reference genomes',
    }),
    async (c) => {
      const references = (await listReferences(database, c.get('caller').principal)).map((reference) => ({
        name: reference.name,
        description: reference.description,
        contigs: reference.contigs.length,
        total_length: reference.contigs.reduce((sum, contig) => sum + contig.length, 0),
        has_known_variants: reference.files.known !== undefined,
        is_default: reference.isDefault,
      }));
      return c.json({ code: 200 as const, status: 'success' as const, references }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/api-keys',
      middleware: [authenticate('account')] as const,
      request: { body: jsonBody(http.createApiKey) },
      responses: answers({ 201: { api_key_id: z.uuid(), api_key: z.string() } }, [401, 403, 409, 422]),
      summary: 'Make an API key; it is shown this once',
    }),
    async (c) => {
      const request = c.req.valid('json');
      const expiresAt = request.expires_at ? new Date(request.expires_at) : null;
      if (expiresAt && expiresAt.getTime() <= Date.now()) {
        throw new VarloomError('invalid_request', 'expires_at is in the past.', { expires_at: 'in the past' });
      }
      const id = randomUUID();
      const apiKey = API_KEY_PREFIX + randomBytes(32).toString('base64url');
      await createApiKey(database, c.get('caller').principal, {
        apiKeyId: id,
        name: request.name,
        scopes: [...new Set(request.scopes ?? ALL_SCOPES)],
        prefix: apiKey.slice(0, SHOWN_PREFIX_LENGTH),
        keyHash: hashOf(apiKey),
        expiresAt,
      });
      return c.json({ code: 201 as const, status: 'success' as const, api_key_id: id, api_key: apiKey }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/api-keys',
      middleware: [authenticate('account')] as const,
      responses: answers({ 200: { api_keys: z.array(http.apiKey) } }, [401, 403]),
      summary: "The caller's API keys, newest first; revoked ones are left out",
    }),
    async (c) => {
      const keys = (await listApiKeys(database, c.get('caller').principal)).map((key) => ({
        api_key_id: key.apiKeyId,
        name: key.name,
        scopes: key.scopes,
        prefix: key.prefix,
        created_at: key.createdAt.toISOString(),
        expires_at: key.expiresAt?.toISOString() ?? null,
        last_used_at: key.lastUsedAt?.toISOString() ?? null,
      }));
      return c.json({ code: 200 as const, status: 'success' as const, api_keys: keys }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/api-keys/{api_key_id}',
      middleware: [authenticate('account')] as const,
      request: { params: z.strictObject({ api_key_id: z.string() }) },
      responses: answers({ 200: { api_key_id: z.uuid() } }, [401, 403, 404]),
      summary: 'Revoke an API key at once',
    }),
    async (c) => {
      const { api_key_id } = c.req.valid('param');
      const isRevoked =
        isId(api_key_id) && (await revokeApiKey(database, c.get('caller').principal, apiKeyId(api_key_id)));
      if (!isRevoked) throw new VarloomError('not_found', `There is no API key ${api_key_id}.`);
      return c.json({ code: 200 as const, status: 'success' as const, api_key_id }, 200);
    },
  );

  return routes;
}
