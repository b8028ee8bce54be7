// How a route says what it takes and answers, so that /openapi.json tells the truth.

import type { z } from '@hono/zod-openapi';
import { errorBody, success } from '../domain/http.ts';

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
});

/** For routes that anyone may call. */
export const PUBLIC: Record<string, string[]>[] = [];

/** For routes that programs call with a service token. */
export const SERVICE: Record<string, string[]>[] = [{ service: [] }];

type Shapes = Partial<Record<200 | 201 | 202, z.ZodRawShape>>;
type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

/** Any route may answer with these. */
const ANY_ROUTE: readonly ErrorStatus[] = [400, 413, 415, 429, 500, 503];

type Answers<S extends Shapes> = {
  [Status in keyof S & number]: {
    description: string;
    content: { 'application/json': { schema: ReturnType<typeof success<Status, NonNullable<S[Status]>>> } };
  };
};

const DESCRIPTIONS: Record<ErrorStatus, string> = {
  400: 'The request cannot be read',
  401: 'Nobody is signed in, or the token or key is not valid',
  403: 'Not allowed: `error.type` says why',
  404: 'Not there, or not yours',
  409: 'The state of the thing forbids it: `error.type` says why',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'The request is not valid: `error.details` names the fields',
  429: 'Too many requests, or too many at once: the header `Retry-After` says when to try again',
  500: 'Something went wrong on our side: report `error.request_id`',
  503: 'A service that is needed does not answer',
};

/** The answers of a route: bodies of success by status, and the statuses that an error may have. */
export function answers<const S extends Shapes>(shapes: S, errors: readonly ErrorStatus[]): Answers<S> {
  const entries: [string, unknown][] = Object.entries(shapes).map(([status, shape]) => [
    status,
    {
      description: 'Success',
      content: { 'application/json': { schema: success(Number(status), shape ?? {}) } },
    },
  ]);
  for (const status of new Set([...errors, ...ANY_ROUTE])) {
    entries.push([
      String(status),
      { description: DESCRIPTIONS[status], content: { 'application/json': { schema: errorBody } } },
    ]);
  }
  // Built key by key from `shapes`. Error answers are documented here and typed nowhere: routes throw them.
  return Object.fromEntries(entries) as Answers<S>;
}
