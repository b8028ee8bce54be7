// What a person is told who could not sign in. The address names one of these reasons, and never the words: a link that a
// stranger wrote cannot make this page say anything else.

import type { SignInFailure } from '../../../api/auth/sign-in-failure.ts';

export interface Words {
  title: string;
  message: string;
}

const words: Record<SignInFailure, Words> = {
  expired: {
    title: 'This sign-in is over',
    message:
      'It was begun too long ago, in another browser, or was finished before. Signing in again takes you on. If it keeps happening, allow cookies for this site.',
  },
  cancelled: {
    title: 'The sign-in was cancelled',
    message: 'You, or the sign-in service, stopped it. Nothing was changed.',
  },
  refused: {
    title: 'The sign-in was not completed',
    message: 'The answer of the sign-in service could not be verified. Sign in again.',
  },
  email_missing: {
    title: 'Your e-mail address is missing',
    message:
      'The sign-in service did not tell your e-mail address, and results are announced by e-mail. Allow it to share the address, then sign in again.',
  },
  email_unverified: {
    title: 'Your e-mail address is not verified',
    message: 'Follow the link that the sign-in service sent to your address, then sign in again.',
  },
  unavailable: {
    title: 'The sign-in service does not answer',
    message: 'Wait a moment, then sign in again.',
  },
  failed: {
    title: 'Signing in failed',
    message: 'Something went wrong on our side. Sign in again; if it goes on, report the request to the operator.',
  },
};

export interface Failure {
  reason: SignInFailure;
  /** Where the person wanted to be: a path of this site, which the gateway checks again. */
  return_to: string;
  /** For the operator, who finds the request in the logs by it. */
  request?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the address says; anything unknown in it is a failure without a known reason. */
export function failureOf(search: Record<string, unknown>): Failure {
  const { reason, return_to: returnTo, request } = search;
  return {
    reason: isReason(reason) ? reason : 'failed',
    return_to: typeof returnTo === 'string' && /^\/(?![/\\])/.test(returnTo) ? returnTo : '/',
    ...(typeof request === 'string' && UUID.test(request) ? { request } : {}),
  };
}

export const wordsOf = (reason: SignInFailure): Words => words[reason];

function isReason(value: unknown): value is SignInFailure {
  return typeof value === 'string' && Object.hasOwn(words, value);
}
