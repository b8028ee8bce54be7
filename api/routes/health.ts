// Is this process alive, and can it serve?

import { VarloomError } from '../../domain/errors.ts';
import { createRoutes, type Dependencies } from '../context.ts';
import { errorAnswer } from '../errors.ts';

const CHECK_TIMEOUT_MS = 3_000;

export function healthRoutes(deps: Dependencies) {
  const checks: Record<string, () => Promise<unknown>> = {
    postgres: () => deps.database.ping(),
    temporal: () => deps.sagas.ping(),
    // An object that is not there is an answer.
    store: () => deps.store.head({ bucket: 'inputs', key: 'health' }),
  };

  return createRoutes()
    .get('/health', (c) => c.json({ code: 200, status: 'ok' }))
    .get('/health/ready', async (c) => {
      const states = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await stateOf(check)] as const),
      );
      const dependencies = Object.fromEntries(states);
      const down = states.filter(([, state]) => state === 'down').map(([name]) => name);
      if (deps.stopping.aborted) down.push('gateway (stopping)');
      if (down.length === 0) return c.json({ code: 200, status: 'ok', dependencies });
      const error = new VarloomError('unavailable', `Not ready: ${down.join(', ')}.`);
      return c.json({ ...errorAnswer(error, c.get('requestId')), dependencies }, 503);
    });
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
