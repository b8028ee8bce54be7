// Products and prices: the one plan that Varloom sells, there from the start.
import { z } from 'zod';
import { endpoint, list, listing, retrieval } from './endpoint.ts';
import { flag, listOf, text } from './form.ts';
import type { Sandbox } from './sandbox.ts';

export const PREMIUM_LOOKUP_KEY = 'varloom_premium_monthly';
export const PREMIUM_PRICE_ID = 'price_varloom_premium_monthly';
const PREMIUM_PRODUCT_ID = 'prod_varloom_premium';

const PREMIUM_CENTS = 2900;

/** Makes what is sold, unless it is there. */
export function seedCatalog({ store, clock }: Sandbox): void {
  if (store.find('price', PREMIUM_PRICE_ID)) return;
  const created = clock.now();
  store.insert('product', {
    id: PREMIUM_PRODUCT_ID,
    object: 'product',
    active: true,
    created,
    default_price: PREMIUM_PRICE_ID,
    description: 'Every annotation result stays at hand',
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: 'Varloom Premium',
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  });
  store.insert('price', {
    id: PREMIUM_PRICE_ID,
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created,
    currency: 'eur',
    custom_unit_amount: null,
    livemode: false,
    lookup_key: PREMIUM_LOOKUP_KEY,
    metadata: {},
    nickname: null,
    product: PREMIUM_PRODUCT_ID,
    recurring: { interval: 'month', interval_count: 1, meter: null, usage_type: 'licensed', trial_period_days: null },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: PREMIUM_CENTS,
    unit_amount_decimal: String(PREMIUM_CENTS),
  });
}

const priceQuery = listOf({
  active: flag.optional(),
  currency: text.optional(),
  product: text.optional(),
  type: text.optional(),
  lookup_keys: z.array(text).max(10).optional(),
});

export const catalogEndpoints = [
  endpoint('get', '/v1/prices', priceQuery, ({ store }, query) => {
    const { active, currency, product, type, lookup_keys: keys, limit, starting_after: startingAfter } = query;
    const found = store.list('price', { where: { active, currency, product, type }, limit, startingAfter });
    const data = found.data.filter(({ lookup_key: key }) => !keys || (key !== null && keys.includes(key)));
    return list('/v1/prices', data, found.hasMore);
  }),
  retrieval('price', '/v1/prices'),
  listing('product', '/v1/products', { active: flag.optional() }),
  retrieval('product', '/v1/products'),
];
