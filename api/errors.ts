// The one place where errors become HTTP answers.

import { HTTPException } from 'hono/http-exception';
import type { ErrorHandler, NotFoundHandler } from 'hono';
import { httpStatusOf, remedyOf, VarloomError } from '../domain/errors.ts';
import type { ErrorBody } from '../domain/http.ts';
import type { Logger } from '../process/main.ts';
import type { Env } from './context.ts';

export function errorAnswer(error: VarloomError, requestId: string): ErrorBody {
  return {
    code: httpStatusOf(error.type),
    status: 'error',
    error: {
      type: error.type,
      message: `${error.message} ${remedyOf(error.type)}`,
      ...(error.details ? { details: error.details } : {}),
      request_id: requestId,
    },
  };
}

export function handleErrors(logger: Logger): ErrorHandler<Env> {
  return (thrown, c) => {
    const requestId = c.get('requestId');
    const error = errorOf(thrown, logger, requestId);
    if (error.type === 'unauthenticated') c.header('WWW-Authenticate', 'Bearer');
    if (error.type === 'unavailable') c.header('Retry-After', '5');
    return c.json(errorAnswer(error, requestId), httpStatusOf(error.type));
  };
}

/** What may be told of whatever was thrown. What nobody expected is logged. */
export function errorOf(thrown: Error, logger: Logger, requestId: string): VarloomError {
  const error = expected(thrown);
  if (error.type === 'internal') logger.error({ err: thrown, requestId }, 'request failed');
  return error;
}

export const handleNotFound: NotFoundHandler<Env> = (c) =>
  c.json(
    errorAnswer(
      new VarloomError('not_found', `There is nothing at ${c.req.method} ${c.req.path}.`),
      c.get('requestId'),
    ),
    404,
  );

function expected(thrown: Error): VarloomError {
  if (thrown instanceof VarloomError) return thrown;
  if (thrown instanceof HTTPException) {
    if (thrown.status === 413) return new VarloomError('body_too_large', 'The request body is too large.');
    if (thrown.status < 500) return new VarloomError('bad_request', thrown.message || 'The request cannot be read.');
  }
  if (isConnectionError(thrown)) return new VarloomError('unavailable', 'A service that is needed does not answer.');
  return new VarloomError('internal', 'Something went wrong on our side.');
}

/** SQLSTATE classes of a server that is down, full, starting or stopping, or gave up one of two that met; gRPC's deadline exceeded and unavailable. */
const UNAVAILABLE_SQLSTATE = /^(08...|53...|57P0[1-5]|55000|40001|40P01)$/;
const UNAVAILABLE_GRPC = new Set([4, 14]);

function isConnectionError(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number' && UNAVAILABLE_GRPC.has(code)) return true;
  if (typeof code === 'string') {
    if (/^(ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|CONNECT|CONNECTION_)/.test(code)) return true;
    if (UNAVAILABLE_SQLSTATE.test(code)) return true;
  }
  if (error.name === 'TimeoutError' || ('$fault' in error && error.$fault === 'server')) return true;
  return isConnectionError(error.cause, depth + 1);
}
