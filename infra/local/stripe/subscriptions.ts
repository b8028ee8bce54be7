// The API of subscriptions and their invoices: looking them up, cancelling at the end of the period or at once, paying.
import { z } from 'zod';
import { cardFor, collect, subscriptionOf } from './collection.ts';
import { endpoint, existing, list, listing, nothing, retrieval } from './endpoint.ts';
import { StripeRefusal, invalidRequest, noSuch } from './errors.ts';
import { flag, listOf, mergeMetadata, metadata, text } from './form.ts';
import { intentOf, voidInvoice } from './invoices.ts';
import type { Sandbox } from './sandbox.ts';
import { endSubscription, itemOf } from './subscription-states.ts';
import type { Subscription } from './subscription-states.ts';

const cancellationDetails = z.strictObject({ comment: text.optional(), feedback: text.optional() });
const over = ['canceled', 'incomplete_expired'];

const query = listOf({
  customer: text.optional(),
  price: text.optional(),
  status: z
    .enum([
      'active',
      'all',
      'canceled',
      'ended',
      'incomplete',
      'incomplete_expired',
      'past_due',
      'paused',
      'trialing',
      'unpaid',
    ])
    .optional(),
});

function listSubscriptions(
  sandbox: Sandbox,
  { customer, price, status, limit, created, ...cursors }: z.output<typeof query>,
) {
  const isWanted = (one: Subscription) => {
    if (price !== undefined && itemOf(one).price.id !== price) return false;
    if (status === 'all') return true;
    if (status === 'ended') return over.includes(one.status);
    return status === undefined ? one.status !== 'canceled' : one.status === status;
  };
  const { starting_after: startingAfter, ending_before: endingBefore } = cursors;
  // What is not wanted must not count against the limit.
  const page = { where: { customer }, created, startingAfter, endingBefore, limit: 1_000_000 };
  const wanted = sandbox.store.list('subscription', page).data.filter(isWanted);
  const data = endingBefore === undefined ? wanted.slice(0, limit) : wanted.slice(-limit);
  return list('/v1/subscriptions', data, wanted.length > limit);
}

const update = z.strictObject({
  cancel_at_period_end: flag.optional(),
  default_payment_method: text.optional(),
  description: text.optional(),
  metadata: metadata.optional(),
  cancellation_details: cancellationDetails.optional(),
});

export function updateSubscription(sandbox: Sandbox, given: z.output<typeof update>, id: string): Subscription {
  const before = existing(sandbox, 'subscription', id);
  const { metadata: changed, cancellation_details: details, cancel_at_period_end: cancels, ...plain } = given;
  if (over.includes(before.status) && (cancels !== undefined || Object.keys(plain).length > 0)) {
    throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
  }
  if (plain.default_payment_method !== undefined) {
    const method = existing(
      sandbox,
      'payment_method',
      plain.default_payment_method,
      'PaymentMethod',
      'default_payment_method',
    );
    if (method.customer !== before.customer) {
      throw invalidRequest('The payment method belongs to another customer.', { param: 'default_payment_method' });
    }
  }
  const now = sandbox.clock.now(before.test_clock);
  const noDetails = { comment: null, feedback: null, feedback_option: null, reason: null };
  const noted = { ...(before.cancellation_details ?? noDetails), ...details };
  const cancellation =
    cancels === undefined || cancels === before.cancel_at_period_end
      ? { cancellation_details: noted }
      : cancels
        ? {
            cancel_at_period_end: true,
            cancel_at: itemOf(before).current_period_end,
            canceled_at: now,
            cancellation_details: { ...noted, reason: 'cancellation_requested' },
          }
        : { cancel_at_period_end: false, cancel_at: null, canceled_at: null, cancellation_details: noDetails };
  return sandbox.change(
    'subscription',
    id,
    { ...plain, ...cancellation, metadata: mergeMetadata(before.metadata, changed) },
    'customer.subscription.updated',
  );
}

const cancellation = z.strictObject({
  cancellation_details: cancellationDetails.optional(),
  // What was paid for is not paid back by the sandbox: refunds are asked for.
  invoice_now: z.literal('false').optional(),
  prorate: z.literal('false').optional(),
});

const payment = z.strictObject({ payment_method: text.optional(), off_session: flag.optional() });

/** A refused payment leaves its failed charge, and is answered with 402. */
function payInvoice(sandbox: Sandbox, given: z.output<typeof payment>, id: string) {
  const invoice = existing(sandbox, 'invoice', id);
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid', { code: 'invoice_already_paid' });
  if (invoice.status !== 'open') throw invalidRequest(`Invoice is ${invoice.status} and cannot be paid`);
  const method =
    given.payment_method === undefined
      ? cardFor(sandbox, sandbox.store.need('subscription', subscriptionOf(invoice)))
      : existing(sandbox, 'payment_method', given.payment_method, 'PaymentMethod', 'payment_method');
  if (!method) throw invalidRequest('There is no default_payment_method set on this Customer or Invoice.');
  collect(sandbox, invoice, method, { session: given.off_session === false ? 'on' : 'off' });
  const { status, last_payment_error: error, id: intent } = intentOf(sandbox, id);
  if (status === 'succeeded') return existing(sandbox, 'invoice', id);
  const details = {
    type: 'card_error' as const,
    code: error?.code ?? 'authentication_required',
    message: error?.message ?? 'This payment requires additional user action before it can be completed.',
    payment_intent: { ...sandbox.store.need('payment_intent', intent) },
    ...(error?.decline_code === undefined ? {} : { decline_code: error.decline_code }),
    ...(error?.charge === undefined ? {} : { charge: error.charge }),
  };
  throw new StripeRefusal(402, details, { keepsEffects: true });
}

export const subscriptionEndpoints = [
  endpoint('get', '/v1/subscriptions', query, listSubscriptions),
  retrieval('subscription', '/v1/subscriptions'),
  endpoint('post', '/v1/subscriptions/:id', update, updateSubscription),
  endpoint('delete', '/v1/subscriptions/:id', cancellation, (sandbox, given, id) => {
    const { status } = existing(sandbox, 'subscription', id);
    if (over.includes(status)) throw noSuch('subscription', id); // so Stripe says of one that was cancelled before
    return endSubscription(sandbox, id, { reason: 'cancellation_requested', ...given.cancellation_details });
  }),
  endpoint(
    'get',
    '/v1/invoices',
    listOf({ customer: text.optional(), subscription: text.optional(), status: text.optional() }),
    (sandbox, { customer, subscription, status, limit, created, ...cursors }) => {
      const found = sandbox.store.list('invoice', {
        where: { customer, status, 'parent.subscription_details.subscription': subscription },
        created,
        limit,
        startingAfter: cursors.starting_after,
        endingBefore: cursors.ending_before,
      });
      return list('/v1/invoices', found.data, found.hasMore);
    },
  ),
  retrieval('invoice', '/v1/invoices'),
  endpoint('post', '/v1/invoices/:id/pay', payment, payInvoice),
  endpoint('post', '/v1/invoices/:id/void', nothing, (sandbox, _, id) => {
    const { status } = existing(sandbox, 'invoice', id);
    if (status !== 'open') throw invalidRequest(`You can only void open invoices. This one is ${status}.`);
    voidInvoice(sandbox, id);
    return existing(sandbox, 'invoice', id);
  }),
  listing('invoice_payment', '/v1/invoice_payments', { invoice: text.optional(), status: text.optional() }),
  endpoint('get', '/v1/invoice_payments/:id', nothing, (sandbox, _, id) => existing(sandbox, 'invoice_payment', id)),
];
