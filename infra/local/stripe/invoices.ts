// Invoices of subscriptions, and the payments that settle them: since API version 2025-03-31 only these say which
// payment intent belongs to which invoice.
import { randomName } from './stored.ts';
import { createPaymentIntent } from './payments.ts';
import type { Sandbox } from './sandbox.ts';
import { embeddedList, newId } from './stored.ts';
import type { StoredObjects } from './stored.ts';
import type { Subscription, SubscriptionItem } from './subscription-states.ts';

export type Invoice = StoredObjects['invoice'];

/**
 * Bills the item's current period. Stripe leaves a renewal's invoice in draft for an hour; here it is finalized at once.
 * `draft`: it stays one, as Stripe leaves those of an unpaid subscription.
 */
export function createInvoice(
  sandbox: Sandbox,
  subscription: Subscription,
  item: SubscriptionItem,
  reason: 'subscription_create' | 'subscription_cycle',
  { draft = false } = {},
): Invoice {
  const { customer } = subscription;
  const payer = sandbox.store.need('customer', customer);
  const now = sandbox.clock.now(subscription.test_clock);
  const id = newId('invoice');
  const quantity = item.quantity ?? 1;
  const total = (item.price.unit_amount ?? 0) * quantity;
  const sequence = payer.next_invoice_sequence ?? 1;
  const { name } = sandbox.store.need('product', item.price.product);
  const line = {
    id: `il_${randomName(24)}`,
    object: 'line_item' as const,
    amount: total,
    currency: subscription.currency,
    description: `${quantity} × ${name}`,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: id,
    livemode: false,
    metadata: subscription.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { start: item.current_period_start, end: item.current_period_end },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details' as const,
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription.id,
    subtotal: total,
    taxes: [],
  };
  const invoice: Invoice = {
    id,
    object: 'invoice',
    account_country: 'DE',
    account_name: 'Varloom sandbox',
    account_tax_ids: null,
    amount_due: total,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_paid_off_stripe: 0,
    amount_remaining: total,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: !draft,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer,
    customer_account: null,
    customer_address: null,
    customer_email: payer.email,
    customer_name: payer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: embeddedList([line], `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    // Of a renewal the invoice's own period is the one that ended; the lines name the one that is paid for.
    period_start: reason === 'subscription_create' ? now : item.current_period_start,
    period_end: reason === 'subscription_create' ? now : item.current_period_start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: subscription.test_clock,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
  sandbox.insert('invoice', invoice, 'invoice.created');
  sandbox.store.change('subscription', subscription.id, { latest_invoice: id });
  if (draft) return invoice;
  sandbox.store.change('customer', customer, { next_invoice_sequence: sequence + 1 });
  return finalize(sandbox, invoice, `${payer.invoice_prefix}-${String(sequence).padStart(4, '0')}`);
}

/** Gives it its number, its page, and the intent by which it is paid. */
function finalize(sandbox: Sandbox, { id, customer, total, currency, test_clock }: Invoice, number: string): Invoice {
  if (customer === null) throw new Error(`${id} has no customer`);
  const now = sandbox.clock.now(test_clock);
  const finalized = sandbox.change(
    'invoice',
    id,
    {
      status: 'open',
      number,
      effective_at: now,
      hosted_invoice_url: `${sandbox.endpoint}/i/${id}`,
      status_transitions: { finalized_at: now, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    },
    'invoice.finalized',
  );
  const intent = createPaymentIntent(sandbox, { customer, amount: total, currency, description: `Invoice ${number}` });
  sandbox.insert('invoice_payment', {
    id: newId('invoice_payment'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: total,
    created: now,
    currency,
    invoice: id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
  return finalized;
}

/** The intent by which an invoice is paid. */
export function intentOf(sandbox: Sandbox, invoice: string): StoredObjects['payment_intent'] {
  const id = paymentOf(sandbox, invoice).payment.payment_intent;
  if (id === undefined) throw new Error(`${invoice} is not paid by an intent`);
  return sandbox.store.need('payment_intent', id);
}

export function markPaid(sandbox: Sandbox, id: string): Invoice {
  const { total, attempt_count, status_transitions, test_clock } = sandbox.store.need('invoice', id);
  const paid_at = sandbox.clock.now(test_clock);
  sandbox.clock.unplan('invoice.retry', id);
  const { id: payment } = paymentOf(sandbox, id);
  const settled = { status: 'paid', amount_paid: total, status_transitions: { canceled_at: null, paid_at } };
  sandbox.change('invoice_payment', payment, settled, 'invoice_payment.paid');
  return sandbox.change(
    'invoice',
    id,
    {
      status: 'paid',
      amount_paid: total,
      amount_remaining: 0,
      attempted: true,
      attempt_count: attempt_count + 1,
      auto_advance: false,
      next_payment_attempt: null,
      status_transitions: { ...status_transitions, paid_at },
    },
    'invoice.paid',
    'invoice.payment_succeeded',
  );
}

/** `nextAttempt`: Unix seconds of the planned retry, or null when there is none. */
export function markFailed(sandbox: Sandbox, id: string, nextAttempt: number | null): Invoice {
  const { attempt_count } = sandbox.store.need('invoice', id);
  const changes = { attempted: true, attempt_count: attempt_count + 1, next_payment_attempt: nextAttempt };
  return sandbox.change('invoice', id, changes, 'invoice.payment_failed');
}

export function voidInvoice(sandbox: Sandbox, id: string): void {
  const { status, status_transitions, test_clock } = sandbox.store.need('invoice', id);
  if (status !== 'open') return;
  const now = sandbox.clock.now(test_clock);
  const { id: payment } = paymentOf(sandbox, id);
  const canceled = { status: 'canceled', status_transitions: { canceled_at: now, paid_at: null } };
  sandbox.store.change('invoice_payment', payment, canceled);
  sandbox.change(
    'payment_intent',
    intentOf(sandbox, id).id,
    { status: 'canceled', canceled_at: now, cancellation_reason: 'void_invoice', next_action: null },
    'payment_intent.canceled',
  );
  const changes = { status: 'void', auto_advance: false, next_payment_attempt: null };
  sandbox.change(
    'invoice',
    id,
    { ...changes, status_transitions: { ...status_transitions, voided_at: now } },
    'invoice.voided',
  );
}

function paymentOf(sandbox: Sandbox, invoice: string): StoredObjects['invoice_payment'] {
  const [payment] = sandbox.store.all('invoice_payment', { invoice });
  if (!payment) throw new Error(`${invoice} has no payment`);
  return payment;
}
