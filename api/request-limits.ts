// What a request may be before any route looks at it: how large its body, of which kind, and how often from one address.

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { VarloomError } from '../domain/errors.ts';
import type { Dependencies, Env } from './context.ts';
import type { LimitName } from './rate-limits.ts';

const KIB = 1024;
/** Files go to the store: what comes here are names, numbers and comments. */
const USUAL_BODY_BYTES = 128 * KIB;

/** Addresses whose bodies are larger by nature. */
const BODY_BYTES: readonly [RegExp, number][] = [
  // Ten thousand parts of a multipart upload.
  [/^\/uploads\/[^/]+\/complete$/, 2048 * KIB],
  // Ten thousand samples.
  [/^\/deliveries$/, 1024 * KIB],
  // Whole objects of the payment service; SNS sends 256 KiB at the most.
  [/^\/webhooks\/(stripe|storage)$/, 1024 * KIB],
];

/** How many bytes the body of a request to this path may have. */
export const bodyLimitBytes = (path: string): number =>
  BODY_BYTES.find(([address]) => address.test(path))?.[1] ?? USUAL_BODY_BYTES;

/** @throws VarloomError `body_too_large` */
export function limitBodies(): MiddlewareHandler<Env> {
  const refuse = (limit: number): never => {
    throw new VarloomError('body_too_large', `The request body is larger than ${limit} bytes.`, { limit_bytes: limit });
  };
  const counting = new Map(
    [USUAL_BODY_BYTES, ...BODY_BYTES.map(([, limit]) => limit)].map((limit) => [
      limit,
      bodyLimit({ maxSize: limit, onError: () => refuse(limit) }),
    ]),
  );
  return (c, next) => {
    if (['GET', 'HEAD'].includes(c.req.method) && !announcesBody(c.req.raw.headers)) return next();
    const limit = bodyLimitBytes(c.req.path);
    // Node holds a body to its announced length. To count it as well takes a stream, which costs more than most routes do.
    const announced = c.req.header('Content-Length');
    const isCounted = announced === undefined || c.req.header('Transfer-Encoding') !== undefined;
    if (isCounted) return counting.get(limit)?.(c, next) ?? next();
    return Number(announced) > limit ? refuse(limit) : next();
  };
}

/** Signed by who sends them, as the kind that these choose. */
const WEBHOOKS = /^\/webhooks\/(stripe|storage)$/;

/**
 * A form of another site can send anything but JSON without asking first: no route of ours reads anything else.
 *
 * @throws VarloomError `unsupported_media_type`
 */
export function refuseOtherThanJson(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (announcesBody(c.req.raw.headers) && !WEBHOOKS.test(c.req.path)) {
      const type = c.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase() ?? '';
      if (type !== 'application/json') {
        throw new VarloomError('unsupported_media_type', 'The body of a request must be JSON.');
      }
    }
    await next();
  };
}

/** Over a connection there is no body without one of them. */
const announcesBody = (headers: Headers): boolean =>
  headers.has('Transfer-Encoding') || Number(headers.get('Content-Length') ?? 0) > 0;

/**
 * What anyone may call, and costs us something. Pages and their assets cost less than counting them would; health is asked
 * by balancers; webhooks come from few addresses, in bursts, and are known by their signatures.
 */
const ANONYMOUS: readonly [path: string, limit: LimitName][] = [
  ['/auth/login', 'signIn'],
  ['/auth/callback', 'signIn'],
  ['/annotate/uploaded', 'address'],
  ['/openapi.json', 'address'],
];

/** @throws VarloomError `rate_limited` */
export function limitAnonymous({
  rateLimits,
  clientNetwork,
}: Pick<Dependencies, 'rateLimits' | 'clientNetwork'>): MiddlewareHandler<Env> {
  const limits = new Map(ANONYMOUS);
  return async (c, next) => {
    const limit = limits.get(c.req.path);
    if (limit !== undefined) await rateLimits.count(c, limit, clientNetwork(c));
    await next();
  };
}
