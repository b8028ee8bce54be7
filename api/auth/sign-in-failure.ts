// Why a person could not sign in, as the page of that name is told: one word of a closed set, so that no link can make our
// page say what a stranger wrote.

import type { VarloomError } from '../../domain/errors.ts';

export const SIGN_IN_FAILURES = [
  /** Not begun in this browser, begun too long ago, or finished before. */
  'expired',
  /** The person, or the sign-in service for them, said no. */
  'cancelled',
  /** The sign-in service's answer does not prove who signed in. */
  'refused',
  'email_missing',
  'email_unverified',
  'unavailable',
  'failed',
] as const;
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];

/** The address of the page; `returnTo` is where the person wanted to be. */
export function signInFailedPage(error: VarloomError, returnTo: string, requestId: string): string {
  const query = new URLSearchParams({ reason: reasonOf(error), return_to: returnTo, request: requestId });
  return `/sign-in-failed?${query.toString()}`;
}

function reasonOf({ type, details }: VarloomError): SignInFailure {
  const reason = SIGN_IN_FAILURES.find((known) => known === details?.['reason']);
  if (reason) return reason;
  if (type === 'unavailable') return 'unavailable';
  return type === 'unauthenticated' ? 'refused' : 'failed';
}
