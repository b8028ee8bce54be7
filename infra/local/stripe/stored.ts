// The shapes of what the sandbox keeps: the objects of the `stripe` package as they stand in JSON, so that the compiler
// holds the sandbox to the API version that the package speaks.
import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';

/** As an API object stands in JSON before anything is expanded: a reference is an id, a decimal a string. */
export type Stored<T> = [string] extends [T]
  ? Extract<T, string | null | undefined>
  : T extends Stripe.Decimal
    ? string
    : T extends readonly (infer Member)[]
      ? Stored<Member>[]
      : T extends object
        ? { [Key in keyof T]: Stored<T[Key]> }
        : T;

/** Everything that has an id, by the name that Stripe gives it in `object`. */
export interface StoredObjects {
  customer: Stored<Stripe.Customer>;
  product: Stored<Stripe.Product>;
  price: Stored<Stripe.Price>;
  payment_method: Stored<Stripe.PaymentMethod>;
  payment_intent: Stored<Stripe.PaymentIntent>;
  charge: Stored<Stripe.Charge>;
  refund: Stored<Stripe.Refund>;
  dispute: Stored<Stripe.Dispute>;
  subscription: Stored<Stripe.Subscription>;
  invoice: Stored<Stripe.Invoice>;
  invoice_payment: Stored<Stripe.InvoicePayment>;
  'checkout.session': Stored<Stripe.Checkout.Session>;
  'billing_portal.session': Stored<Stripe.BillingPortal.Session>;
  'test_helpers.test_clock': Stored<Stripe.TestHelpers.TestClock>;
  webhook_endpoint: Stored<Stripe.WebhookEndpoint>;
  event: StoredEvent;
}
export type ObjectKind = keyof StoredObjects;

export interface StoredEvent {
  id: string;
  object: 'event';
  api_version: string;
  created: number;
  data: { object: Record<string, unknown>; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

const prefixes: Record<ObjectKind, string> = {
  customer: 'cus',
  product: 'prod',
  price: 'price',
  payment_method: 'pm',
  payment_intent: 'pi',
  charge: 'ch',
  refund: 're',
  dispute: 'du',
  subscription: 'sub',
  invoice: 'in',
  invoice_payment: 'inpay',
  'checkout.session': 'cs_test',
  'billing_portal.session': 'bps',
  'test_helpers.test_clock': 'clock',
  webhook_endpoint: 'we',
  event: 'evt',
};

export const newId = (kind: ObjectKind): string => `${prefixes[kind]}_${randomName(24)}`;

/** Letters and digits, as in Stripe's ids; a session's id is also the key to its hosted page. */
export function randomName(length: number): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** A list as it stands inside of another object. */
export const embeddedList = <T>(data: T[], url: string) => ({ object: 'list' as const, data, has_more: false, url });
