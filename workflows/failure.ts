// What a failed step means to the owner, read from the failure that Temporal hands to the workflow; and failures of a
// workflow's own.

import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import { isErrorType, type ErrorDetails, type ErrorType } from '../domain/errors.ts';

export interface DescribedFailure {
  /** True when the input is at fault and the service did its work by saying so. */
  isRefusal: boolean;
  error: { type: ErrorType; message: string; details?: ErrorDetails };
}

/** The type of what an activity refused; undefined when it failed otherwise. */
export function refusalTypeOf(error: unknown): ErrorType | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type && isErrorType(cause.type) ? cause.type : undefined;
}

/** `what` failed: its name in the message, and its type when the failure has none that is known. */
export function describeFailure(
  error: unknown,
  what: { name: string; type: ErrorType } = { name: 'annotation', type: 'engine_failed' },
): DescribedFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type && isErrorType(cause.type)) {
    const details = detailsOf(cause.details?.[0]);
    return {
      isRefusal: cause.type.startsWith('input_'),
      error: { type: cause.type, message: cause.message, ...(details ? { details } : {}) },
    };
  }
  const message =
    cause instanceof TimeoutFailure
      ? `A step of the ${what.name} took longer than is allowed.`
      : `A step of the ${what.name} failed, and trying again did not help.`;
  return { isRefusal: false, error: { type: what.type, message } };
}

/** For what the workflow itself refuses or gives up: trying again cannot help. */
export const failureOf = (type: ErrorType, message: string): ApplicationFailure =>
  ApplicationFailure.create({ type, message, nonRetryable: true });

function detailsOf(value: unknown): ErrorDetails | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const plain = Object.entries(value).filter(
    (entry): entry is [string, string | number | boolean | null] =>
      entry[1] === null || ['string', 'number', 'boolean'].includes(typeof entry[1]),
  );
  return plain.length > 0 ? Object.fromEntries(plain) : undefined;
}
