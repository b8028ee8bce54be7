// Requests by the pattern of their route, never by their address: ids are in it, and what people type.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Told of every request. */
export interface HttpMetrics {
  began(): void;
  /** `route` is a pattern of the application; `seconds` is until the answer began. */
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const registers = [registry];
  const labelNames = ['method', 'route', 'status'] as const;
  const inFlight = new Gauge({
    name: 'varloom_http_requests_in_flight',
    help: 'Requests whose answer has not begun.',
    registers,
  });
  const seconds = new Histogram({
    name: 'varloom_http_request_duration_seconds',
    help: 'From the request to the beginning of its answer, by route pattern, method and class of status (2xx …).',
    labelNames,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const failures = new Counter({
    name: 'varloom_http_server_errors_total',
    help: 'Answers that say that the fault is ours, by status.',
    labelNames,
    registers,
  });
  return {
    began: () => inFlight.inc(),
    answered({ method, route, status, seconds: taken }) {
      inFlight.dec();
      // A method is whatever the client writes.
      const known = METHODS.has(method) ? method : 'other';
      seconds.observe({ method: known, route, status: `${Math.floor(status / 100)}xx` }, taken);
      if (status >= 500) failures.inc({ method: known, route, status: String(status) });
    },
  };
}
