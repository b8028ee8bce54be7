// Subscriptions: how one begins, and the moves between its states. Who may ask for a move stands in subscriptions.ts.
import type { Sandbox } from './sandbox.ts';
import { embeddedList, newId } from './stored.ts';
import type { StoredObjects } from './stored.ts';

export type Subscription = StoredObjects['subscription'];
export type SubscriptionItem = Subscription['items']['data'][number];

export interface SubscriptionOrder {
  customer: string;
  price: StoredObjects['price'];
  quantity: number;
  metadata: Record<string, string>;
  description: string | null;
}

/** How long the first payment may take before the subscription is given up: Stripe's 23 hours. */
const INCOMPLETE_SECONDS = 23 * 3600;

/** Not paid yet: `incomplete`. */
export function createSubscription(sandbox: Sandbox, order: SubscriptionOrder): Subscription {
  const { customer, price, quantity } = order;
  const testClock = sandbox.testClockOf(customer);
  const created = sandbox.clock.now(testClock);
  const id = newId('subscription');
  const item: SubscriptionItem = {
    id: `si_${id.slice('sub_'.length)}`,
    object: 'subscription_item',
    billing_thresholds: null,
    created,
    current_period_end: addMonths(created, created, intervalMonths(price)),
    current_period_start: created,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription: id,
    tax_rates: [],
  };
  sandbox.clock.plan('subscription.expire_incomplete', id, created + INCOMPLETE_SECONDS, testClock);
  return sandbox.insert(
    'subscription',
    {
      id,
      object: 'subscription',
      application: null,
      application_fee_percent: null,
      automatic_tax: { disabled_reason: null, enabled: false, liability: null },
      billing_cycle_anchor: created,
      billing_cycle_anchor_config: null,
      billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
      billing_schedules: [],
      billing_thresholds: null,
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
      collection_method: 'charge_automatically',
      created,
      currency: price.currency,
      customer,
      customer_account: null,
      days_until_due: null,
      default_payment_method: null,
      default_source: null,
      default_tax_rates: [],
      description: order.description,
      discounts: [],
      ended_at: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        description: null,
        footer: null,
        issuer: { type: 'self' },
      },
      items: embeddedList([item], `/v1/subscription_items?subscription=${id}`),
      latest_invoice: null,
      livemode: false,
      managed_payments: null,
      metadata: order.metadata,
      next_pending_invoice_item_invoice: null,
      on_behalf_of: null,
      pause_collection: null,
      payment_settings: {
        payment_method_options: null,
        payment_method_types: ['card'],
        save_default_payment_method: 'off',
      },
      pending_invoice_item_interval: null,
      pending_setup_intent: null,
      pending_update: null,
      schedule: null,
      start_date: created,
      status: 'incomplete',
      test_clock: testClock,
      transfer_data: null,
      trial_end: null,
      trial_settings: null,
      trial_start: null,
    },
    'customer.subscription.created',
  );
}

/** The one item that a subscription of the sandbox has. */
export function itemOf(subscription: Subscription): SubscriptionItem {
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no item`);
  return item;
}

/** An invoice of it is paid: from incomplete, past_due or unpaid it becomes active. */
export function becomeActive(sandbox: Sandbox, id: string, paymentMethod: string): void {
  const subscription = sandbox.store.need('subscription', id);
  if (!['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) return;
  sandbox.clock.unplan('subscription.expire_incomplete', id);
  const { current_period_end: end } = itemOf(subscription);
  if (subscription.status === 'incomplete') {
    sandbox.clock.plan('subscription.end_period', id, end, subscription.test_clock);
  }
  sandbox.change(
    'subscription',
    id,
    { status: 'active', default_payment_method: subscription.default_payment_method ?? paymentMethod },
    'customer.subscription.updated',
  );
}

export function becomePastDue(sandbox: Sandbox, id: string): void {
  if (sandbox.store.need('subscription', id).status !== 'active') return;
  sandbox.change('subscription', id, { status: 'past_due' }, 'customer.subscription.updated');
}

export interface Ending {
  reason: 'cancellation_requested' | 'payment_failed';
  comment?: string;
  feedback?: string;
}

/** Ends it for good and at once. Its open invoice stays to be paid by hand, but is not tried again. */
export function endSubscription(sandbox: Sandbox, id: string, ending: Ending): Subscription {
  const before = sandbox.store.need('subscription', id);
  const now = sandbox.clock.now(before.test_clock);
  const { cancellation_details: details } = before;
  sandbox.clock.unplan('subscription.end_period', id);
  sandbox.clock.unplan('subscription.expire_incomplete', id);
  if (before.latest_invoice !== null) {
    sandbox.clock.unplan('invoice.retry', before.latest_invoice);
    const { status } = sandbox.store.need('invoice', before.latest_invoice);
    if (status === 'open') {
      sandbox.store.change('invoice', before.latest_invoice, { auto_advance: false, next_payment_attempt: null });
    }
  }
  return sandbox.change(
    'subscription',
    id,
    {
      status: 'canceled',
      canceled_at: before.canceled_at ?? now,
      ended_at: now,
      cancellation_details: {
        comment: ending.comment ?? details?.comment ?? null,
        feedback: ending.feedback ?? details?.feedback ?? null,
        feedback_option: null,
        reason: ending.reason,
      },
    },
    'customer.subscription.deleted',
  );
}

/** Moves the item to its next period and plans that one's end. */
export function beginNextPeriod(sandbox: Sandbox, id: string): SubscriptionItem {
  const subscription = sandbox.store.need('subscription', id);
  const item = itemOf(subscription);
  const start = item.current_period_end;
  const end = addMonths(subscription.billing_cycle_anchor, start, intervalMonths(item.price));
  const next = { ...item, current_period_start: start, current_period_end: end };
  sandbox.change(
    'subscription',
    id,
    { items: { ...subscription.items, data: [next] } },
    'customer.subscription.updated',
  );
  sandbox.clock.plan('subscription.end_period', id, end, subscription.test_clock);
  return next;
}

function intervalMonths({ recurring }: StoredObjects['price']): number {
  if (recurring?.interval === 'month') return recurring.interval_count;
  if (recurring?.interval === 'year') return recurring.interval_count * 12;
  throw new Error('the sandbox bills by the month or year');
}

/** The anchor's day and hour in the month that is `months` after `from`; the month's last day where it is shorter. */
export function addMonths(anchor: number, from: number, months: number): number {
  const [first, start] = [new Date(anchor * 1000), new Date(from * 1000)];
  const month = start.getUTCMonth() + months;
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Math.min(first.getUTCDate(), lastDay);
  const midnight = Date.UTC(start.getUTCFullYear(), month, day);
  return (midnight + (first.getTime() % (24 * 3600 * 1000))) / 1000;
}

const planOf = (price: StoredObjects['price']): SubscriptionItem['plan'] => ({
  id: price.id,
  object: 'plan',
  active: price.active,
  amount: price.unit_amount,
  amount_decimal: price.unit_amount_decimal,
  billing_scheme: 'per_unit',
  created: price.created,
  currency: price.currency,
  interval: price.recurring?.interval ?? 'month',
  interval_count: price.recurring?.interval_count ?? 1,
  livemode: false,
  metadata: {},
  meter: null,
  nickname: price.nickname,
  product: price.product,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: 'licensed',
});
