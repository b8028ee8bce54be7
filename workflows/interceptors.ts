// Carries the principal through every workflow: from the headers that started it to the activities, children and
// signals that it sends; and the trace, where there is one. Bundled with the workflows; Temporal finds it by the name `interceptors`.

import type { WorkflowInterceptors, WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { system, type Principal } from '../domain/principal.ts';
import { actingPrincipal } from './acting.ts';
import { principalFromHeaders, withPrincipalHeader } from '../temporal/principal-header.ts';
import { summaryOf } from './summaries.ts';
import { createTracing } from './tracing.ts';

export const interceptors: WorkflowInterceptorsFactory = (): WorkflowInterceptors => {
  let principal: Principal = system('temporal');
  const tracing = createTracing();
  return {
    inbound: [
      tracing.inbound,
      {
        execute(input, next) {
          principal = principalFromHeaders(input.headers) ?? principal;
          return next(input);
        },
      },
    ],
    outbound: [
      tracing.outbound,
      {
        scheduleActivity(input, next) {
          const summary = summaryOf(input.activityType);
          const options = summary === undefined ? input.options : { summary, ...input.options };
          return next({ ...input, options, headers: withPrincipalHeader(input.headers, principal) });
        },
        scheduleLocalActivity: (input, next) =>
          next({ ...input, headers: withPrincipalHeader(input.headers, principal) }),
        startChildWorkflowExecution: (input, next) =>
          next({ ...input, headers: withPrincipalHeader(input.headers, actingPrincipal() ?? principal) }),
        signalWorkflow: (input, next) => next({ ...input, headers: withPrincipalHeader(input.headers, principal) }),
      },
    ],
  };
};
