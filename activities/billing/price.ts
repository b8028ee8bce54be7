// What Premium costs: the price that a setting names, or the one with the expected lookup key.

import type Stripe from 'stripe';
import { VarloomError } from '../../domain/errors.ts';

export const PRICE_LOOKUP_KEY = 'varloom_premium_monthly';

/** The operator may move the key to a new price at any time. */
const CACHED_MS = 10 * 60_000;

/** Answers the price's id; remembered for some minutes. */
export function createPriceSource(priceId: string | undefined): (stripe: Stripe) => Promise<string> {
  let cached: { id: string; until: number } | undefined;
  return async (stripe) => {
    if (priceId !== undefined) return priceId;
    if (cached && cached.until > Date.now()) return cached.id;
    const { data } = await stripe.prices.list({ lookup_keys: [PRICE_LOOKUP_KEY], active: true, limit: 1 });
    const [price] = data;
    if (!price) throw notConfigured();
    cached = { id: price.id, until: Date.now() + CACHED_MS };
    return price.id;
  };
}

export const notConfigured = (): VarloomError =>
  new VarloomError('billing_not_configured', 'The payment service has no price for Premium.', {
    lookup_key: PRICE_LOOKUP_KEY,
  });
