// The expiry of new API keys.

import { expect, test } from 'vitest';
import { expiryAfterDays } from './expiry.ts';

test('a key expires whole days later, in UTC', () => {
  expect(expiryAfterDays(30, new Date('2026-02-01T08:00:00Z'))).toBe('2026-03-03T08:00:00.000Z');
});
