// What programs of the operator ask, with a service token for the audience `internal`.

import { createRoute } from '@hono/zod-openapi';
import { countOperations } from '../../db/operations.ts';
import * as http from '../../domain/http-partners.ts';
import { createAuthenticateService } from '../auth/service.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers, SERVICE } from '../openapi.ts';

export function internalRoutes(deps: Dependencies) {
  return createRoutes().openapi(
    createRoute({
      method: 'get',
      path: '/internal/v1/status',
      security: SERVICE,
      middleware: [createAuthenticateService(deps)('internal', 'operations:read')] as const,
      responses: answers({ 200: http.operationsStatus.shape }, [401, 403]),
      summary: 'How many jobs, deliveries and messages there are, by state (scope operations:read)',
    }),
    async (c) => {
      const counts = await countOperations(deps.database, c.get('service').principal);
      const body = {
        jobs: counts.jobs,
        deliveries: counts.deliveries,
        webhooks: counts.webhooks,
        oldest_pending_webhook_seconds: counts.oldestPendingWebhookSeconds,
      };
      return c.json({ code: 200 as const, status: 'success' as const, ...body }, 200);
    },
  );
}
