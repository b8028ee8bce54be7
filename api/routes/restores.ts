// Results on their way back from the archive: which the upgrade brings, and one that failed tried again.

import { createRoute, z } from '@hono/zod-openapi';
import { listRestores } from '../../db/subscription-view.ts';
import type { JobRow } from '../../db/jobs.ts';
import { remedyOf, VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http-billing.ts';
import { hasEnded } from '../../domain/jobs.ts';
import { archivesResults, type Plan } from '../../domain/plans.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { answers } from '../openapi.ts';
import { jobParam, ownJob } from './annotations.ts';

export function restoreRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, sagas, settings } = deps;
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/subscription/restores',
      middleware: [authenticate('annotations:read')] as const,
      request: { query: http.listRestores },
      responses: answers({ 200: { restores: z.array(http.restore), next: z.string().nullable() } }, [401, 422]),
      summary: "The results that the caller's upgrade brings back, and how each of them stands",
    }),
    async (c) => {
      const { rows, next } = await listRestores(database, c.get('caller').principal, c.req.valid('query'));
      const restores = rows.map(({ jobId, fileName, state, error }) => ({
        job_id: jobId,
        file_name: fileName,
        state,
        ...(error ? { error: { ...error, remedy: remedyOf(error.type) } } : {}),
      }));
      return c.json({ code: 200 as const, status: 'success' as const, restores, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/annotations/{job_id}/restore',
      middleware: [authenticate('annotations:write')] as const,
      request: { params: jobParam },
      responses: answers({ 202: { job_id: z.uuid() } }, [401, 403, 404, 409]),
      summary: 'Try again to bring an archived result back (Premium)',
    }),
    async (c) => {
      const { principal, user } = c.get('caller');
      const { id, job } = await ownJob(deps, c.get('caller'), c.req.valid('param').job_id);
      refuseUnlessRestorable(job, user.plan, settings.PUBLIC_URL);
      await sagas.startRestore(principal, id);
      return c.json({ code: 202 as const, status: 'success' as const, job_id: id }, 202);
    },
  );

  return routes;
}

/** What the saga would find; it decides for itself when it begins. */
function refuseUnlessRestorable(
  { resultState, status }: Pick<JobRow, 'resultState' | 'status'>,
  plan: Plan,
  publicUrl: string,
): void {
  switch (resultState) {
    case null:
      if (hasEnded(status)) throw new VarloomError('no_result', `The job has no result: it is ${status}.`);
      throw new VarloomError('result_not_ready', `There is no result yet: the job is ${status}.`);
    case 'deleted':
      throw new VarloomError('result_deleted', 'The data of this job were erased.');
    case 'live':
      throw new VarloomError('result_not_archived', 'The result is live.');
    case 'restoring':
      throw new VarloomError('result_restoring', 'The result is being restored from the archive.');
    // One on its way into the archive gets there first, and is then brought back.
    case 'archiving':
    case 'archived':
      if (!archivesResults(plan)) return;
      throw new VarloomError('result_archived', 'The result is archived.', { upgrade_url: `${publicUrl}/billing` });
  }
}
