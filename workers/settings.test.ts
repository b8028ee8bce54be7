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

describe('the archive', () => {
  it('has a class and a speed, each with a default', () => {
    const usual = { ARCHIVE_STORAGE_CLASS: 'GLACIER', RESTORE_TIER: 'Standard', RESTORE_POLL_SECONDS: 300 };
    expect(read({})).toMatchObject(usual);
    const set = { ARCHIVE_STORAGE_CLASS: 'DEEP_ARCHIVE', RESTORE_TIER: 'Bulk' };
    expect(read({ ...set, RESTORE_POLL_SECONDS: '3600' })).toMatchObject({ ...set, RESTORE_POLL_SECONDS: 3600 });
    expect(read({ RESTORE_TIER: 'Expedited' }).RESTORE_TIER).toBe('Expedited');
  });

  it.for([
    [{ ARCHIVE_STORAGE_CLASS: 'GLACIER_IR' }, /ARCHIVE_STORAGE_CLASS/],
    [{ RESTORE_TIER: 'expedited' }, /RESTORE_TIER/],
    [{ RESTORE_POLL_SECONDS: '0' }, /RESTORE_POLL_SECONDS/],
    [
      { RESTORE_TIER: 'Expedited', ARCHIVE_STORAGE_CLASS: 'DEEP_ARCHIVE' },
      /RESTORE_TIER=Expedited .* ARCHIVE_STORAGE_CLASS=DEEP_ARCHIVE/,
    ],
  ] as const)('is refused where it does not exist: %o', ([changes, message]) => {
    expect(() => read(changes)).toThrow(message);
  });
});

it('signs the audit log in production: an io worker without the key does not start there', () => {
  const production = {
    NODE_ENV: 'production',
    WORKER_QUEUES: 'io',
    PUBLIC_URL: 'https://varloom.test',
    MAIL_FROM: 'Varloom <varloom@varloom.test>',
  };
  expect(() => read(production)).toThrow('AUDIT_KEY_FILE is required in production');
  expect(read({ ...production, AUDIT_KEY_FILE: '/audit-keys.json' }).AUDIT_KEY_FILE).toBe('/audit-keys.json');
  expect(read({ ...production, WORKER_QUEUES: 'engine' }).AUDIT_KEY_FILE).toBeUndefined();
});
