// Customers: who pays. A customer may live by a test clock.
import { z } from 'zod';
import { endpoint, existing, listing, retrieval } from './endpoint.ts';
import { mergeMetadata, metadata, text } from './form.ts';
import type { Sandbox } from './sandbox.ts';
import { newId, randomName } from './stored.ts';
import type { StoredObjects } from './stored.ts';

const fields = z.strictObject({
  email: z.email().max(512).optional(),
  name: text.optional(),
  description: text.optional(),
  phone: text.optional(),
  metadata: metadata.optional(),
});
const creation = fields.extend({ test_clock: text.optional() });
const update = fields.extend({
  invoice_settings: z.strictObject({ default_payment_method: text }).optional(),
});

export function createCustomer(sandbox: Sandbox, given: z.output<typeof creation>): StoredObjects['customer'] {
  const testClock = given.test_clock ?? null;
  if (testClock !== null) existing(sandbox, 'test_helpers.test_clock', testClock, 'test clock', 'test_clock');
  return sandbox.insert(
    'customer',
    {
      id: newId('customer'),
      object: 'customer',
      address: null,
      balance: 0,
      created: sandbox.clock.now(testClock),
      currency: null,
      customer_account: null,
      default_source: null,
      delinquent: false,
      description: given.description ?? null,
      discount: null,
      email: given.email ?? null,
      invoice_prefix: randomName(8).toUpperCase(),
      invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
      livemode: false,
      metadata: mergeMetadata({}, given.metadata),
      name: given.name ?? null,
      next_invoice_sequence: 1,
      phone: given.phone ?? null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock: testClock,
    },
    'customer.created',
  );
}

export const customerEndpoints = [
  endpoint('post', '/v1/customers', creation, createCustomer),
  listing('customer', '/v1/customers', { email: text.optional(), test_clock: text.optional() }),
  retrieval('customer', '/v1/customers'),
  endpoint('post', '/v1/customers/:id', update, (sandbox, given, id) => {
    const before = existing(sandbox, 'customer', id);
    const { metadata: changed, invoice_settings: settings, ...plain } = given;
    if (settings) {
      const { default_payment_method: method } = settings;
      existing(sandbox, 'payment_method', method, 'PaymentMethod', 'invoice_settings[default_payment_method]');
    }
    return sandbox.change(
      'customer',
      id,
      {
        ...plain,
        metadata: mergeMetadata(before.metadata, changed),
        invoice_settings: { ...before.invoice_settings, ...settings },
      },
      'customer.updated',
    );
  }),
];
