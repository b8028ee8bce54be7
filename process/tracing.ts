// Traces by OpenTelemetry: `startTracing` once a process, before anything is traced. Spans are collected and sent in the
// background; who receives them being slow or away changes nothing but a line in the log.

import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from './log.ts';
import { AllowListExporter } from './span-attributes.ts';
import { spanDestination, type SpanDestination, type TracingSettings } from './tracing-settings.ts';

export interface Tracing {
  /** For spans that are made elsewhere: those of workflows. */
  processor: SpanProcessor;
  resource: Resource;
  /** Sends what is left, for 3 s at the most. */
  stop(): Promise<void>;
}

/** What waits to be sent at the most: some 4 MB. What is beyond is lost. */
const QUEUE_SPANS = 4096;
const SEND_EVERY_MS = 1_000;
const STOP_MS = 3_000;
const COMPLAIN_EVERY_MS = 60_000;

/**
 * Undefined when the settings name no exporter: then nothing is traced, and the calls that would make spans cost nothing.
 * `service`: the name of this process, unless OTEL_SERVICE_NAME says otherwise.
 */
export function startTracing(service: string, settings: TracingSettings, logger: Logger): Tracing | undefined {
  const destination = spanDestination(settings);
  if (!destination) return undefined;
  return traceWith(exporterTo(destination, settings), service, settings, logger);
}

/** Apart from `startTracing` for tests that collect the spans themselves. */
export function traceWith(exporter: SpanExporter, service: string, settings: TracingSettings, logger: Logger): Tracing {
  const timeoutMs = settings.OTEL_EXPORTER_OTLP_TIMEOUT;
  const processor = new BatchSpanProcessor(new AllowListExporter(exporter), {
    maxQueueSize: QUEUE_SPANS,
    scheduledDelayMillis: SEND_EVERY_MS,
    exportTimeoutMillis: timeoutMs,
  });
  const resource = new Resource({
    ...settings.OTEL_RESOURCE_ATTRIBUTES,
    'service.name': settings.OTEL_SERVICE_NAME ?? service,
  });
  const provider = new BasicTracerProvider({ resource, sampler: samplerOf(settings), spanProcessors: [processor] });
  // Trace context alone: baggage is what callers write, and would travel everywhere.
  provider.register({
    propagator: new W3CTraceContextPropagator(),
    contextManager: new AsyncLocalStorageContextManager().enable(),
  });
  setGlobalErrorHandler(complainNowAndThen(logger));

  return {
    processor,
    resource,
    async stop() {
      const late = new Promise<void>((resolve) => void setTimeout(resolve, STOP_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

function exporterTo(destination: SpanDestination, settings: TracingSettings): SpanExporter {
  if (destination.kind === 'console') return new ConsoleSpanExporter();
  const { url, protocol } = destination;
  const Exporter = protocol === 'http/json' ? JsonExporter : ProtobufExporter;
  return new Exporter({
    url,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    timeoutMillis: settings.OTEL_EXPORTER_OTLP_TIMEOUT,
  });
}

function samplerOf({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share = 1 }: TracingSettings): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(share);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) });
  }
}

/** The receiver being away is one line a minute. Its answers are not logged: who knows what is in them. */
function complainNowAndThen(logger: Logger): (fault: unknown) => void {
  let quietUntil = 0;
  return (fault) => {
    const now = Date.now();
    if (now < quietUntil) return;
    quietUntil = now + COMPLAIN_EVERY_MS;
    const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
    const reason = typeof code === 'string' || typeof code === 'number' ? String(code) : 'no answer';
    logger.warn({ reason }, 'spans could not be sent: some of them are lost');
  };
}
