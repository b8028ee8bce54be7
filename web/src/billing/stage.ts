// Where a person stands between Free and Premium: what the billing page says and offers follows from it.

import type { Subscription } from '../api.ts';
import { FAILED_RESTORES_POLL_MS } from '../queries.ts';

/** How the payment page sent the person back. */
export type CheckoutReturn = 'success' | 'cancelled' | undefined;

export type Stage =
  | { kind: 'free' }
  /** A payment page is open. */
  | { kind: 'awaiting_payment'; checkoutUrl: string | undefined; refusal: string | undefined; hasLeft: boolean }
  /** The last attempt to pay was refused, and its page is closed. */
  | { kind: 'refused'; refusal: string }
  /** Paid, and the plan is about to change. */
  | { kind: 'confirming' }
  /** Back on Free; results are archived at this time. */
  | { kind: 'downgraded'; archiveAt: string }
  | { kind: 'premium'; paidUntil: string | undefined }
  | { kind: 'ending'; endsAt: string | undefined }
  | { kind: 'past_due'; graceEndsAt: string | undefined };

export function stageOf(subscription: Subscription, returned: CheckoutReturn): Stage {
  if (subscription.plan === 'premium') return premiumStageOf(subscription);
  const { state, checkout_url: checkoutUrl, payment_refusal: refusal, archive_at: archiveAt } = subscription;
  // The plan follows what is paid for, not the other way round.
  if (state === 'active' || state === 'past_due') return { kind: 'confirming' };
  if (state === 'awaiting_payment') {
    if (returned === 'success') return { kind: 'confirming' };
    return { kind: 'awaiting_payment', checkoutUrl, refusal, hasLeft: returned === 'cancelled' };
  }
  if (refusal !== undefined) return { kind: 'refused', refusal };
  return archiveAt === undefined ? { kind: 'free' } : { kind: 'downgraded', archiveAt };
}

function premiumStageOf(subscription: Subscription): Stage {
  const { state, current_period_end: periodEnd, grace_ends_at: graceEndsAt } = subscription;
  if (state === 'past_due') return { kind: 'past_due', graceEndsAt };
  return subscription.cancel_at_period_end
    ? { kind: 'ending', endsAt: periodEnd }
    : { kind: 'premium', paidUntil: periodEnd };
}

/** Results are still on their way back. */
export function isRestoring({ restore }: Subscription): boolean {
  return restore !== null && restore.restored + restore.failed < restore.total;
}

/** Milliseconds until the subscription is worth reading again, or false when it does not change by itself. */
export function pollAfter(subscription: Subscription, returned: CheckoutReturn): number | false {
  if (isRestoring(subscription)) return 2_000;
  const { kind } = stageOf(subscription, returned);
  // Who asks for one again sees it leave the list, perhaps before the count has followed: nothing else would read it anew.
  const hasFailed = subscription.restore !== null && subscription.restore.failed > 0;
  return hasFailed && kind !== 'confirming' ? FAILED_RESTORES_POLL_MS : pollAfterStage(kind);
}

function pollAfterStage(kind: Stage['kind']): number | false {
  switch (kind) {
    case 'confirming':
      return 2_000;
    case 'awaiting_payment':
      // It may be paid in another window.
      return 5_000;
    case 'downgraded':
    case 'past_due':
      return 60_000;
    case 'free':
    case 'refused':
    case 'premium':
    case 'ending':
      return false;
  }
}
