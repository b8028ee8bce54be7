// A workflow of the service's own that starts a saga late, for somebody whose request is long answered: the saga continues the
// trace of that request.

import { AsyncLocalStorage } from '@temporalio/workflow';
import { placeFromTraceparent, type TracePlace } from '../temporal/trace-header.ts';

const continued = new AsyncLocalStorage<TracePlace>();

/** Children that are started within `work` continue the trace of this W3C `traceparent`; null where there was no trace. */
export function continuingTrace<T>(traceparent: string | null | undefined, work: () => Promise<T>): Promise<T> {
  const place = typeof traceparent === 'string' ? placeFromTraceparent(traceparent) : undefined;
  return place ? continued.run(place, work) : work();
}

export const continuedTrace = (): TracePlace | undefined => continued.getStore();
