// What the saga `subscription/<userId>` is started with, answers, and can be told. The gateway sends every message with
// the start of the saga, since it runs only while there is something to do.

import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RestoreCount } from '../../activities/records/billing.ts';
import type { UserId } from '../../domain/ids.ts';

export const UPGRADE_THEN_RESTORE = 'upgradeThenRestore';

export interface UpgradeThenRestoreInput {
  userId: UserId;
  /** Carried from run to run of one saga; a new saga begins without it. */
  underWay?: UnderWay;
}

/** An upgrade that is not complete: until it is, it can be undone as a whole. */
export interface UnderWay {
  upgradeId: string;
  subscriptionId: string;
}

/** How the saga ended, for operators; the owner reads the subscription. */
export type UpgradeThenRestoreOutcome =
  | 'premium'
  | 'free'
  | 'granted: the plan does not depend on a payment'
  | 'undone: the upgrade was cancelled half-way'
  | 'undone: the payment was disputed'
  | 'undone: the plan could not be changed';

export const SUBSCRIPTION_STEPS = [
  'reading',
  'awaiting payment',
  'upgrading',
  'restoring',
  'grace period',
  'downgrading',
  'retaining',
  'archiving',
  'undoing',
  'done',
] as const;

export interface SubscriptionProgress {
  step: (typeof SUBSCRIPTION_STEPS)[number];
  restore: RestoreCount | null;
}

export const subscriptionProgressQuery = defineQuery<SubscriptionProgress>('progress');

/** Something about the user's account at the payment service may have changed. */
export const billingChangedSignal = defineSignal('billingChanged');

/** Opens the payment page, or answers the one that is open. Fails with `already_premium`, `billing_not_configured`. */
export const openCheckoutUpdate = defineUpdate<{ checkoutUrl: string; expiresAt: string }>('openCheckout');

/** Ends the subscription. Half-way through an upgrade `now` undoes all of it. Fails with `no_subscription`. */
export const cancelSubscriptionUpdate = defineUpdate<void, [{ at: 'now' | 'period_end' }]>('cancelSubscription');

/** Fails with `no_customer`. */
export const openPortalUpdate = defineUpdate<{ portalUrl: string }>('openPortal');
