// Is this process alive, and can it serve?

import { createRoute, z } from '@hono/zod-openapi';
import { VarloomError } from '../../domain/errors.ts';
import { errorBody } from '../../domain/http.ts';
import { createReadiness, type Readiness } from '../../process/operations-readiness.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { errorAnswer } from '../errors.ts';
import { PUBLIC } from '../openapi.ts';

const ok = { code: z.literal(200), status: z.literal('ok') };
const dependencies = z.record(z.string(), z.enum(['ok', 'down']));
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

/** What the gateway needs; while it stops it is not ready, whatever was answered before. */
export function gatewayReadiness(deps: Pick<Dependencies, 'database' | 'sagas' | 'store' | 'stopping'>): Readiness {
  const current = createReadiness({
    postgres: () => deps.database.ping(),
    temporal: () => deps.sagas.ping(),
    // An object that is not there is an answer.
    store: () => deps.store.head({ bucket: 'inputs', key: 'health' }),
  });
  return async () => {
    const answer = await current();
    return { ...answer, isReady: answer.isReady && !deps.stopping.aborted };
  };
}

export function healthRoutes(deps: Dependencies) {
  const readiness = gatewayReadiness(deps);
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      security: PUBLIC,
      responses: {
        200: { description: 'The process is alive', content: json(z.object(ok)) },
        503: { description: 'It is about to stop', content: json(errorBody) },
      },
      summary: 'Whether this process is alive, and is not about to stop',
    }),
    (c) => {
      if (!deps.stopping.aborted) return c.json({ code: 200 as const, status: 'ok' as const }, 200);
      // A proxy that asks here takes this gateway away while it still answers.
      return c.json(errorAnswer(new VarloomError('unavailable', 'The gateway is stopping.'), c.get('requestId')), 503);
    },
  );

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/health/ready',
      security: PUBLIC,
      responses: {
        200: { description: 'All that it needs answers', content: json(z.object({ ...ok, dependencies })) },
        503: { description: 'Something does not', content: json(errorBody.extend({ dependencies })) },
      },
      summary: 'Whether this process can serve: each thing that it depends on, by name',
    }),
    async (c) => {
      const { isReady, dependencies: named } = await readiness();
      if (isReady) return c.json({ code: 200 as const, status: 'ok' as const, dependencies: named }, 200);
      const down = Object.keys(named).filter((name) => named[name] === 'down');
      if (deps.stopping.aborted) down.push('gateway (stopping)');
      const error = new VarloomError('unavailable', `Not ready: ${down.join(', ')}.`);
      return c.json({ ...errorAnswer(error, c.get('requestId')), dependencies: named }, 503);
    },
  );

  return routes;
}
