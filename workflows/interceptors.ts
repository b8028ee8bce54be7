// Carries the principal through every workflow: from the headers that started it to the activities, children and
// signals that it sends; and the trace, where there is one. Turns down what was not written with our keys. Bundled with the workflows; Temporal finds it by the name `interceptors`.

import { log, workflowInfo, type WorkflowInterceptors, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { system, type Principal } from '../domain/principal.ts';
import { actingPrincipal } from './acting.ts';
import { refusalOf, refusalOfId } from './forgeries.ts';
import { principalFromHeaders, withPrincipalHeader } from '../temporal/principal-header.ts';
import { attributeKey, organizationOf, shownAtStart } from '../temporal/shown-at-start.ts';
import { taskTimeoutSeconds } from '../temporal/task-timeout.ts';
import { summaryOf } from './summaries.ts';
import { createTracing } from './tracing.ts';

const ORGANIZATION = attributeKey('OrganizationId');

export const interceptors: WorkflowInterceptorsFactory = (): WorkflowInterceptors => {
  let principal: Principal = system('temporal');
  const tracing = createTracing();
  return {
    inbound: [
      tracing.inbound,
      {
        execute(input, next) {
          const refusal = refusalOf(input.args) ?? refusalOfId();
          if (refusal) return Promise.reject(refusal); // thrown, it would fail the task, which is tried for ever
          principal = principalFromHeaders(input.headers) ?? principal;
          return next(input);
        },
        validateUpdate(input, next) {
          const refusal = refusalOf(input.args);
          if (refusal) throw refusal;
          next(input);
        },
        handleUpdate(input, next) {
          // One without a validator comes here at once.
          const refusal = refusalOf(input.args);
          return refusal ? Promise.reject(refusal) : next(input);
        },
        handleSignal(input, next) {
          if (!refusalOf(input.args)) return next(input);
          log.warn('A signal was dropped: it was not encrypted with our keys');
          return Promise.resolve();
        },
        handleQuery(input, next) {
          const refusal = refusalOf(input.args);
          return refusal ? Promise.reject(refusal) : next(input);
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
        startChildWorkflowExecution(input, next) {
          const starter = actingPrincipal() ?? principal;
          const organization = organizationOf(starter) ?? workflowInfo().typedSearchAttributes.get(ORGANIZATION);
          const shown = shownAtStart(input.workflowType, input.options, organization);
          const seconds = taskTimeoutSeconds(input.workflowType);
          const options = seconds === undefined ? shown : { ...shown, workflowTaskTimeout: seconds * 1000 };
          return next({ ...input, options, headers: withPrincipalHeader(input.headers, starter) });
        },
        signalWorkflow: (input, next) => next({ ...input, headers: withPrincipalHeader(input.headers, principal) }),
      },
    ],
  };
};
