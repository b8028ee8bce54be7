// Payment intents and their charges. An intent is what is to be paid; each attempt that reaches the card is a charge.
import { authenticationFailed, authenticationRequired, cardByLast4 } from './cards.ts';
import type { Decline } from './cards.ts';
import { listing, retrieval } from './endpoint.ts';
import { text } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import { newId, randomName } from './stored.ts';
import type { StoredObjects } from './stored.ts';

type PaymentIntent = StoredObjects['payment_intent'];
type PaymentMethod = StoredObjects['payment_method'];

export function createPaymentIntent(
  sandbox: Sandbox,
  {
    customer,
    amount,
    currency,
    description,
  }: { customer: string; amount: number; currency: string; description: string },
): PaymentIntent {
  const id = newId('payment_intent');
  return sandbox.insert(
    'payment_intent',
    {
      id,
      object: 'payment_intent',
      allowed_payment_method_types: null,
      amount,
      amount_capturable: 0,
      amount_details: { tip: {} },
      amount_received: 0,
      application: null,
      application_fee_amount: null,
      automatic_payment_methods: null,
      canceled_at: null,
      cancellation_reason: null,
      capture_method: 'automatic',
      client_secret: `${id}_secret_${randomName(25)}`,
      confirmation_method: 'automatic',
      created: sandbox.now(customer),
      currency,
      customer,
      customer_account: null,
      description,
      excluded_payment_method_types: null,
      last_payment_error: null,
      latest_charge: null,
      livemode: false,
      managed_payments: null,
      metadata: {},
      next_action: null,
      on_behalf_of: null,
      payment_method: null,
      payment_method_configuration_details: null,
      payment_method_options: null,
      payment_method_types: ['card'],
      payment_record: null,
      processing: null,
      receipt_email: null,
      review: null,
      setup_future_usage: 'off_session',
      shipping: null,
      source: null,
      statement_descriptor: null,
      statement_descriptor_suffix: null,
      status: 'requires_payment_method',
      transfer_data: null,
      transfer_group: null,
    },
    'payment_intent.created',
  );
}

export type AttemptOutcome = 'succeeded' | 'requires_action' | 'failed';

export interface Attempt {
  /** Whether the customer is there, and can be asked to authenticate. */
  session: 'on' | 'off';
  /** Known only after 3-D Secure. */
  authentication?: 'passed' | 'failed';
  /** The renewal itself or one of its retries: only these lead on to the next retry, or to giving up. */
  isPlanned?: true;
}

/** Tries to pay an intent with a card. The outcome stands in the intent; a failure is no error here. */
export function attemptPayment(
  sandbox: Sandbox,
  intent: PaymentIntent,
  method: PaymentMethod,
  attempt: Attempt,
): AttemptOutcome {
  const card = cardByLast4(method.card?.last4);
  const wantsAuthentication =
    card.authentication === 'always' || (card.authentication === 'setup' && attempt.session === 'on');
  if (wantsAuthentication && attempt.authentication !== 'passed') {
    if (attempt.authentication === 'failed') return failWithoutCharge(sandbox, intent, method, authenticationFailed);
    if (attempt.session === 'off') return fail(sandbox, intent, method, authenticationRequired);
    sandbox.change(
      'payment_intent',
      intent.id,
      {
        status: 'requires_action',
        payment_method: method.id,
        next_action: { type: 'use_stripe_sdk', use_stripe_sdk: {} },
        last_payment_error: null,
      },
      'payment_intent.requires_action',
    );
    return 'requires_action';
  }
  const { decline } = card;
  if (decline && (decline.when === 'always' || attempt.session === 'off'))
    return fail(sandbox, intent, method, decline);
  return succeed(sandbox, intent, method, card.isDisputed === true);
}

function succeed(sandbox: Sandbox, intent: PaymentIntent, method: PaymentMethod, isDisputed: boolean): AttemptOutcome {
  const charge = sandbox.insert('charge', newCharge(sandbox, intent, method, undefined), 'charge.succeeded');
  sandbox.change(
    'payment_intent',
    intent.id,
    {
      status: 'succeeded',
      amount_received: intent.amount,
      latest_charge: charge.id,
      payment_method: method.id,
      last_payment_error: null,
      next_action: null,
    },
    'payment_intent.succeeded',
  );
  if (isDisputed) {
    const testClock = sandbox.testClockOf(intent.customer);
    sandbox.clock.plan('charge.dispute', charge.id, charge.created + sandbox.rules.disputeAfterSeconds, testClock);
  }
  return 'succeeded';
}

function fail(sandbox: Sandbox, intent: PaymentIntent, method: PaymentMethod, decline: Decline): AttemptOutcome {
  const charge = sandbox.insert('charge', newCharge(sandbox, intent, method, decline), 'charge.failed');
  return failWithoutCharge(sandbox, { ...intent, latest_charge: charge.id }, method, decline);
}

function failWithoutCharge(
  sandbox: Sandbox,
  { id, latest_charge }: PaymentIntent,
  method: PaymentMethod,
  { code, declineCode, message }: Pick<Decline, 'code' | 'message' | 'declineCode'>,
): AttemptOutcome {
  const last_payment_error = {
    type: code === authenticationFailed.code ? 'invalid_request_error' : 'card_error',
    code,
    ...(declineCode === undefined ? {} : { decline_code: declineCode }),
    ...(latest_charge === null ? {} : { charge: latest_charge }),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message,
    payment_method: method,
  };
  const changes = { status: 'requires_payment_method', latest_charge, last_payment_error };
  sandbox.change(
    'payment_intent',
    id,
    { ...changes, payment_method: null, next_action: null },
    'payment_intent.payment_failed',
  );
  return 'failed';
}

function newCharge(
  sandbox: Sandbox,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline | undefined,
): StoredObjects['charge'] {
  const paid = decline === undefined;
  const id = newId('charge');
  const { card } = method;
  if (!card) throw new Error('only cards can be charged');
  return {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: paid ? intent.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: 'VARLOOM SANDBOX',
    captured: paid,
    created: sandbox.now(intent.customer),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: paid ? 'approved_by_network' : 'declined_by_network',
      reason: decline?.declineCode ?? decline?.code ?? null,
      risk_level: 'normal',
      seller_message: paid ? 'Payment complete.' : 'The bank declined the payment.',
      type: paid ? 'authorized' : 'issuer_declined',
    },
    paid,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      type: 'card',
      card: {
        amount_authorized: paid ? intent.amount : null,
        authorization_code: null,
        brand: card.brand,
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
        country: card.country,
        electronic_commerce_indicator: null,
        exp_month: card.exp_month,
        exp_year: card.exp_year,
        fingerprint: card.fingerprint ?? null,
        funding: card.funding,
        installments: null,
        last4: card.last4,
        mandate: null,
        network: card.brand,
        network_transaction_id: null,
        regulated_status: 'unregulated',
        three_d_secure: null,
        transaction_link_id: null,
        wallet: null,
      },
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: paid ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

export const paymentEndpoints = [
  listing('payment_intent', '/v1/payment_intents', { customer: text.optional() }),
  retrieval('payment_intent', '/v1/payment_intents'),
  listing('charge', '/v1/charges', { customer: text.optional(), payment_intent: text.optional() }),
  retrieval('charge', '/v1/charges'),
];
