// Money that goes back: refunds, which are asked for, and disputes, which are not.
import { z } from 'zod';
import type { DueActs } from './clock.ts';
import { endpoint, existing, listing, retrieval } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import { flag, integer, mergeMetadata, metadata, text } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import { newId } from './stored.ts';
import type { StoredObjects } from './stored.ts';

const RESPONSE_SECONDS = 14 * 24 * 3600;

const refundCreation = z.strictObject({
  charge: text.optional(),
  payment_intent: text.optional(),
  amount: integer.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata: metadata.optional(),
});

/** Refunds what is asked for, or all that is left. Cards of the sandbox are refunded at once. */
function createRefund(sandbox: Sandbox, given: z.output<typeof refundCreation>): StoredObjects['refund'] {
  const charge = chargeToRefund(sandbox, given);
  const { id, customer, currency } = charge;
  const left = charge.amount - charge.amount_refunded;
  const amount = given.amount ?? left;
  if (charge.status !== 'succeeded') {
    throw invalidRequest(`Charge ${id} did not succeed and cannot be refunded.`, { param: 'charge' });
  }
  if (charge.disputed) {
    throw invalidRequest(`Charge ${id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
  }
  if (left === 0) {
    throw invalidRequest(`Charge ${id} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  if (amount < 1) {
    throw invalidRequest('Invalid positive integer', { code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
    throw invalidRequest(message, { code: 'refund_exceeds_charge', param: 'amount' });
  }
  const refund = sandbox.insert('refund', {
    id: newId('refund'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: id,
    created: sandbox.now(customer),
    currency,
    customer,
    customer_account: null,
    destination_details: { card: { reference_status: 'pending', type: 'refund' }, type: 'card' },
    metadata: mergeMetadata({}, given.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: given.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  });
  const changes = { amount_refunded: charge.amount_refunded + amount, refunded: amount === left };
  sandbox.change('charge', id, changes, 'charge.refunded');
  sandbox.tell('refund.created', refund);
  return refund;
}

function chargeToRefund(sandbox: Sandbox, given: z.output<typeof refundCreation>): StoredObjects['charge'] {
  if (given.charge !== undefined) return existing(sandbox, 'charge', given.charge, 'charge', 'charge');
  if (given.payment_intent === undefined) {
    throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.');
  }
  const intent = existing(sandbox, 'payment_intent', given.payment_intent, 'payment_intent', 'payment_intent');
  if (intent.latest_charge === null) {
    throw invalidRequest(`The PaymentIntent (${intent.id}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  return sandbox.store.need('charge', intent.latest_charge);
}

/** The cardholder disputes a charge: the money is gone until the dispute is won. */
function dispute(sandbox: Sandbox, chargeId: string): void {
  const charge = sandbox.change('charge', chargeId, { disputed: true });
  const created = sandbox.now(charge.customer);
  sandbox.insert(
    'dispute',
    {
      id: newId('dispute'),
      object: 'dispute',
      amount: charge.amount - charge.amount_refunded,
      balance_transactions: [],
      charge: chargeId,
      created,
      currency: charge.currency,
      enhanced_eligibility_types: [],
      evidence: noEvidence,
      evidence_details: {
        due_by: created + RESPONSE_SECONDS,
        enhanced_eligibility: {},
        has_evidence: false,
        past_due: false,
        submission_count: 0,
        submission_method: 'not_submitted',
      },
      intended_submission_method: null,
      is_charge_refundable: false,
      livemode: false,
      metadata: {},
      network_reason_code: '10.4',
      payment_intent: charge.payment_intent,
      payment_method_details: {
        card: {
          brand: charge.payment_method_details?.card?.brand ?? 'visa',
          case_type: 'chargeback',
          network: charge.payment_method_details?.card?.brand ?? 'visa',
          network_reason_code: '10.4',
        },
        type: 'card',
      },
      reason: 'fraudulent',
      status: 'needs_response',
    },
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
  );
}

const noEvidence: StoredObjects['dispute']['evidence'] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};

const evidence = z.strictObject({
  evidence: z.strictObject({ uncategorized_text: text }).optional(),
  submit: flag.optional(),
  metadata: metadata.optional(),
});

/** As in Stripe's test mode, the text `winning_evidence` wins and `losing_evidence` loses. */
function respond(sandbox: Sandbox, given: z.output<typeof evidence>, id: string): StoredObjects['dispute'] {
  const before = existing(sandbox, 'dispute', id);
  if (['won', 'lost'].includes(before.status)) throw invalidRequest('This dispute is already closed');
  const answer = given.evidence?.uncategorized_text ?? before.evidence.uncategorized_text;
  sandbox.change(
    'dispute',
    id,
    {
      evidence: { ...before.evidence, uncategorized_text: answer },
      metadata: mergeMetadata(before.metadata, given.metadata),
      ...(given.submit === false ? {} : { status: 'under_review' }),
    },
    'charge.dispute.updated',
  );
  if (given.submit !== false && answer === 'winning_evidence') return close(sandbox, id, 'won');
  if (given.submit !== false && answer === 'losing_evidence') return close(sandbox, id, 'lost');
  return sandbox.store.need('dispute', id);
}

function close(sandbox: Sandbox, id: string, status: 'won' | 'lost'): StoredObjects['dispute'] {
  const closed = sandbox.change('dispute', id, { status }, 'charge.dispute.closed');
  if (status === 'won') sandbox.tell('charge.dispute.funds_reinstated', closed);
  return closed;
}

export const refundEndpoints = [
  endpoint('post', '/v1/refunds', refundCreation, createRefund),
  listing('refund', '/v1/refunds', { charge: text.optional(), payment_intent: text.optional() }),
  retrieval('refund', '/v1/refunds'),
  listing('dispute', '/v1/disputes', { charge: text.optional(), payment_intent: text.optional() }),
  retrieval('dispute', '/v1/disputes'),
  endpoint('post', '/v1/disputes/:id', evidence, respond),
  endpoint('post', '/v1/disputes/:id/close', z.strictObject({}), (sandbox, _, id) => {
    existing(sandbox, 'dispute', id);
    return close(sandbox, id, 'lost');
  }),
];

export const disputeActs = (sandbox: Sandbox): Pick<DueActs, 'charge.dispute'> => ({
  'charge.dispute': (id) => dispute(sandbox, id),
});
