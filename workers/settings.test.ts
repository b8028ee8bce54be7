// The settings of paying: what would only be found out with a customer waiting is refused at start.

import { describe, expect, it } from 'vitest';
import { readWorkerSettings } from './settings.ts';

const good = {
  DATABASE_URL: 'postgres://user:secret@127.0.0.1:5432/varloom',
  TEMPORAL_ADDRESS: '127.0.0.1:7233',
  PAYLOAD_KEYS_FILE: '/keys.json',
  WORK_DIRECTORY: '/work',
  MAIL_URL: 'smtp://127.0.0.1:1025',
};
const read = (changes: Record<string, string>) => readWorkerSettings({ ...good, ...changes });

describe('Stripe', () => {
  it('is optional: an installation may grant plans and take no money', () => {
    expect(read({})).toMatchObject({ CHECKOUT_EXPIRY_SECONDS: 3600, GRACE_PERIOD_SECONDS: 604_800 });
    expect(read({}).STRIPE_API_KEY).toBeUndefined();
  });

  it.for([
    ['STRIPE_API_KEY', 'pk_test_publishable'],
    ['STRIPE_API_KEY', 'whsec_webhook'],
    ['STRIPE_ENDPOINT', 'ftp://127.0.0.1'],
    ['STRIPE_PRICE_ID', 'prod_product'],
    ['CHECKOUT_EXPIRY_SECONDS', '86401'],
    ['CHECKOUT_EXPIRY_SECONDS', '1799'],
  ] as const)('%s=%s is refused', ([name, value]) => {
    expect(() => read({ [name]: value })).toThrow(name);
    expect(() => read({ [name]: value })).not.toThrow(value);
  });

  it('may stand for a sandbox, whose pages may close sooner, and never with a live key', () => {
    const sandbox = { STRIPE_ENDPOINT: 'http://127.0.0.1:12111', STRIPE_API_KEY: 'sk_test_1' };
    expect(read({ ...sandbox, CHECKOUT_EXPIRY_SECONDS: '5' }).CHECKOUT_EXPIRY_SECONDS).toBe(5);
    expect(() => read({ ...sandbox, STRIPE_API_KEY: 'sk_live_1' })).toThrow('STRIPE_ENDPOINT is for sandboxes');
    expect(() => read({ ...sandbox, STRIPE_API_KEY: 'rk_live_1' })).toThrow('STRIPE_ENDPOINT is for sandboxes');
  });
});
