// For the tests of the sandbox: a shop that sells Premium through it, by the `stripe` client.
import Stripe from 'stripe';
import { PREMIUM_LOOKUP_KEY } from './catalog.ts';
import { payOnPage } from './pay-on-page.ts';
import { startStripeSandbox } from './start.ts';
import type { StripeSandbox, StripeSandboxOptions } from './start.ts';

export const apiKey = 'sk_test_sandbox';
export const webhookSecret = 'whsec_sandbox';
export const goodCard = '4242424242424242';
export const DAY_SECONDS = 24 * 3600;

export const connect = (endpoint: string, key = apiKey): Stripe =>
  new Stripe(key, {
    host: '127.0.0.1',
    port: new URL(endpoint).port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });

export interface Shop {
  sandbox: StripeSandbox;
  stripe: Stripe;
  /** A customer and an open checkout session. */
  checkout: (
    more?: Partial<Stripe.Checkout.SessionCreateParams>,
  ) => Promise<{ customer: string; session: Stripe.Checkout.Session; url: string }>;
  /** A customer who has paid with this card. */
  subscribed: (card?: string) => Promise<{ customer: string; session: string; subscription: Stripe.Subscription }>;
  /** The types of all events, oldest first. */
  eventTypes: () => Promise<string[]>;
}

export async function openShop(options: Partial<StripeSandboxOptions> = {}): Promise<Shop> {
  const sandbox = await startStripeSandbox({ port: 0, apiKey, webhookSecret, ...options });
  const stripe = connect(sandbox.endpoint);

  const checkout: Shop['checkout'] = async (more = {}) => {
    const customer = await stripe.customers.create({ email: 'ada@varloom.test', metadata: { user: 'u1' } });
    const { data: prices } = await stripe.prices.list({ lookup_keys: [PREMIUM_LOOKUP_KEY] });
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: customer.id,
      client_reference_id: 'u1',
      line_items: [{ price: prices[0]?.id ?? '', quantity: 1 }],
      success_url: 'https://shop.test/done?session={CHECKOUT_SESSION_ID}',
      cancel_url: 'https://shop.test/back',
      subscription_data: { metadata: { user: 'u1' } },
      ...more,
    });
    return { customer: customer.id, session, url: session.url ?? '' };
  };

  const subscribed: Shop['subscribed'] = async (card = goodCard) => {
    const { customer, session, url } = await checkout();
    await payOnPage(url, card);
    const { subscription } = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    if (typeof subscription !== 'object' || subscription === null) throw new Error('there is no subscription');
    return { customer, session: session.id, subscription };
  };

  const eventTypes = async () => (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type).reverse();
  return { sandbox, stripe, checkout, subscribed, eventTypes };
}

/** The id in a field that was not expanded. */
export function idOf(field: string | { id: string } | null | undefined): string {
  if (typeof field !== 'string') throw new Error('expected an id');
  return field;
}
