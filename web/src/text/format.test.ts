// How sizes, counts and times read.

import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatAnswerTime,
  formatElapsed,
  formatMoment,
  formatMoney,
  formatShare,
} from './format.ts';

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [10_485_760, '10 MiB'],
    // Just above the limit must not read as the limit.
    [10_600_000, '10.11 MiB'],
    [53_687_091_200, '50 GiB'],
    [2 ** 52, '4096 TiB'],
  ])('%d bytes read %s', (sizeBytes, text) => expect(formatBytes(sizeBytes)).toBe(text));
});

test('counts are grouped', () => expect(formatCount(1_234_567)).toBe('1,234,567'));

describe('formatShare', () => {
  test.each([
    [1, 8, '12.5 %'],
    [0, 0, '0 %'],
    [0, 10, '0 %'],
    [1, 1_000_000, '< 0.1 %'],
    [3, 3, '100 %'],
  ])('%d of %d is %s', (part, whole, text) => expect(formatShare(part, whole)).toBe(text));
});

describe('formatMoney', () => {
  test.each([
    [2900, 'eur', '€29.00'],
    [0, 'usd', '$0.00'],
    [2900, 'jpy', '¥2,900'],
    [2900, 'kwd', 'KWD 2.900'],
  ])('%d of %s is %s', (amount, currency, text) =>
    expect(formatMoney(amount, currency, 'en').replaceAll('\u00a0', ' ')).toBe(text),
  );
});

test.each([
  ['Asia/Tokyo', '22 Nov 2026, 08:30 GMT+9'],
  ['Europe/Berlin', '22 Nov 2026, 00:30 CET'],
])('a moment is told in the asked time zone, which is named: %s', (timeZone, text) => {
  expect(formatMoment('2026-11-21T23:30:00Z', { locale: 'en-GB', timeZone })).toBe(text);
});

describe('formatDuration', () => {
  test.each([
    [20, 'less than a minute'],
    [60, '1 minute'],
    [300, '5 minutes'],
    [3_599, '1 hour'],
    [7_200, '2 hours'],
    [86_399, '1 day'],
    [86_400, '1 day'],
    [2_592_000, '30 days'],
  ])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('formatAnswerTime', () => {
  test.each([
    [3, '3 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [30_000, '30 s'],
  ])('%d ms are %s', (milliseconds, text) => expect(formatAnswerTime(milliseconds)).toBe(text));
});

describe('formatElapsed', () => {
  test.each([
    [-5, '0.0 s'],
    [840, '0.8 s'],
    [42_000, '42 s'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
  ])('%d ms are %s', (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));
});
