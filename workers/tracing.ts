// Traces through Temporal, on the side of the workers: an activity continues the trace that its call carries, and the spans
// of workflows, which cannot send anything themselves, are handed out of the sandbox.

import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  type OpenTelemetrySinks,
} from '@temporalio/interceptors-opentelemetry';
import { carriesTrace } from '../temporal/trace-header.ts';
import type { Tracing } from '../process/tracing.ts';

/** Activities of workflows that nobody traces, as those of the Schedules, are not traced either. */
export const activityTraceInterceptor: ActivityInterceptorsFactory = (activity) => {
  const traced = new OpenTelemetryActivityInboundInterceptor(activity);
  return {
    inbound: {
      execute: (input, next) => (carriesTrace(input.headers) ? traced.execute(input, next) : next(input)),
    },
  };
};

/** Also where this worker does not trace: a workflow that another process traces makes its spans all the same. */
export function workflowSpanSinks(tracing: Tracing | undefined): InjectedSinks<OpenTelemetrySinks> {
  return {
    exporter: tracing ? makeWorkflowExporter(tracing.processor, tracing.resource) : { export: { fn: () => {} } },
  };
}
