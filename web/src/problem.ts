// What a person is told when something goes wrong: what happened, what to do, and where to go.

import { isErrorType, remedyOf, type ErrorType } from '../../domain/errors.ts';
import { ApiError, type Job } from './api.ts';
import { countOf } from './text/format.ts';

export interface Problem {
  title: string;
  message: string;
  remedy?: string;
  /** Named parts of the problem: the fields of a refused request, the line of a refused file. */
  details: { name: string; value: string }[];
  /** For the operator, who finds the request in the logs by it. */
  requestId?: string;
  /** A page of ours where the way out begins. */
  way?: { label: string; to: '/annotate' | '/billing' | '/jobs' };
}

/** Where the Free plan ends, and Premium begins. */
export const UPGRADE = { label: 'See your plan and how to upgrade', to: '/billing' } as const;

/** Whether what an address names is not there for this person; an address that no id can have is refused (422). */
export const isNotThere = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 422);

/** Whether the same request may have another answer: what is not allowed stays so. */
export const mayBeRetried = (error: unknown): boolean => !(error instanceof ApiError && error.status === 403);

/** Makes a problem of whatever was thrown. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof ApiError) return problemOfApiError(thrown);
  if (thrown instanceof Error) {
    return { title: 'Something went wrong', message: thrown.message, remedy: remedyOf('internal'), details: [] };
  }
  return { title: 'Something went wrong', message: String(thrown), details: [] };
}

function problemOfApiError(error: ApiError): Problem {
  const remedy = remedyFor(error);
  const problem: Problem = {
    title: titleOf(error),
    message: withoutRemedy(error.message, apiRemedyOf(error) ?? remedy),
    details: detailsOf(error.details).filter(({ name }) => !isSaid(error, name)),
  };
  if (remedy !== undefined) problem.remedy = remedy;
  if (error.requestId !== undefined) problem.requestId = error.requestId;
  if (error.type === 'upgrade_required' || error.type === 'result_archived') problem.way = UPGRADE;
  return problem;
}

/** The remedy says it in words that is there in seconds; messages of refusals name the roles, and what was refused. */
function isSaid(error: ApiError, detail: string): boolean {
  return (
    ['sign_in_again', 'rate_limited'].includes(error.type) ||
    (error.status === 403 && ['operation', 'roles'].includes(detail))
  );
}

/** The API's messages end with the remedy, which is shown on a line of its own here. */
export function withoutRemedy(message: string, remedy: string | undefined): string {
  if (remedy === undefined || !message.endsWith(remedy)) return message;
  return message.slice(0, -remedy.length).trimEnd();
}

/** What a job keeps of why it, or its restore, failed. */
export function problemOfJob(title: string, { type, message, remedy, details }: NonNullable<Job['error']>): Problem {
  return {
    title,
    message: withoutRemedy(message, remedy),
    remedy,
    details: [...detailsOf(details), { name: 'error code', value: type }],
  };
}

/** The API's own remedies speak to programs and operators too; where they do, these are for who looks at a page. */
const REMEDIES_HERE: Partial<Record<ErrorType, string>> = {
  invalid_request: 'Correct what is named, and try again.',
  bad_request: 'Load the page again, then repeat it.',
  idempotency_key_reused: 'Load the page again, then repeat it.',
  unauthenticated: 'Sign in again, then repeat it.',
  result_not_ready: 'Wait until the job is completed.',
  rate_limited: 'Wait a minute, then try again.',
  claimed: 'Ask them to give it back, or wait until their claim ends.',
  billing_not_configured: 'Ask the operator of this installation.',
};

const apiRemedyOf = ({ type }: ApiError): string | undefined => (isErrorType(type) ? remedyOf(type) : undefined);

function remedyFor(error: ApiError): string | undefined {
  const seconds = error.details?.['retry_after_seconds'];
  if (error.type === 'rate_limited' && typeof seconds === 'number') {
    return `Wait ${countOf(seconds, 'second')}, then try again.`;
  }
  if (isErrorType(error.type)) return REMEDIES_HERE[error.type] ?? remedyOf(error.type);
  if (error.type === 'unreachable') return 'Check your network connection and try again.';
  if (error.type === 'unexpected_answer') return 'Load the page again; if it goes on, tell the operator.';
  return undefined;
}

function titleOf(error: ApiError): string {
  switch (error.type) {
    case 'unreachable':
      return 'No connection';
    case 'upgrade_required':
      return 'Your plan does not allow this';
    case 'result_archived':
      return 'The result is archived';
    case 'result_restoring':
      return 'The result is being restored';
    case 'unauthenticated':
      return 'You are signed out';
    case 'sign_in_again':
      return 'Your sign-in is too old for a signature';
    case 'wrong_role':
      return 'Your role does not allow this';
    case 'result_changed':
      return 'The result has changed since you opened this page';
    case 'already_decided':
      return 'Somebody has decided already';
    case 'same_person':
      return 'You have decided at another level';
    case 'sample_closed':
      return 'The review of this sample has ended';
    case 'claimed':
      return 'Somebody else has claimed this sample';
    case 'barcode_taken':
      return 'The barcode is taken';
    case 'webhook_url_refused':
      return 'The address is refused';
    case 'held':
      return 'The data are held';
    case 'already_premium':
      return 'You have Premium already';
    case 'billing_not_configured':
      return 'This installation takes no payments yet';
  }
  if (error.status === 404) return 'Not found';
  if (error.status === 403) return 'Not allowed';
  if (error.status === 409) return 'Not possible now';
  if (error.status === 429) return 'Too many requests';
  if (error.status >= 500) return 'The service has a problem';
  return 'The request was refused';
}

/** Details of an error as readable pairs; nested values are shown as JSON rather than lost. */
export function detailsOf(details: Record<string, unknown> | undefined): Problem['details'] {
  return Object.entries(details ?? {}).map(([name, value]) => ({
    name: name.replaceAll('_', ' '),
    value: typeof value === 'object' && value !== null ? readableValue(value) : String(value),
  }));
}

function readableValue(value: object): string {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.join('; ');
  return JSON.stringify(value);
}
