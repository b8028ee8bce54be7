// What a payment account entitles to.

import { describe, expect, it } from 'vitest';
import { allowsTier, duplicatesOf, planOf, standingOf, STRIPE_STATUSES, type StripeSubscription } from './billing.ts';

const subscription = (
  subscriptionId: string,
  status: StripeSubscription['status'],
  rest: Partial<StripeSubscription> = {},
): StripeSubscription => ({
  subscriptionId,
  status,
  createdAt: `2026-01-0${subscriptionId}T00:00:00Z`,
  currentPeriodEnd: null,
  cancelAtPeriodEnd: false,
  isDisputed: false,
  ...rest,
});
const open = {
  sessionId: 'cs',
  state: 'open',
  url: 'https://pay.example',
  expiresAt: '2026-01-01T00:00:00Z',
  refusal: null,
} as const;

describe('standing', () => {
  it.for(STRIPE_STATUSES)('of a subscription that is %s', (status) => {
    const { kind } = standingOf({ subscriptions: [subscription('1', status)], checkout: null });
    const expected = { active: 'premium', trialing: 'premium', past_due: 'past_due' }[status as string] ?? 'free';
    expect(kind).toBe(expected);
  });

  it('awaits payment while a checkout is open, and not when something is paid', () => {
    expect(standingOf({ subscriptions: [], checkout: open }).kind).toBe('awaiting_payment');
    expect(standingOf({ subscriptions: [subscription('1', 'active')], checkout: open }).kind).toBe('premium');
    expect(standingOf({ subscriptions: [], checkout: { ...open, state: 'expired' } }).kind).toBe('free');
  });

  it('a dispute outweighs all else, until its subscription is over', () => {
    const disputed = subscription('1', 'active', { isDisputed: true });
    const standing = standingOf({ subscriptions: [disputed, subscription('2', 'active')], checkout: open });
    expect(standing.kind).toBe('disputed');
    expect(planOf(standing)).toBe('free');
    expect(standingOf({ subscriptions: [{ ...disputed, status: 'canceled' }], checkout: null }).kind).toBe('free');
  });
});

describe('duplicates', () => {
  it('are all but the oldest that pays', () => {
    const subscriptions = [
      subscription('3', 'active'),
      subscription('1', 'canceled'),
      subscription('2', 'active'),
      subscription('4', 'past_due'),
    ];
    expect(duplicatesOf({ subscriptions }).map(({ subscriptionId }) => subscriptionId)).toEqual(['3', '4']);
  });

  it.for(['unpaid', 'paused'] as const)('are none that takes no money any more: one that is %s', (status) => {
    const subscriptions = [subscription('1', status), subscription('2', 'active')];
    expect(duplicatesOf({ subscriptions })).toEqual([]);
  });

  it('are none when nothing pays', () => {
    expect(duplicatesOf({ subscriptions: [subscription('1', 'unpaid'), subscription('2', 'incomplete')] })).toEqual([]);
  });
});

it('the deep archive knows no expedited retrieval', () => {
  expect(allowsTier('DEEP_ARCHIVE', 'Expedited')).toBe(false);
  expect(allowsTier('DEEP_ARCHIVE', 'Bulk')).toBe(true);
  expect(allowsTier('GLACIER', 'Expedited')).toBe(true);
});
