// What every request leaves behind for operators: an id, a span, and a line in the log. The codec server has it too.

import { randomUUID } from 'node:crypto';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Context as Request } from 'hono';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { actorOf, type Principal } from '../domain/principal.ts';
import { withLogContext } from '../process/log.ts';
import type { Logger } from '../process/main.ts';

/** Asked every few seconds by machines: a line each would hide the others, and a trace would tell nothing. */
const isProbe = (path: string): boolean => path.startsWith('/health') || path === '/metrics';

interface Observed {
  Variables: { requestId: string };
}

export interface Observing {
  /**
   * Whether `traceparent` is believed. It says which trace a request belongs to and whether that is kept, and comes before
   * anyone is known: with it a stranger could have every request of theirs traced, or none.
   */
  acceptsParent: boolean;
  /** Who asked, once the answer is there. Nobody is known where the route asks for nobody, or refused them. */
  principalOf: (c: Request) => Principal | undefined;
}

export const observeRequests = (logger: Logger, { acceptsParent, principalOf }: Observing) =>
  createMiddleware<Observed>(async (c, next) => {
    const requestId = randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    const startedAt = performance.now();
    const observed = async (span?: Span) => {
      await next();
      const told = { ...outcomeOf(c, principalOf(c)), durationMs: Math.round(performance.now() - startedAt) };
      if (span) tellSpan(span, requestId, told);
      logger[isProbe(c.req.path) ? 'debug' : 'info'](told, 'request');
    };
    await withLogContext({ requestId }, () => {
      if (isProbe(c.req.path)) return observed();
      const parent = acceptsParent ? callersContext(c.req.header('traceparent')) : ROOT_CONTEXT;
      return inRequestSpan(c, parent, observed);
    });
  });

interface Outcome {
  method: string;
  /** The route's pattern, never the address: ids are in it, and what people type. */
  route: string;
  status: number;
  principalId: string | undefined;
  requestBytes: number | undefined;
  responseBytes: number | undefined;
}

function outcomeOf(c: Request, principal: Principal | undefined): Outcome {
  return {
    method: c.req.method,
    route: routePath(c),
    status: c.res.status,
    principalId: principal && actorOf(principal),
    requestBytes: bytesOf(c.req.header('Content-Length')),
    responseBytes: bytesOf(c.res.headers.get('Content-Length')),
  };
}

const bytesOf = (header: string | null | undefined): number | undefined =>
  header != null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

async function inRequestSpan(c: Request, parent: Context, work: (span: Span) => Promise<void>): Promise<void> {
  const span = trace.getTracer('varloom').startSpan(c.req.method, { kind: SpanKind.SERVER }, parent);
  try {
    await context.with(trace.setSpan(parent, span), () => work(span));
  } finally {
    span.end();
  }
}

/** W3C trace context, without the state that callers may send along. */
function callersContext(traceparent: string | undefined): Context {
  return traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}

function tellSpan(span: Span, requestId: string, { method, route, status, principalId }: Outcome): void {
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    'varloom.request_id': requestId,
    ...(principalId === undefined ? {} : { 'varloom.principal_id': principalId }),
  });
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}
