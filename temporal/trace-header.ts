// The trace in Temporal's headers, as the SDK's own interceptors write and read it. Who is called without it is not traced.

import { defaultPayloadConverter, type Headers } from '@temporalio/common';

const HEADER = '_tracer-data';

/** Where in which trace: the caller's span. */
export interface TracePlace {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  /** 1: somebody collects the spans of this trace. */
  traceFlags: number;
}

export const carriesTrace = (headers: Headers): boolean => headers[HEADER] !== undefined;

/** Undefined when the headers carry no trace, or none that can be read. */
export function placeFromHeaders(headers: Headers): TracePlace | undefined {
  const payload = headers[HEADER];
  if (!payload) return undefined;
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  if (typeof value !== 'object' || value === null || !('traceparent' in value)) return undefined;
  return typeof value.traceparent === 'string' ? placeFromTraceparent(value.traceparent) : undefined;
}

export const withTraceHeader = (headers: Headers, place: TracePlace): Headers => ({
  ...headers,
  [HEADER]: defaultPayloadConverter.toPayload({ traceparent: traceparentOf(place) }),
});

/** W3C trace context, version 00. */
export function placeFromTraceparent(text: string): TracePlace | undefined {
  const [, traceId, spanId, flags] = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}

export const traceparentOf = ({ traceId, spanId, traceFlags }: TracePlace): string =>
  `00-${traceId}-${spanId}-0${traceFlags}`;
