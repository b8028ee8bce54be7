// Traces through workflows: the spans and headers of the SDK's own interceptors, which would bring all of OpenTelemetry into
// each run's sandbox. A run or handler that was called with a trace makes spans, and what it calls continues the trace.
//
// Nothing here changes what a run does or in which order: each call is made at once, and its own promise is handed back.
// Ids are not taken from the run's random numbers. So every history replays with traces and without.

import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry';
import {
  AsyncLocalStorage,
  ContinueAsNew,
  isCancellation,
  proxySinks,
  workflowInfo,
  type WorkflowInboundCallsInterceptor,
  type WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { placeFromHeaders, withTraceHeader, type TracePlace } from '../temporal/trace-header.ts';
import { continuedTrace } from './continued-trace.ts';
import { createSpanIds } from './span-ids.ts';

type SpanOfWorkflow = Parameters<OpenTelemetrySinks['exporter']['export']>[0][number];
type HrTime = SpanOfWorkflow['startTime'];

const STATUS = { unset: 0, ok: 1, error: 2 } as const;
const INTERNAL = 0;

const active = new AsyncLocalStorage<TracePlace>();

/** One pair a run. */
export function createTracing(): {
  inbound: WorkflowInboundCallsInterceptor;
  outbound: WorkflowOutboundCallsInterceptor;
} {
  const nextSpanId = createSpanIds();

  /** `work` is given where it is in the trace. Its promise is watched, and handed back as it is. */
  function traced<T>(name: string, parent: TracePlace, work: (place: TracePlace) => Promise<T>): Promise<T> {
    if (parent.traceFlags === 0) return active.run(parent, () => work(parent));
    const place: TracePlace = { ...parent, spanId: nextSpanId() };
    const startedAt = Date.now();
    const end = (outcome: Pick<SpanOfWorkflow, 'status' | 'attributes'>) =>
      send({ ...spanFrom(name, place, startedAt), parentSpanId: parent.spanId, ...outcome });
    const result = active.run(place, () => work(place));
    result.then(
      () => end({ status: { code: STATUS.ok }, attributes: {} }),
      (error: unknown) => end(outcomeOfFailure(error)),
    );
    return result;
  }

  const called = <T>(name: string, headers: Parameters<typeof placeFromHeaders>[0], work: () => Promise<T>) => {
    const caller = placeFromHeaders(headers);
    return caller ? traced(name, caller, work) : work();
  };

  /** A call of another, which is told where it is in the trace. */
  const calling = <Input extends { headers: Parameters<typeof withTraceHeader>[0] }, T>(
    name: string,
    input: Input,
    next: (input: Input) => Promise<T>,
  ): Promise<T> => {
    const place = active.getStore();
    if (!place) return next(input);
    return traced(name, place, (own) => next({ ...input, headers: withTraceHeader(input.headers, own) }));
  };

  return {
    inbound: {
      execute: (input, next) => called(`RunWorkflow:${workflowInfo().workflowType}`, input.headers, () => next(input)),
      handleSignal: (input, next) => called(`HandleSignal:${input.signalName}`, input.headers, () => next(input)),
      handleUpdate: (input, next) => called(`HandleUpdate:${input.name}`, input.headers, () => next(input)),
    },
    outbound: {
      scheduleActivity: (input, next) => calling(`StartActivity:${input.activityType}`, input, next),
      scheduleLocalActivity: (input, next) => calling(`StartActivity:${input.activityType}`, input, next),
      startChildWorkflowExecution(input, next) {
        const earlier = continuedTrace();
        if (earlier) return next({ ...input, headers: withTraceHeader(input.headers, earlier) });
        return calling(`StartChildWorkflow:${input.workflowType}`, input, next);
      },
      signalWorkflow: (input, next) => calling(`SignalWorkflow:${input.signalName}`, input, next),
      continueAsNew: (input, next) => calling(`ContinueAsNew:${input.options.workflowType}`, input, next),
      getLogAttributes(input, next) {
        const place = active.getStore();
        return next(place ? { trace_id: place.traceId, span_id: place.spanId, ...input } : input);
      },
    },
  };
}

/** The worker adds the ids of workflow and run. A replay sends nothing: its spans were sent. */
function send(span: SpanOfWorkflow): void {
  if (workflowInfo().unsafe.isReplaying) return;
  proxySinks<OpenTelemetrySinks>().exporter.export([span]);
}

function spanFrom(name: string, place: TracePlace, startedAt: number): Omit<SpanOfWorkflow, 'status' | 'attributes'> {
  const endedAt = Date.now();
  return {
    name,
    kind: INTERNAL,
    spanContext: place,
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    ended: true,
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    instrumentationLibrary: { name: 'varloom' },
  };
}

/** Seconds and nanoseconds. */
const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), (ms % 1000) * 1_000_000];

/** Going on in a new run is no failure, and being cancelled is none. */
function outcomeOfFailure(error: unknown): Pick<SpanOfWorkflow, 'status' | 'attributes'> {
  if (error instanceof ContinueAsNew) return { status: { code: STATUS.ok }, attributes: {} };
  const type = error instanceof Error ? error.name : typeof error;
  const code = isCancellation(error) ? STATUS.unset : STATUS.error;
  return { status: { code }, attributes: { 'error.type': type } };
}
