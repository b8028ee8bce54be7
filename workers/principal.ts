// Which principal an activity acts for: read from the headers of its call, and at hand while it runs. Its log lines say so.

import { AsyncLocalStorage } from 'node:async_hooks';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { actorOf, system, type Principal } from '../domain/principal.ts';
import { withLogContext } from '../process/log.ts';
import { principalFromHeaders } from '../temporal/principal-header.ts';
import { isRefused } from '../temporal/refused.ts';

const acting = new AsyncLocalStorage<Principal>();

export const principalInterceptor: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute(input, next) {
      if (input.args.some(isRefused)) {
        throw ApplicationFailure.nonRetryable(
          'Refused: the arguments were not encrypted with our keys.',
          'not_encrypted',
        );
      }
      const principal = principalFromHeaders(input.headers) ?? system('temporal');
      const { activityType: activity, attempt, workflowExecution: { workflowId, runId } = {} } = info;
      const context = { principalId: actorOf(principal), workflowId, runId, activity, attempt };
      return withLogContext(context, () => acting.run(principal, () => next(input)));
    },
  },
});

/** The principal of the activity that calls this. */
export function currentPrincipal(): Principal {
  const principal = acting.getStore();
  if (!principal) throw new Error('no activity is running here');
  return principal;
}
