// What the page for failed sign-ins makes of its address.

import { expect, test } from 'vitest';
import { SIGN_IN_FAILURES } from '../../../api/auth/sign-in-failure.ts';
import { failureOf, wordsOf } from './sign-in-failure.ts';

test.for(SIGN_IN_FAILURES)('%s is told in words of its own', (reason) => {
  expect(failureOf({ reason })).toEqual({ reason, return_to: '/' });
  const others = SIGN_IN_FAILURES.filter((other) => other !== reason).map((other) => wordsOf(other).title);
  expect(others).not.toContain(wordsOf(reason).title);
  expect(wordsOf(reason).message).toMatch(/^[A-Z].*\.$/);
});

test('the way back and the request are kept', () => {
  const address = { reason: 'expired', return_to: '/jobs?a=b', request: '2f1f2a52-2c5e-4a44-9d0a-3b3f4b0a1c11' };
  expect(failureOf(address)).toEqual(address);
});

test.for([
  { reason: 'Your account was hacked, call us' },
  { reason: 'toString' },
  { reason: 7 },
  {},
  { reason: 'failed', return_to: 'https://elsewhere.test/' },
  { reason: 'failed', return_to: '//elsewhere.test/' },
  { reason: 'failed', return_to: '/\\elsewhere.test' },
  { reason: 'failed', request: 'call this number' },
])('a stranger cannot write on it: %j', (search) => {
  expect(failureOf(search)).toEqual({ reason: 'failed', return_to: '/' });
});
