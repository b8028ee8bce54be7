// Annotation jobs: submit, list, look at, cancel, erase.

import { createHash } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import {
  findJob,
  findJobByIdempotencyKey,
  listJobs,
  requestCancellation,
  requestErasure,
  type JobView,
} from '../../db/jobs.ts';
import { findUpload } from '../../db/uploads.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { isId, jobId, uploadId, type JobId } from '../../domain/ids.ts';
import { hasEnded } from '../../domain/jobs.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type Caller, type Dependencies } from '../context.ts';
import { operatorLinks } from '../operator-links.ts';
import { answers, jsonBody } from '../openapi.ts';
import { jobEventOf, jobOf } from './job-view.ts';
import { startSaga, submit } from './submission.ts';

const TOLERANCE_MS = 2_000;

export const jobParam = z.strictObject({ job_id: z.string() });

export async function ownJob(deps: Dependencies, caller: Caller, text: string): Promise<JobView & { id: JobId }> {
  const id = isId(text) ? jobId(text) : undefined;
  const view = id && (await findJob(deps.database, caller.principal, id));
  if (!view) throw new VarloomError('not_found', `There is no job ${text}.`);
  return { ...view, id };
}

export function annotationRoutes(deps: Dependencies, authenticate: Authenticate) {
  const { database, sagas } = deps;
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/annotations',
      middleware: [authenticate('annotations:write')] as const,
      request: {
        headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
        body: jsonBody(http.createAnnotation),
      },
      responses: answers({ 201: { job_id: z.uuid(), input_file: z.string() } }, [401, 403, 404, 409, 422]),
      summary: 'Annotate an uploaded file: a new job at each call, unless its Idempotency-Key repeats',
    }),
    async (c) => {
      const caller = c.get('caller');
      const request = c.req.valid('json');
      const key = c.req.valid('header')['idempotency-key'];
      const idempotency = key === undefined ? undefined : { key, requestHash: hashRequest(request) };
      const answer = (id: JobId) =>
        c.json({ code: 201 as const, status: 'success' as const, job_id: id, input_file: request.input_file }, 201);

      const earlier = idempotency && (await findJobByIdempotencyKey(database, caller.principal, idempotency));
      if (earlier) {
        await startSaga(deps, caller.user, caller.principal, { jobId: earlier, genome: request.genome });
        return answer(earlier);
      }
      const upload = isId(request.input_file)
        ? await findUpload(database, caller.principal, uploadId(request.input_file))
        : undefined;
      if (!upload) throw new VarloomError('input_not_found', `There is no input file ${request.input_file}.`);
      return answer(
        await submit(deps, caller.user, upload, {
          genome: request.genome,
          consequenceMode: request.consequence_mode ?? 'auto',
          source: 'api',
          ...(idempotency ? { idempotency } : {}),
        }),
      );
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/annotations',
      middleware: [authenticate('annotations:read')] as const,
      request: { query: http.listAnnotations },
      responses: answers({ 200: { jobs: z.array(http.jobListItem), next: z.string().nullable() } }, [401, 422]),
      summary: "The caller's jobs, newest first",
    }),
    async (c) => {
      const { limit, cursor, job_status } = c.req.valid('query');
      const { rows, next } = await listJobs(database, c.get('caller').principal, { limit, cursor, status: job_status });
      const jobs = rows.map((row) => ({
        job_id: row.jobId,
        job_details: { file_name: row.fileName, genome: row.genome, consequence_mode: row.consequenceMode },
        job_status: row.status,
        input_file: row.uploadId,
        submitted_at: row.submittedAt.toISOString(),
        completed_at: row.completedAt?.toISOString() ?? null,
        result_state: row.resultState,
      }));
      return c.json({ code: 200 as const, status: 'success' as const, jobs, next }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/annotations/{job_id}',
      middleware: [authenticate('annotations:read')] as const,
      request: { params: jobParam },
      responses: answers({ 200: http.job.shape }, [401, 404]),
      summary: 'One job, with its progress, log and summary',
    }),
    async (c) => {
      const view = await ownJob(deps, c.get('caller'), c.req.valid('param').job_id);
      const job = { ...(await jobOf(deps.store, view)), ...operatorLinks(deps.settings, view.job) };
      return c.json({ code: 200 as const, status: 'success' as const, ...job }, 200);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/annotations/{job_id}',
      middleware: [authenticate('annotations:write')] as const,
      request: { params: jobParam },
      responses: answers({ 202: http.jobEvent.shape }, [401, 404, 409]),
      summary: 'Cancel a job: it ends CANCELLED, and nothing half-made is left',
    }),
    async (c) => {
      const { principal, user } = c.get('caller');
      const { id, job } = await ownJob(deps, c.get('caller'), c.req.valid('param').job_id);
      await requestCancellation(database, principal, id);
      await told(() => sagas.cancelAnnotation(principal, { jobId: id, plan: user.plan, genome: job.genome }));
      const view = await ownJob(deps, c.get('caller'), id);
      return c.json({ code: 202 as const, status: 'success' as const, ...jobEventOf(view) }, 202);
    },
  );

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/annotations/{job_id}/data',
      middleware: [authenticate('annotations:write')] as const,
      request: { params: jobParam },
      responses: answers({ 202: { job_id: z.uuid() } }, [401, 404, 409]),
      summary: "Erase a job's input, result and log, wherever they are; a running job is cancelled",
    }),
    async (c) => {
      const { principal, user } = c.get('caller');
      const { id, job } = await ownJob(deps, c.get('caller'), c.req.valid('param').job_id);
      const { isRunning } = await requestErasure(database, principal, id);
      await told(async () => {
        if (isRunning) await sagas.cancelAnnotation(principal, { jobId: id, plan: user.plan, genome: job.genome });
        await sagas.startErasure(principal, id);
      });
      return c.json({ code: 202 as const, status: 'success' as const, job_id: id }, 202);
    },
  );

  routes.openapi(
    createRoute({
      method: 'put',
      path: '/annotations/{job_id}/retention',
      middleware: [authenticate('annotations:write')] as const,
      request: { params: jobParam, body: jsonBody(http.setRetention) },
      responses: answers({ 202: { job_id: z.uuid() } }, [401, 403, 404, 409, 422]),
      summary: 'Set how long from now the result stays live: the owner may shorten it, an administrator lengthen it',
    }),
    async (c) => {
      const caller = c.get('caller');
      const { id, job } = await ownJob(deps, caller, c.req.valid('param').job_id);
      const { retention_seconds } = c.req.valid('json');
      // What is archived or erased cannot be kept longer or shorter: that is for the saga to say.
      const ending = job.resultState === 'live' ? job.resultExpiresAt?.getTime() : undefined;
      // The clocks of client, gateway and saga differ a little: asking twice for the same is no lengthening.
      const isLonger = ending !== undefined && Date.now() + retention_seconds * 1000 > ending + TOLERANCE_MS;
      if (caller.user.role !== 'admin' && isLonger) {
        throw new VarloomError('forbidden', 'Only an administrator can keep a result longer.');
      }
      if (!hasEnded(job.status)) throw new VarloomError('result_not_ready', 'There is no result yet.');
      await sagas.setRetention(caller.principal, id, retention_seconds);
      return c.json({ code: 202 as const, status: 'success' as const, job_id: id }, 202);
    },
  );

  return routes;

  /** The request is committed: if Temporal does not answer now, the Schedule tells it later. */
  async function told(tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      deps.logger.warn({ err: error }, 'saga not told; the schedule will tell it');
    }
  }
}

/** The same request, whatever the order of its fields. */
function hashRequest(request: z.infer<typeof http.createAnnotation>): string {
  const canonical = JSON.stringify([request.input_file, request.genome ?? null, request.consequence_mode ?? null]);
  return createHash('sha256').update(canonical).digest('hex');
}
