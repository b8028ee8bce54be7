// Limits, parts and refusals of an upload.

import { describe, expect, test } from 'vitest';
import { mayRetryPart, partRanges, problemOfStoreAnswer, refusalOf } from './plan.ts';

const free = { plan: 'free', limitBytes: 1000 } as const;
const premium = { plan: 'premium', limitBytes: 5000 } as const;

describe('refusalOf', () => {
  test('a file at the limit may go, one byte more may not', () => {
    expect(refusalOf({ name: 'a.vcf', size: 1000 }, free)).toBeNull();
    expect(refusalOf({ name: 'a.vcf', size: 1001 }, free)?.title).toBe('The file is too large');
  });

  test('one byte too many is told in bytes, since both sizes round to the same', () => {
    const refused = refusalOf({ name: 'a.vcf', size: 10_485_761 }, { plan: 'free', limitBytes: 10_485_760 });
    expect(refused?.message).toBe(
      'It has 10,485,761 bytes and is larger than the 10,485,760 bytes that your plan allows for one file.',
    );
  });

  test('only those whom an upgrade helps are sent to it', () => {
    expect(refusalOf({ name: 'a.vcf', size: 6000 }, free)?.way?.to).toBe('/billing');
    const refused = refusalOf({ name: 'a.vcf', size: 6000 }, premium);
    expect(refused?.way).toBeUndefined();
    expect(refused?.remedy).not.toContain('Premium');
  });

  test('an empty file is refused before it travels', () => {
    expect(refusalOf({ name: 'a.vcf', size: 0 }, free)?.title).toBe('The file is empty');
  });
});

describe('partRanges', () => {
  const parts = [3, 1, 2].map((number) => ({ number, url: `part-${number}` }));

  test('covers every byte once, in the order of the numbers', () => {
    expect(partRanges(25, 10, parts)).toEqual([
      { number: 1, url: 'part-1', startByte: 0, endByte: 10 },
      { number: 2, url: 'part-2', startByte: 10, endByte: 20 },
      { number: 3, url: 'part-3', startByte: 20, endByte: 25 },
    ]);
  });

  test('leaves out parts that no byte is left for', () => {
    expect(partRanges(20, 10, parts).map((range) => range.number)).toEqual([1, 2]);
  });

  test('refuses a plan that would lose the end of the file', () => {
    expect(() => partRanges(31, 10, parts)).toThrow('too few parts');
  });
});

test('a refusal is not tried again, a lost or busy answer is', () => {
  expect([0, 408, 429, 500, 503].every(mayRetryPart)).toBe(true);
  expect([400, 403, 404, 412].some(mayRetryPart)).toBe(false);
});

describe('problemOfStoreAnswer', () => {
  const xml = (code: string, message: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

  test('too large names the limit and the upgrade', () => {
    const problem = problemOfStoreAnswer(400, xml('EntityTooLarge', 'Your proposed upload exceeds'), free);
    expect(problem.message).toContain('1000 B');
    expect(problem.way?.to).toBe('/billing');
  });

  test.each([
    [400, xml('ExpiredToken', 'The provided token has expired.')],
    [403, xml('AccessDenied', 'Invalid according to Policy: Policy expired.')],
  ])('HTTP %d for an expired permission says to try again', (status, body) => {
    expect(problemOfStoreAnswer(status, body, free)).toMatchObject({
      title: 'The permission to upload has expired',
      remedy: expect.stringContaining('Try again'),
    });
  });

  test('another refusal shows the code of the store', () => {
    const problem = problemOfStoreAnswer(403, xml('AccessDenied', 'Access Denied'), free);
    expect(problem.message).toBe('Access Denied');
    expect(problem.details).toEqual([{ name: 'store answer', value: 'HTTP 403, AccessDenied' }]);
  });

  test('an answer that is no XML still says something', () => {
    expect(problemOfStoreAnswer(502, 'gateway', free).message).toBe('The store answered with HTTP 502.');
  });

  test('a busy store asks for patience', () => {
    expect(problemOfStoreAnswer(503, xml('SlowDown', 'Reduce your rate'), free).remedy).toContain('Wait');
  });
});
