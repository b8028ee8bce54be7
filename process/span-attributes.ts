// What leaves the process in spans. Everybody who may see traces sees it, so that it is ids of ours, words of closed sets
// and numbers. It is held to the list at the exporter: there all spans pass, those of libraries too.

import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

export const SPAN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'error.type',
  // A request, and who makes it.
  'http.request.method',
  'http.route',
  'http.response.status_code',
  'varloom.request_id',
  'varloom.principal_id',
  'varloom.job_id',
  // A call of another service.
  'rpc.system',
  'rpc.service',
  'rpc.method',
  'db.system',
  'db.operation.name',
  'server.address',
  'server.port',
  // As the interceptors of Temporal say it.
  'temporalWorkflowId',
  'temporalActivityId',
  'temporalUpdateId',
  'run_id',
]);

/** The spans of a workflow come with all that the SDK knows of it; the ids are called as in the other spans. */
const ALIASES: Readonly<Record<string, string>> = { workflowId: 'temporalWorkflowId', runId: 'run_id' };

const VALUE_LIMIT = 200;

/** Passes on what is on the list, without events, links and messages of errors. */
export class AllowListExporter implements SpanExporter {
  readonly #exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans.map(publicPartOf), done);
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

function publicPartOf(span: ReadableSpan): ReadableSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  // Without the trace state: it is what callers send along.
  const spanContext: SpanContext = { traceId, spanId, traceFlags };
  const attributes = { ...allowedAttributes(span.attributes), ...errorTypeOf(span) };
  return {
    name: span.name.slice(0, VALUE_LIMIT),
    kind: span.kind,
    spanContext: () => spanContext,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: { code: span.status.code },
    attributes,
    links: [],
    events: [],
    resource: span.resource,
    instrumentationLibrary: span.instrumentationLibrary,
    // What is left out is left out on purpose.
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function allowedAttributes(given: Attributes): Attributes {
  const attributes: Attributes = {};
  for (const [key, value] of Object.entries(given)) {
    const name = ALIASES[key] ?? key;
    if (!SPAN_ATTRIBUTES.has(name)) continue;
    if (typeof value === 'string') attributes[name] = value.slice(0, VALUE_LIMIT);
    else if (typeof value === 'number' || typeof value === 'boolean') attributes[name] = value;
  }
  return attributes;
}

/** Temporal's interceptors record the whole exception: of it, the name of its class. */
function errorTypeOf(span: ReadableSpan): Attributes {
  const type = span.events.find(({ name }) => name === 'exception')?.attributes?.['exception.type'];
  return typeof type === 'string' && /^[\w.:-]{1,80}$/.test(type) ? { 'error.type': type } : {};
}
