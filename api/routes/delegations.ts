// Delegations: a reviewer who is away names who decides in their stead.

import { createRoute, z } from '@hono/zod-openapi';
import { createDelegation, listDelegations, revokeDelegation, type DelegationRow } from '../../db/delegations.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-review.ts';
import { isId, userId } from '../../domain/ids.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createAuthorize } from '../auth/authorize.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, jsonBody } from '../openapi.ts';
import { refuseUnlessInRole } from './review-access.ts';

const LONGEST_DAYS = 365;

export function delegationRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database } = deps;
  const authorize = createAuthorize(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/delegations',
      middleware: [authenticate('account')] as const,
      request: { body: jsonBody(http.createDelegation) },
      responses: answers({ 201: http.delegation.shape }, [401, 403, 404, 422]),
      summary: 'Have a colleague decide in your stead for a time (reviewers)',
    }),
    async (c) => {
      const caller = c.get('caller');
      refuseUnlessInRole(caller, 'decision.write');
      const body = c.req.valid('json');
      const delegateId = body.delegate_id.toLowerCase();
      const [startsAt, endsAt] = [new Date(body.starts_at), new Date(body.ends_at)];
      if (delegateId === caller.user.userId) throw invalid('delegate_id', 'must be somebody else');
      if (endsAt <= startsAt) throw invalid('ends_at', 'must be after starts_at');
      if (endsAt.getTime() <= Date.now()) throw invalid('ends_at', 'must be in the future');
      if (endsAt.getTime() - startsAt.getTime() > LONGEST_DAYS * 86_400_000) {
        throw invalid('ends_at', `must be no more than ${LONGEST_DAYS} days after starts_at`);
      }
      // Not every UUID that is valid is one of ours.
      if (!isId(delegateId)) throw new VarloomError('not_found', `There is no member ${delegateId}.`);
      const request = { delegateId: userId(delegateId), startsAt, endsAt };
      const made = shapeOf(await createDelegation(database, caller.principal, request));
      return c.json({ code: 201 as const, status: 'success' as const, ...made }, 201);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/delegations',
      middleware: [authenticate('account'), authorize('delivery.read')] as const,
      responses: answers({ 200: { delegations: z.array(http.delegation) } }, [401, 403]),
      summary: 'The delegations that the caller has given or got, and that are not over',
    }),
    async (c) => {
      const delegations = (await listDelegations(database, c.get('caller').principal)).map(shapeOf);
      return c.json({ code: 200 as const, status: 'success' as const, delegations }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/delegations/{delegation_id}',
      middleware: [authenticate('account')] as const,
      request: { params: z.strictObject({ delegation_id: z.string() }) },
      responses: answers({ 200: { delegation_id: z.uuid() } }, [401, 404]),
      summary: 'End a delegation that the caller has given: at once',
    }),
    async (c) => {
      const id = c.req.valid('param').delegation_id;
      const isRevoked = isId(id) && (await revokeDelegation(database, c.get('caller').principal, id));
      if (!isRevoked) throw new VarloomError('not_found', `There is no delegation ${id}.`);
      return c.json({ code: 200 as const, status: 'success' as const, delegation_id: id }, 200);
    },
  );

  return routes;
}

const invalid = (field: string, fault: string) =>
  new VarloomError('invalid_request', `The request is not valid: ${field}: ${fault}.`, { [field]: fault });

const shapeOf = (row: DelegationRow): http.Delegation => ({
  delegation_id: row.delegationId,
  user_id: row.userId,
  delegate_id: row.delegateId,
  starts_at: row.startsAt.toISOString(),
  ends_at: row.endsAt.toISOString(),
});
