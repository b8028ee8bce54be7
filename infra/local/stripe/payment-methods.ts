// Cards as Stripe keeps them: brand, last four digits and expiry, never the number.
import { createHash } from 'node:crypto';
import { listing, retrieval } from './endpoint.ts';
import { cardByNumber } from './cards.ts';
import { text } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import { newId } from './stored.ts';
import type { StoredObjects } from './stored.ts';

export interface TypedCard {
  number: string;
  expiryMonth: number;
  /** Four digits. */
  expiryYear: number;
}

/** Of a card that `readCard` has accepted. */
export function createPaymentMethod(
  sandbox: Sandbox,
  customer: string,
  typed: TypedCard,
): StoredObjects['payment_method'] {
  const card = cardByNumber(typed.number);
  if (!card) throw new Error('only test cards are accepted');
  const { email, name } = sandbox.store.need('customer', customer);
  return sandbox.insert(
    'payment_method',
    {
      id: newId('payment_method'),
      object: 'payment_method',
      allow_redisplay: 'limited',
      billing_details: { address: null, email, name: name ?? null, phone: null, tax_id: null },
      card: {
        brand: card.brand,
        checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
        country: 'US',
        display_brand: card.brand,
        exp_month: typed.expiryMonth,
        exp_year: typed.expiryYear,
        fingerprint: createHash('sha256').update(card.number).digest('base64url').slice(0, 16),
        funding: 'credit',
        generated_from: null,
        last4: card.number.slice(-4),
        networks: { available: [card.brand], preferred: null },
        regulated_status: 'unregulated',
        three_d_secure_usage: { supported: true },
        wallet: null,
      },
      created: sandbox.now(customer),
      customer,
      customer_account: null,
      livemode: false,
      metadata: {},
      type: 'card',
    },
    'payment_method.attached',
  );
}

export const paymentMethodEndpoints = [
  listing('payment_method', '/v1/payment_methods', { customer: text.optional(), type: text.optional() }),
  retrieval('payment_method', '/v1/payment_methods', 'PaymentMethod'),
];
