// The one place where a failed update of a saga becomes an error of ours: by the type of the failure, wherever in the
// chain it is.

import {
  ApplicationFailure,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { isErrorType, VarloomError, type ErrorDetails } from '../domain/errors.ts';
import { GRPC, grpcStatusOf } from '../temporal/grpc-status.ts';

/**
 * How long a request waits for the answer of a saga at the most; what has been taken by then is done all the same. The first
 * task of a saga on another worker replays its history, which has been seen to take 12 s on a machine with too much to do.
 */
export const UPDATE_TIMEOUT_MS = 13_000;

/** What is not about the update stays as it is. `unanswered` is said when the saga has not answered in time. */
export function refusalOf(error: unknown, unanswered: string): unknown {
  if (error instanceof WorkflowUpdateFailedError) {
    for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof ApplicationFailure && cause.type && isErrorType(cause.type)) {
        return new VarloomError(cause.type, cause.message, detailsOf(cause), { cause: error });
      }
    }
    // Its saga ended before it could answer.
    return new VarloomError('unavailable', 'The request could not be finished.', undefined, { cause: error });
  }
  if (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    error instanceof WorkflowNotFoundError ||
    isOfEndedSaga(error)
  ) {
    return new VarloomError('unavailable', unanswered, undefined, { cause: error });
  }
  return error;
}

/** So the server answers an update that meets the end of its saga. */
const isOfEndedSaga = (error: unknown): boolean =>
  error instanceof ServiceError && grpcStatusOf(error.cause) === GRPC.FAILED_PRECONDITION;

/** As `temporal/failures.ts` wrote them: flat. */
function detailsOf({ details }: ApplicationFailure): ErrorDetails | undefined {
  const first: unknown = details?.[0];
  if (typeof first !== 'object' || first === null) return undefined;
  const told: ErrorDetails = {};
  for (const [name, value] of Object.entries(first)) if (isTellable(value)) told[name] = value;
  return told;
}

const isTellable = (value: unknown): value is ErrorDetails[string] =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
