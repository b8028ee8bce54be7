// The caller's organization: who is in it, and for its administrator, who comes, goes, and has which role.

import { createRoute, z } from '@hono/zod-openapi';
import type { Member } from '../../db/membership.ts';
import { addMember, endSessions, findOrganization, removeMember, setRole } from '../../db/organizations.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { isId, userId, type UserId } from '../../domain/ids.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createAuthorize } from '../auth/authorize.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';

const memberParam = z.strictObject({ user_id: z.string() });

export function organizationRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/organization',
      middleware: [authenticate('account')] as const,
      responses: answers({ 200: http.organization.shape }, [401, 403]),
      summary: "The caller's organization and its members",
    }),
    async (c) => {
      const { organization, members } = await findOrganization(database, c.get('caller').principal);
      const body = {
        organization_id: organization.organizationId,
        name: organization.name,
        kind: organization.kind,
        members: members.map(memberOf),
      };
      return c.json({ code: 200 as const, status: 'success' as const, ...body }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/organization/members',
      middleware: [authenticate('account'), authorize('organization.manage')] as const,
      request: { body: jsonBody(http.addMember) },
      responses: answers({ 201: http.member.shape }, [401, 403, 404, 409, 422]),
      summary: 'Add somebody who has signed in before and owns nothing yet (administrator)',
    }),
    async (c) => {
      const added = await addMember(database, c.get('caller').principal, c.req.valid('json').email);
      return c.json({ code: 201 as const, status: 'success' as const, ...memberOf(added) }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'put',
      path: '/organization/members/{user_id}',
      middleware: [authenticate('account'), authorize('organization.manage')] as const,
      request: { params: memberParam, body: jsonBody(http.setMemberRole) },
      responses: answers({ 200: http.member.shape }, [401, 403, 404, 409, 422]),
      summary: 'Give a member another role, at once (administrator)',
    }),
    async (c) => {
      const id = memberId(c.req.valid('param').user_id);
      const changed = await setRole(database, c.get('caller').principal, id, c.req.valid('json').role);
      return c.json({ code: 200 as const, status: 'success' as const, ...memberOf(changed) }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/organization/members/{user_id}',
      middleware: [authenticate('account'), authorize('organization.manage')] as const,
      request: { params: memberParam },
      responses: answers({ 200: { user_id: z.uuid() } }, [401, 403, 404, 409]),
      summary: 'Take a member out; their sessions and API keys end at once (administrator)',
    }),
    async (c) => {
      const id = memberId(c.req.valid('param').user_id);
      await removeMember(database, c.get('caller').principal, id);
      return c.json({ code: 200 as const, status: 'success' as const, user_id: id }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/organization/members/{user_id}/sessions',
      middleware: [authenticate('account'), authorize('organization.manage')] as const,
      request: { params: memberParam },
      responses: answers({ 200: { user_id: z.uuid() } }, [401, 403, 404]),
      summary: "End a member's sessions and API keys at once; they sign in again (administrator)",
    }),
    async (c) => {
      const id = memberId(c.req.valid('param').user_id);
      await endSessions(database, c.get('caller').principal, id);
      return c.json({ code: 200 as const, status: 'success' as const, user_id: id }, 200);
    },
  );

  return routes;
}

function memberId(text: string): UserId {
  if (!isId(text)) throw new VarloomError('not_found', `There is no member ${text}.`);
  return userId(text);
}

const memberOf = ({ userId: user_id, email, name, role }: Member) => ({ user_id, email, name, role });
