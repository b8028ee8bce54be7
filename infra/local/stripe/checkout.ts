// Checkout sessions: the API by which they are made, looked up and expired. How one is paid stands in checkout-payment.ts.
import { z } from 'zod';
import { giveUpIncomplete } from './collection.ts';
import type { DueActs } from './clock.ts';
import { endpoint, existing, listing, retrieval } from './endpoint.ts';
import { invalidRequest } from './errors.ts';
import { integer, mergeMetadata, metadata, text, url } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import { embeddedList, newId, randomName } from './stored.ts';
import type { StoredObjects } from './stored.ts';

export type CheckoutSession = StoredObjects['checkout.session'];

const LONGEST_SECONDS = 24 * 3600;

const creation = z.strictObject({
  mode: z.literal('subscription', { error: 'the sandbox sells subscriptions only' }),
  line_items: z.array(z.strictObject({ price: text, quantity: integer.pipe(z.number().min(1)).optional() })).min(1),
  success_url: url,
  cancel_url: url.optional(),
  customer: text.optional(),
  customer_email: z.email().optional(),
  client_reference_id: z.string().max(200).optional(),
  expires_at: integer.optional(),
  metadata: metadata.optional(),
  subscription_data: z.strictObject({ metadata: metadata.optional(), description: text.optional() }).optional(),
  // Understood, and without effect here.
  ui_mode: z.literal('hosted_page').optional(),
  locale: text.optional(),
  payment_method_types: z.array(z.literal('card')).optional(),
  payment_method_collection: z.enum(['always', 'if_required']).optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  allow_promotion_codes: z.literal('false').optional(),
});

const order = z.strictObject({
  price: z.string(),
  quantity: z.number(),
  metadata: z.record(z.string(), z.string()),
  description: z.string().nullable(),
});
/** What a session will make a subscription of; Stripe does not show it. */
type CheckoutOrder = z.output<typeof order>;

export function orderOf(sandbox: Sandbox, session: string): CheckoutOrder {
  return order.parse(JSON.parse(sandbox.store.note(`order ${session}`) ?? 'null'));
}

function createSession(sandbox: Sandbox, given: z.output<typeof creation>): CheckoutSession {
  const { store, clock, rules } = sandbox;
  if (given.customer !== undefined) existing(sandbox, 'customer', given.customer, 'customer', 'customer');
  if (given.customer !== undefined && given.customer_email !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.');
  }
  const [line, ...more] = given.line_items;
  if (!line || more.length > 0) throw invalidRequest('The sandbox takes one line item', { param: 'line_items' });
  const price = existing(sandbox, 'price', line.price, 'price', 'line_items[0][price]');
  const testClock = sandbox.testClockOf(given.customer);
  const now = clock.now(testClock);
  const expiresAt = given.expires_at ?? now + LONGEST_SECONDS;
  if (expiresAt < now + rules.shortestCheckoutSeconds || expiresAt > now + LONGEST_SECONDS) {
    const shortest =
      rules.shortestCheckoutSeconds % 60 === 0
        ? `${rules.shortestCheckoutSeconds / 60} minutes`
        : `${rules.shortestCheckoutSeconds} seconds`;
    const message = `The \`expires_at\` timestamp must be between ${shortest} and 24 hours from Checkout Session creation.`;
    throw invalidRequest(message, { param: 'expires_at' });
  }
  const id = newId('checkout.session');
  const quantity = line.quantity ?? 1;
  const total = (price.unit_amount ?? 0) * quantity;
  const noted: CheckoutOrder = {
    price: price.id,
    quantity,
    metadata: mergeMetadata({}, given.subscription_data?.metadata),
    description: given.subscription_data?.description ?? null,
  };
  store.setNote(`order ${id}`, JSON.stringify(noted));
  clock.plan('checkout.expire', id, expiresAt, testClock);
  const email = given.customer === undefined ? given.customer_email : store.need('customer', given.customer).email;
  return sandbox.insert('checkout.session', {
    id,
    object: 'checkout.session',
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: given.billing_address_collection ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: now,
    currency: price.currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: given.customer ?? null,
    customer_account: null,
    customer_creation: given.customer === undefined ? 'always' : null,
    customer_details: email ? customerDetails(email) : null,
    customer_email: given.customer_email ?? null,
    discounts: [],
    expires_at: expiresAt,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: mergeMetadata({}, given.metadata),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: given.payment_method_collection ?? 'always',
    payment_method_configuration_details: null,
    payment_method_options: { card: { request_three_d_secure: 'automatic' } },
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    phone_number_collection: { enabled: false },
    recovered_from: null,
    saved_payment_method_options: {
      allow_redisplay_filters: ['always'],
      payment_method_remove: 'disabled',
      payment_method_save: null,
    },
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: given.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${sandbox.endpoint}/c/${id}`,
    wallet_options: null,
  });
}

export const customerDetails = (email: string): NonNullable<CheckoutSession['customer_details']> => ({
  address: null,
  business_name: null,
  email,
  individual_name: null,
  name: null,
  phone: null,
  tax_exempt: 'none',
  tax_ids: [],
});

/** What `expand[]=line_items` shows. */
export function lineItemsOf(sandbox: Sandbox, session: CheckoutSession) {
  const { price, quantity } = orderOf(sandbox, session.id);
  const total = session.amount_total ?? 0;
  const item: Required<Pick<CheckoutSession, 'line_items'>>['line_items'] = embeddedList(
    [
      {
        id: `li_${randomName(24)}`,
        object: 'item',
        adjustable_quantity: null,
        amount_discount: 0,
        amount_subtotal: total,
        amount_tax: 0,
        amount_total: total,
        currency: session.currency ?? 'eur',
        description: 'Varloom Premium',
        metadata: {},
        price: sandbox.store.need('price', price),
        quantity,
      },
    ],
    `/v1/checkout/sessions/${session.id}/line_items`,
  );
  return item;
}

/** What was begun of its subscription is given up with it. */
export function expireSession(sandbox: Sandbox, id: string): CheckoutSession {
  const { subscription } = sandbox.store.need('checkout.session', id);
  sandbox.clock.unplan('checkout.expire', id);
  const expired = sandbox.change('checkout.session', id, { status: 'expired', url: null }, 'checkout.session.expired');
  if (subscription !== null) giveUpIncomplete(sandbox, subscription);
  return expired;
}

const path = '/v1/checkout/sessions';

export const checkoutEndpoints = [
  endpoint('post', path, creation, createSession),
  listing('checkout.session', path, {
    customer: text.optional(),
    subscription: text.optional(),
    status: text.optional(),
  }),
  retrieval('checkout.session', path),
  endpoint('post', `${path}/:id/expire`, z.strictObject({}), (sandbox, _, id) => {
    const { status } = existing(sandbox, 'checkout.session', id);
    if (status !== 'open') {
      const message = `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${status}.`;
      throw invalidRequest(message);
    }
    return expireSession(sandbox, id);
  }),
];

export const checkoutActs = (sandbox: Sandbox): Pick<DueActs, 'checkout.expire'> => ({
  'checkout.expire': (id) => void expireSession(sandbox, id),
});
