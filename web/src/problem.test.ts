// What people are told about errors, and that no error is lost on the way.

import { describe, expect, test } from 'vitest';
import { remedyOf } from '../../domain/errors.ts';
import { ApiError, readEnvelope } from './api.ts';
import { detailsOf, isNotThere, mayBeRetried, problemOf } from './problem.ts';

const answer = (status: number, body: unknown) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

describe('readEnvelope', () => {
  test('gives the body of a success', async () => {
    const body = { code: 201, status: 'success', job_id: 'j' };
    expect(await readEnvelope(answer(201, body))).toEqual(body);
  });

  test('an error keeps its type, details and request', async () => {
    const error = { type: 'held', message: 'In a delivery.', details: { delivery: 'd' }, request_id: 'r-1' };
    const thrown = await readEnvelope(answer(409, { code: 409, status: 'error', error })).catch((e: unknown) => e);
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({ status: 409, type: 'held', requestId: 'r-1', details: { delivery: 'd' } });
  });

  test('a failed job is a good answer, though it has an error inside', async () => {
    const body = { code: 200, status: 'success', job_status: 'FAILED', error: { type: 'input_empty', message: 'm' } };
    expect(await readEnvelope(answer(200, body))).toEqual(body);
  });

  test.each([
    [502, '<html>Bad gateway</html>'],
    [200, '<html>Somebody else’s sign-in page</html>'],
    [200, { status: 'ok' }],
    [500, { error: 'text' }],
  ])('HTTP %d with %j is no answer of the API', async (status, body) => {
    await expect(readEnvelope(answer(status, body))).rejects.toMatchObject({ status, type: 'unexpected_answer' });
  });
});

describe('problemOf', () => {
  test('a sign-in that is too old for a signature is named, without seconds', () => {
    const details = { max_age_seconds: 900 };
    const problem = problemOf(new ApiError(401, 'sign_in_again', 'The sign-in is too old.', { details }));
    expect(problem).toMatchObject({ title: 'Your sign-in is too old for a signature', details: [] });
    expect(problem.remedy).toContain('Sign in again');
  });

  test.each([
    ['billing_not_configured', 'Ask the operator of this installation.'],
    ['rate_limited', 'Wait a minute, then try again.'],
  ] as const)('what the API tells programs or operators about %s is told people in other words', (type, remedy) => {
    const problem = problemOf(new ApiError(503, type, `Not now. ${remedyOf(type)}`, {}));
    expect(problem).toMatchObject({ message: 'Not now.', remedy });
  });

  test('how long to wait is said in words, once', () => {
    const details = { limit_per_minute: 600, retry_after_seconds: 12 };
    const problem = problemOf(new ApiError(429, 'rate_limited', '600 requests a minute are allowed.', { details }));
    expect(problem).toMatchObject({ remedy: 'Wait 12 seconds, then try again.', details: [] });
  });

  test('a refused request names its fields and what to do', () => {
    const problem = problemOf(
      new ApiError(422, 'invalid_request', 'Two fields are wrong.', {
        details: { file_name: 'too long', scopes: ['unknown', 'empty'] },
        requestId: 'r-2',
      }),
    );
    expect(problem).toEqual({
      title: 'The request was refused',
      message: 'Two fields are wrong.',
      remedy: 'Correct what is named, and try again.',
      details: [
        { name: 'file name', value: 'too long' },
        { name: 'scopes', value: 'unknown; empty' },
      ],
      requestId: 'r-2',
    });
  });

  test('the remedy is not told twice', () => {
    const remedy = remedyOf('result_not_archived');
    const problem = problemOf(new ApiError(409, 'result_not_archived', `There is no result yet. ${remedy}`));
    expect(problem).toMatchObject({ message: 'There is no result yet.', remedy });
  });

  test('what is not allowed is told once, and not asked again', () => {
    const details = { operation: 'audit.read', roles: ['admin'], scope: 'account' };
    const refused = new ApiError(403, 'forbidden', 'Your role is member; this is for: admin.', { details });
    expect(problemOf(refused).details).toEqual([{ name: 'scope', value: 'account' }]);
    expect([mayBeRetried(refused), isNotThere(refused)]).toEqual([false, false]);
  });

  test.each([
    [404, 'not_found', true],
    [422, 'invalid_request', true],
    [503, 'unavailable', false],
    [0, 'unreachable', false],
  ])('HTTP %d %s: not there is %s', (status, type, isMissing) => {
    expect(isNotThere(new ApiError(status, type, 'No.'))).toBe(isMissing);
  });

  test.each(['upgrade_required', 'result_archived'])('%s leads to the plan', (type) => {
    expect(problemOf(new ApiError(403, type, 'No.')).way?.to).toBe('/billing');
  });

  test('no answer at all is told as such', () => {
    const problem = problemOf(new ApiError(0, 'unreachable', 'The service could not be reached.'));
    expect(problem.title).toBe('No connection');
    expect(problem.remedy).toContain('try again');
  });

  test('a type that these pages do not know still shows its message', () => {
    const problem = problemOf(new ApiError(409, 'brand_new_type', 'Something new forbids it.'));
    expect(problem).toEqual({ title: 'Not possible now', message: 'Something new forbids it.', details: [] });
  });

  test('a plain error is told too', () => {
    expect(problemOf(new RangeError('too few parts')).message).toBe('too few parts');
    expect(problemOf('text').message).toBe('text');
  });
});

test('nested details are shown, not lost', () => {
  expect(detailsOf({ first: { line: 3 }, count: 2, missing: null })).toEqual([
    { name: 'first', value: '{"line":3}' },
    { name: 'count', value: '2' },
    { name: 'missing', value: 'null' },
  ]);
  expect(detailsOf(undefined)).toEqual([]);
});
