// Spans of what we ask of others: a child of the request or activity that asks, and nothing at all where there is none.
// What may be said in attributes is listed in `span-attributes.ts`; whatever else is set does not leave the process.

import { context, propagation, SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/** `Service operation`, and what it is about: ids and words of closed sets. */
export interface Call {
  name: string;
  attributes: Attributes;
}

/** A span that is a child of the one that is active, for as long as `work` takes. `span` is undefined where nobody traces. */
export async function inSpan<T>({ name, attributes }: Call, work: (span?: Span) => Promise<T>): Promise<T> {
  if (!trace.getActiveSpan()?.isRecording()) return work();
  return trace.getTracer('varloom').startActiveSpan(name, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Of an error, its kind: a message may quote a file or a person. */
export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
}

/** The active span as a W3C `traceparent`, for what goes on elsewhere or later. Undefined where nobody collects spans. */
export function activeTraceparent(): string | undefined {
  if (!trace.getActiveSpan()?.isRecording()) return undefined;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}
