// Which principal an activity acts for: read from the headers of its call, and at hand while it runs.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { system, type Principal } from '../domain/principal.ts';
import { principalFromHeaders } from '../temporal/principal-header.ts';

const acting = new AsyncLocalStorage<Principal>();

export const principalInterceptor: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: (input, next) => acting.run(principalFromHeaders(input.headers) ?? system('temporal'), () => next(input)),
  },
});

/** The principal of the activity that calls this. */
export function currentPrincipal(): Principal {
  const principal = acting.getStore();
  if (!principal) throw new Error('no activity is running here');
  return principal;
}
