// Is this process alive, and can it serve?

import { createRoute, z } from '@hono/zod-openapi';
import { VarloomError } from '../../domain/errors.ts';
import { errorBody } from '../../domain/http.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { errorAnswer } from '../errors.ts';
import { PUBLIC } from '../openapi.ts';

const CHECK_TIMEOUT_MS = 3_000;
/** Load balancers of several zones ask at once, and anyone may: what they ask about is not asked more often than this. */
const ANSWER_LIFE_MS = 1_000;

const ok = { code: z.literal(200), status: z.literal('ok') };
const dependencies = z.record(z.string(), z.enum(['ok', 'down']));
const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

export function healthRoutes(deps: Dependencies) {
  const checks: Record<string, () => Promise<unknown>> = {
    postgres: () => deps.database.ping(),
    temporal: () => deps.sagas.ping(),
    // An object that is not there is an answer.
    store: () => deps.store.head({ bucket: 'inputs', key: 'health' }),
  };

  const current = shared(() =>
    Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)] as const)),
  );
  const routes = createRoutes();

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/health',
      security: PUBLIC,
      responses: { 200: { description: 'The process is alive', content: json(z.object(ok)) } },
      summary: 'Whether this process is alive',
    }),
    (c) => c.json({ code: 200 as const, status: 'ok' as const }, 200),
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
      const states = await current();
      const down = states.filter(([, state]) => state === 'down').map(([name]) => name);
      if (deps.stopping.aborted) down.push('gateway (stopping)');
      const named = Object.fromEntries(states);
      if (down.length === 0) {
        return c.json({ code: 200 as const, status: 'ok' as const, dependencies: named }, 200);
      }
      const error = new VarloomError('unavailable', `Not ready: ${down.join(', ')}.`);
      return c.json({ ...errorAnswer(error, c.get('requestId')), dependencies: named }, 503);
    },
  );

  return routes;
}

/** Who asks while `look` is under way, or within a second after it, gets the same answer. */
function shared<T>(look: () => Promise<T>): () => Promise<T> {
  let latest: { answer: Promise<T>; endedAt: number } | undefined;
  return () => {
    if (latest && performance.now() - latest.endedAt < ANSWER_LIFE_MS) return latest.answer;
    const mine = { answer: look(), endedAt: Number.POSITIVE_INFINITY };
    latest = mine;
    return mine.answer.finally(() => {
      mine.endedAt = performance.now();
    });
  };
}

async function stateOf(check: () => Promise<unknown>): Promise<'ok' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([
      check().then(
        () => 'ok' as const,
        () => 'down' as const,
      ),
      timeout,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
