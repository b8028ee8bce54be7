// The HTTP application of the codec server: `POST /decode`, as the Temporal UI and command line ask it of a remote data
// encoder. Who asks is known, each decoding is in the audit log before it is answered. It encodes nothing: who may read
// histories may not make what sagas take for theirs.

import { ValueError, type Payload } from '@temporalio/common';
import protocol from '@temporalio/proto';
import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { routePath } from 'hono/route';
import { errorAnswer, errorOf } from '../api/errors.ts';
import { observeRequests } from '../api/observing.ts';
import { httpStatusOf, VarloomError } from '../domain/errors.ts';
import { actorOf, type Principal } from '../domain/principal.ts';
import { KeyRefused } from '../kms/key-service.ts';
import type { Logger } from '../process/main.ts';
import type { HttpMetrics } from '../process/metrics-http.ts';
import type { Readiness } from '../process/operations-readiness.ts';
import type { EncryptingCodec, ReadPayload } from '../temporal/payload-codec.ts';
import type { Audit, Asked } from './audit.ts';
import type { FindOperator } from './operators.ts';
import type { RequestRate } from './request-rate.ts';
import type { CodecSettings } from './settings.ts';

const BODY_LIMIT_BYTES = 8 * 1024 ** 2;
const PAYLOADS_LIMIT = 2_000;
/** What a caller may name: of a namespace, and of workflow ids, which are made of names and ids. Nothing else gets into the log. */
const NAME = /^[\w:./-]{1,200}$/;

const PayloadsMessage = protocol.temporal.api.common.v1.Payloads;

export interface CodecParts {
  settings: Pick<CodecSettings, 'CODEC_CORS_ORIGIN' | 'TRACE_ACCEPT_PARENT'>;
  codec: Pick<EncryptingCodec, 'read'>;
  findOperator: FindOperator;
  /** By operator. */
  rate: RequestRate;
  audit: Audit;
  readiness: Readiness;
  logger: Logger;
  httpMetrics?: HttpMetrics | undefined;
}

interface Env {
  Variables: { requestId: string; operator: Principal };
}

export function createCodecApp(parts: CodecParts): Hono<Env> {
  const { settings, codec, findOperator, rate, audit, logger } = parts;
  const app = new Hono<Env>();

  app.use(observeRequests(logger, { acceptsParent: settings.TRACE_ACCEPT_PARENT, principalOf: knownOperator }));
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    c.header('X-Content-Type-Options', 'nosniff');
    parts.httpMetrics?.began();
    const startedAt = performance.now();
    await next();
    const seconds = (performance.now() - startedAt) / 1000;
    parts.httpMetrics?.answered({ method: c.req.method, route: routePath(c), status: c.res.status, seconds });
  });
  app.get('/health', (c) => c.json({ code: 200, status: 'ok' }));
  app.get('/health/ready', async (c) => {
    const { isReady, dependencies } = await parts.readiness();
    if (isReady) return c.json({ code: 200, status: 'ok', dependencies });
    const error = new VarloomError('unavailable', 'Something that is needed does not answer.');
    return c.json({ ...errorAnswer(error, c.get('requestId')), dependencies }, 503);
  });

  app.use(
    cors({
      origin: settings.CODEC_CORS_ORIGIN,
      allowMethods: ['POST'],
      allowHeaders: ['content-type', 'authorization', 'authorization-extras', 'x-namespace', 'x-workflow-id'],
      credentials: true,
      maxAge: 600,
    }),
  );
  app.use(async (c, next) => {
    c.set('operator', await findOperator(c));
    rate(actorOf(c.get('operator')));
    await next();
  });
  app.use(
    bodyLimit({
      maxSize: BODY_LIMIT_BYTES,
      onError: () => {
        throw new VarloomError('body_too_large', `The request body is larger than ${BODY_LIMIT_BYTES} bytes.`);
      },
    }),
  );
  app.post('/decode', async (c) => {
    const payloads = await payloadsOf(c);
    const read = await codec.read(payloads).catch((cause: unknown) => {
      throw isAboutPayloads(cause) ? undecodable(cause) : unavailable(cause);
    });
    await audit(c.get('operator'), asked(c, read));
    return c.json(PayloadsMessage.create({ payloads: read.map(({ payload }) => payload) }).toJSON());
  });

  app.notFound((c) => {
    const error = new VarloomError('not_found', `There is nothing at ${c.req.method} ${c.req.path}.`);
    return c.json(errorAnswer(error, c.get('requestId')), 404);
  });
  app.onError((thrown, c) => {
    const requestId = c.get('requestId');
    const error = errorOf(thrown, logger, requestId);
    logger.warn({ type: error.type, requestId, err: error.cause }, 'refused');
    if (error.type === 'unauthenticated') c.header('WWW-Authenticate', 'Bearer');
    return c.json(errorAnswer(error, requestId), httpStatusOf(error.type));
  });
  return app;
}

/** Undefined until it is known that they are an operator. */
function knownOperator(c: Context): Principal | undefined {
  const { operator }: Partial<Env['Variables']> = c.var;
  return operator;
}

async function payloadsOf(c: Context): Promise<Payload[]> {
  let payloads: Payload[];
  try {
    ({ payloads = [] } = PayloadsMessage.fromObject(await c.req.json()));
  } catch (cause) {
    if (cause instanceof VarloomError) throw cause;
    throw undecodable(cause);
  }
  if (payloads.length <= PAYLOADS_LIMIT) return payloads;
  throw new VarloomError('bad_request', `There are more than ${PAYLOADS_LIMIT} payloads.`);
}

/** No more than that: why, only the log says. */
const undecodable = (cause: unknown) =>
  new VarloomError('bad_request', 'These payloads cannot be decoded.', undefined, { cause });

const unavailable = (cause: unknown) =>
  new VarloomError('unavailable', 'Payloads cannot be decoded now.', undefined, { cause });

/** Whatever else went wrong, such as a key service that does not answer or is asked too often, may be over soon. */
const isAboutPayloads = (cause: unknown) => cause instanceof ValueError || cause instanceof KeyRefused;

const named = (text: string | undefined) => (text !== undefined && NAME.test(text) ? text : undefined);

/**
 * Whose payloads they are, they say themselves: the caller could name any workflow. Their word counts for what has no owner in
 * it (a history from before owners were kept), and is recorded as theirs.
 */
function asked(c: Context, read: readonly ReadPayload[]): Asked[] {
  const namespace = named(c.req.header('X-Namespace')) ?? 'unknown';
  const byOwner = Map.groupBy(read, ({ owner }) => owner);
  return [...byOwner].map(([owner, { length: payloads }]) =>
    owner === undefined
      ? { namespace, workflowId: named(c.req.header('X-Workflow-Id')), namedBy: 'caller', payloads }
      : { namespace, workflowId: owner, namedBy: 'payloads', payloads },
  );
}
