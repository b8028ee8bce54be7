// What a job made: links to the result, its log and provenance, and the stream of the job's progress.

import { addAbortListener } from 'node:events';
import { createRoute, z } from '@hono/zod-openapi';
import { accepts } from 'hono/accepts';
import { streamSSE } from 'hono/streaming';
import type { JobView } from '../../db/jobs.ts';
import { liveKeyOf } from '../../db/results.ts';
import { VarloomError } from '../../domain/errors.ts';
import * as http from '../../domain/http.ts';
import { hasEnded } from '../../domain/jobs.ts';
import { resultFileKey } from '../../domain/result-files.ts';
import type { Authenticate } from '../auth/authenticate.ts';
import { createRoutes, type ApiContext, type Dependencies } from '../context.ts';
import { answers } from '../openapi.ts';
import { jobParam, ownJob } from './annotations.ts';
import { jobEventOf } from './job-view.ts';
import { linkToKey } from './result-links.ts';

const LINK_SECONDS = 15 * 60;
/** Proxies close a stream that is silent for a minute. */
const KEEP_ALIVE_MS = 20_000;
/** Each change of a job is read once for every stream that watches it; a program may watch many. */
const STREAMS_PER_USER = 300;

/** By the last part of the address. */
const FILES = { result: 'vcf', index: 'index', log: 'log', provenance: 'provenance' } as const;
type FileKind = keyof typeof FILES;

export function resultRoutes(deps: Dependencies, authenticate: Authenticate) {
  const routes = createRoutes();
  const openStreams = new Map<string, number>();

  for (const kind of ['result', 'index', 'log', 'provenance'] as const) {
    routes.openapi(
      createRoute({
        method: 'get',
        path: `/annotations/{job_id}/${kind}`,
        middleware: [authenticate('annotations:read')] as const,
        request: { params: jobParam },
        responses: {
          ...answers({ 200: http.downloadLink.shape }, [401, 403, 404, 409]),
          302: { description: 'To the file in the store; a program that accepts JSON gets the link instead' },
        },
        summary: `A link to the job's ${kind}, valid for ${LINK_SECONDS / 60} minutes`,
      }),
      async (c) => {
        const view = await ownJob(deps, c.get('caller'), c.req.valid('param').job_id);
        const url = await linkTo(kind, view);
        if (!prefersJson(c)) return c.redirect(url, 302);
        const expires_at = new Date(Date.now() + LINK_SECONDS * 1000).toISOString();
        return c.json({ code: 200 as const, status: 'success' as const, url, expires_at }, 200);
      },
    );
  }

  const events = createRoute({
    method: 'get',
    path: '/annotations/{job_id}/events',
    middleware: [authenticate('annotations:read')] as const,
    request: { params: jobParam },
    responses: {
      ...answers({}, [401, 404, 429]),
      200: {
        description:
          'Events `job`, whose data are JSON: the first tells the state as it is. After the last one comes `end`',
        content: {
          'text/event-stream': { schema: z.string(), example: 'event: job\ndata: {"job_status":"RUNNING"}\n\n' },
        },
      },
    },
    summary: 'The state and progress of a job as they change, until it ends',
  });
  routes.openapi(events, async (c) => {
    const caller = c.get('caller');
    const { id } = await ownJob(deps, caller, c.req.valid('param').job_id);
    const open = openStreams.get(caller.user.userId) ?? 0;
    if (open >= STREAMS_PER_USER) {
      throw new VarloomError('too_many_requests', `You watch ${open} jobs at once already.`, { open });
    }
    openStreams.set(caller.user.userId, open + 1);
    // A proxy that collects an answer before it passes it on would hide the progress.
    c.header('X-Accel-Buffering', 'no');
    return streamSSE(c, async (stream) => {
      const changes = new Changes();
      const stopWatching = deps.jobWatch.subscribe(id, () => changes.note());
      const keepAlive = setInterval(() => void stream.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
      const stop = () => changes.end();
      stream.onAbort(stop);
      // An open connection may still ask while the gateway stops; the abort is past then.
      const listening = addAbortListener(deps.stopping, stop);
      try {
        while (await changes.next()) {
          const event = jobEventOf(await ownJob(deps, caller, id));
          await stream.writeSSE({ event: 'job', data: JSON.stringify(event) });
          if (hasEnded(event.job_status)) {
            await stream.writeSSE({ event: 'end', data: '' });
            break;
          }
        }
      } finally {
        clearInterval(keepAlive);
        stopWatching();
        listening[Symbol.dispose]();
        const left = (openStreams.get(caller.user.userId) ?? 1) - 1;
        if (left > 0) openStreams.set(caller.user.userId, left);
        else openStreams.delete(caller.user.userId);
      }
    });
  });

  return routes;

  function linkTo(kind: FileKind, { job }: JobView): Promise<string> {
    if (job.resultState === 'deleted') throw new VarloomError('result_deleted', 'The data of this job were erased.');
    if (job.resultState === null || job.resultPrefix === null) {
      throw new VarloomError(
        hasEnded(job.status) ? 'no_result' : 'result_not_ready',
        `The job has no ${kind}: it is ${job.status}.`,
      );
    }
    if (kind === 'result') refuseUnlessLive(job);
    const file = FILES[kind];
    // What is not archived stays under the prefix, wherever a restore has put the result.
    const key = (kind === 'result' ? liveKeyOf(job) : null) ?? resultFileKey(job.resultPrefix, file);
    const named = job.fileName.replace(/\.vcf(\.b?gz)?$/i, '');
    return linkToKey(deps.presigner, key, file, { named, expirySeconds: LINK_SECONDS });
  }

  function refuseUnlessLive({ resultState }: JobView['job']): void {
    switch (resultState) {
      // While it is being archived, the live copy may go at any moment.
      case 'archiving':
      case 'archived':
        throw new VarloomError('result_archived', 'The result is archived.', {
          upgrade_url: `${deps.settings.PUBLIC_URL}/billing`,
        });
      case 'restoring':
        throw new VarloomError('result_restoring', 'The result is being restored from the archive.');
      default:
    }
  }
}

/** By the header alone: a browser that follows a link says that it wants HTML, and most programs that they take anything. */
function prefersJson(c: ApiContext): boolean {
  const supports = ['application/json', 'text/html', 'text/plain', 'application/gzip', 'application/octet-stream'];
  return accepts(c, { header: 'Accept', supports, default: 'text/html' }) === 'application/json';
}

/** Waits for changes one by one; changes that come while one is being told become a single one. */
class Changes {
  #isNoted = true;
  #isOver = false;
  #wake: (() => void) | undefined;

  note(): void {
    this.#isNoted = true;
    this.#wake?.();
  }

  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  /** True when something changed; false when nobody listens any more. */
  async next(): Promise<boolean> {
    while (!this.#isNoted && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isNoted = false;
    return !this.#isOver;
  }
}
