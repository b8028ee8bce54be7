// The one place where an expected error becomes a Temporal failure: its type is kept, and it is not retried.

import { ApplicationFailure } from '@temporalio/common';
import { VarloomError } from '../domain/errors.ts';

/** What an activity throws for `error`. Unexpected errors stay as they are, and Temporal tries again. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof VarloomError)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: error.type,
    nonRetryable: true,
    details: error.details ? [error.details] : [],
    cause: error,
  });
}
