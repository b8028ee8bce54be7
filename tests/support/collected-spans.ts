// Spans of this very process, collected as they would leave it. Tracing is of the whole process: once a test file.

import { context, trace, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createLogger } from '../../process/log.ts';
import { parseSettings } from '../../process/settings.ts';
import { traceWith, type Tracing } from '../../process/tracing.ts';
import { tracingSettings } from '../../process/tracing-settings.ts';

export interface CollectedSpans {
  tracing: Tracing;
  /** All that have ended since the last `clear`. */
  spans: () => Promise<ReadableSpan[]>;
  clear: () => Promise<void>;
  /** Does `work` within a span, as a request or an activity is. */
  within: <T>(name: string, work: (span: Span) => Promise<T>) => Promise<T>;
}

export function collectSpans(environment: Record<string, string> = {}): CollectedSpans {
  const exporter = new InMemorySpanExporter();
  const settings = parseSettings(tracingSettings, environment);
  const tracing = traceWith(exporter, 'test', settings, createLogger('test', 'silent'));
  return {
    tracing,
    async spans() {
      await tracing.processor.forceFlush();
      return exporter.getFinishedSpans();
    },
    async clear() {
      // What has ended and was not exported yet would come later.
      await tracing.processor.forceFlush();
      exporter.reset();
    },
    async within(name, work) {
      const span = trace.getTracer('test').startSpan(name);
      try {
        return await context.with(trace.setSpan(context.active(), span), () => work(span));
      } finally {
        span.end();
      }
    },
  };
}
