// What the billing page makes of a subscription.

import { describe, expect, test } from 'vitest';
import type { Subscription } from '../api.ts';
import { isRestoring, pollAfter, stageOf } from './stage.ts';

const free: Subscription = { plan: 'free', state: 'none', cancel_at_period_end: false, restore: null };
const premium: Subscription = {
  ...free,
  plan: 'premium',
  state: 'active',
  current_period_end: '2026-12-21T00:00:00Z',
  restore: { total: 0, restored: 0, failed: 0 },
};
const awaiting: Subscription = { ...free, state: 'awaiting_payment', checkout_url: 'https://pay.example/c/1' };

describe('stage', () => {
  test('of who never paid', () => expect(stageOf(free, undefined)).toEqual({ kind: 'free' }));

  test('of who has a payment page open', () => {
    const stage = { kind: 'awaiting_payment', checkoutUrl: awaiting.checkout_url, refusal: undefined, hasLeft: false };
    expect(stageOf(awaiting, undefined)).toEqual(stage);
    expect(stageOf(awaiting, 'cancelled')).toEqual({ ...stage, hasLeft: true });
    expect(stageOf({ ...awaiting, payment_refusal: 'Declined.' }, undefined)).toMatchObject({ refusal: 'Declined.' });
  });

  test('of who has just paid, before and after the payment is known here', () => {
    expect(stageOf(awaiting, 'success')).toEqual({ kind: 'confirming' });
    expect(stageOf({ ...free, state: 'active' }, undefined)).toEqual({ kind: 'confirming' });
  });

  test('an old address does not claim a payment that was undone', () =>
    expect(stageOf(free, 'success')).toEqual({ kind: 'free' }));

  test('of who was refused, and whose page is closed', () =>
    expect(stageOf({ ...free, payment_refusal: 'Declined.' }, undefined)).toEqual({
      kind: 'refused',
      refusal: 'Declined.',
    }));

  test('of who is back on Free', () =>
    expect(stageOf({ ...free, archive_at: '2026-12-21T00:00:00Z' }, undefined)).toMatchObject({ kind: 'downgraded' }));

  test('of Premium, paid, ending and overdue', () => {
    const end = premium.current_period_end;
    expect(stageOf(premium, 'success')).toEqual({ kind: 'premium', paidUntil: end });
    expect(stageOf({ ...premium, cancel_at_period_end: true }, undefined)).toEqual({ kind: 'ending', endsAt: end });
    const overdue: Subscription = { ...premium, state: 'past_due', grace_ends_at: '2026-12-01T00:00:00Z' };
    expect(stageOf(overdue, undefined)).toEqual({ kind: 'past_due', graceEndsAt: '2026-12-01T00:00:00Z' });
  });
});

test('restoring goes on until each result is restored or has failed', () => {
  const at = (restored: number, failed: number) => ({ ...premium, restore: { total: 3, restored, failed } });
  expect(isRestoring(at(0, 0))).toBe(true);
  expect(isRestoring(at(1, 1))).toBe(true);
  expect(isRestoring(at(2, 1))).toBe(false);
  expect(isRestoring(free)).toBe(false);
});

test('what moves by itself is read again', () => {
  expect(pollAfter(free, undefined)).toBe(false);
  expect(pollAfter(premium, 'success')).toBe(false);
  expect(pollAfter({ ...premium, restore: { total: 2, restored: 1, failed: 0 } }, undefined)).toBe(2_000);
  expect(pollAfter({ ...premium, restore: { total: 2, restored: 1, failed: 1 } }, undefined)).toBe(10_000);
  expect(pollAfter(awaiting, 'success')).toBe(2_000);
  expect(pollAfter(awaiting, undefined)).toBe(5_000);
});
