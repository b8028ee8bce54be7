// What must never be called, however it is spelled, and what may be.

import { describe, expect, it } from 'vitest';
import { BadSettings, parseSettings, processSettings } from './settings.ts';
import {
  AddressRefused,
  createWebhookAddresses,
  isPublicAddress,
  refusePrivateWebhooks,
  webhookAddressSettings,
} from './webhook-address.ts';

const PRIVATE = [
  '0.0.0.0', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254', '169.254.169.254',
  '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.19.9.9',
  '198.51.100.7', '203.0.113.9', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
  '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8', '64:ff9b::7f00:1',
  '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::1', '3fff::1', '5f00::1', 'fc00::1', 'fd12::1',
  'fe80::1', 'fec0::1', 'ff02::1', 'fe80::1%eth0', '2606:4700::1%1', 'no address', '',
]; // prettier-ignore
const PUBLIC = ['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.32.0.1', '193.0.0.1', '2606:4700::1111'];

it.for(PRIVATE)('%s is not on the internet', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});
it.for(PUBLIC)('%s is', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

const reasonOf = async (act: () => unknown): Promise<string | undefined> => {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error instanceof AddressRefused ? error.reason : `threw ${String(error)}`;
  }
};

describe('a URL', () => {
  const addresses = createWebhookAddresses(['127.0.0.1:9000', 'receiver.lab.test:8443', '[::1]:9001', 'plain.test:80']);

  it.for([
    ['nothing', 'not_a_url'],
    ['ftp://partner.test/', 'not_https'],
    ['file:///etc/passwd', 'not_a_url'],
    ['http://partner.test/', 'not_https'],
    ['http://127.0.0.1:9002/', 'not_https'],
    ['https://user:password@partner.test/', 'has_credentials'],
    ['https://user@partner.test/', 'has_credentials'],
    ['https://partner.test/#part', 'has_fragment'],
    ['https://127.0.0.1/', 'private_address'],
    ['https://127.1/', 'private_address'],
    ['https://2130706433/', 'private_address'],
    ['https://0x7f000001/', 'private_address'],
    ['https://0177.0.0.1/', 'private_address'],
    ['https://１２７.0.0.1/', 'private_address'],
    ['https://169.254.169.254/latest/meta-data/', 'private_address'],
    ['https://[::1]/', 'private_address'],
    ['https://[::ffff:169.254.169.254]/', 'private_address'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'private_address'],
    // Another port of an allowed host is not allowed.
    ['https://127.0.0.1:9003/', 'private_address'],
  ] as const)('%s is refused: %s', async ([text, reason]) => {
    expect(await reasonOf(() => addresses.parse(text))).toBe(reason);
  });

  it.for([
    'https://partner.test/hooks?key=1',
    'https://partner.test:8443/',
    'https://8.8.8.8/',
    'http://127.0.0.1:9000/hooks',
    'https://127.0.0.1:9000/hooks',
    'http://RECEIVER.lab.test:8443/',
    'http://[::1]:9001/',
    'http://plain.test/',
  ])('%s is taken', (text) => {
    expect(addresses.parse(text).href).toBe(new URL(text).href);
  });
});

describe('a host name', () => {
  const answers: Record<string, string[]> = {
    'public.test': ['8.8.8.8', '2606:4700::1111'],
    'private.test': ['10.0.0.7'],
    'mixed.test': ['8.8.8.8', '10.0.0.7'],
    'mapped.test': ['::ffff:10.0.0.7'],
    'nothing.test': [],
    'allowed.test': ['10.0.0.7'],
  };
  const addresses = createWebhookAddresses(['allowed.test:443'], async (name) => {
    const found = answers[name];
    if (!found) throw new Error('ENOTFOUND');
    return found.map((address) => ({ address, family: 4 }));
  });
  const resolve = (host: string) => addresses.resolve(addresses.parse(`https://${host}/`));

  it.for([
    ['private.test', 'private_address'],
    ['mixed.test', 'private_address'],
    ['mapped.test', 'private_address'],
    ['nothing.test', 'unknown_host'],
    ['unknown.test', 'unknown_host'],
  ] as const)('%s is refused: %s', async ([host, reason]) => {
    expect(await reasonOf(() => resolve(host))).toBe(reason);
  });

  it('gives the addresses to connect to, of the family that they are', async () => {
    expect(await resolve('public.test')).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    expect(await resolve('allowed.test')).toEqual([{ address: '10.0.0.7', family: 4 }]);
    expect(await resolve('[2606:4700::1111]')).toEqual([{ address: '2606:4700::1111', family: 6 }]);
  });

  it('localhost of this machine is refused by the resolver of this machine', async () => {
    const real = createWebhookAddresses([]);
    expect(await reasonOf(() => real.resolve(real.parse('https://localhost/')))).toBe('private_address');
  });
});

describe('WEBHOOK_ALLOWED_PRIVATE', () => {
  const read = (value: string | undefined, NODE_ENV = 'development') => {
    const settings = parseSettings(
      { ...processSettings, ...webhookAddressSettings },
      { NODE_ENV, WEBHOOK_ALLOWED_PRIVATE: value },
    );
    refusePrivateWebhooks(settings);
    return settings.WEBHOOK_ALLOWED_PRIVATE;
  };

  it('is a list of hosts and ports', () => {
    expect(read(undefined)).toEqual([]);
    expect(read('')).toEqual([]);
    expect(read('127.0.0.1:9000, Receiver.Lab.test:8443,[::1]:80')).toEqual([
      '127.0.0.1:9000',
      'receiver.lab.test:8443',
      '[::1]:80',
    ]);
  });

  it.for(['127.0.0.1', 'http://127.0.0.1:80', '127.0.0.1:port', '*:80', '10.0.0.0/8:80', ','])(
    'is refused as %s',
    (value) => expect(() => read(value)).toThrow(BadSettings),
  );

  it('is refused in production', () => {
    expect(read(undefined, 'production')).toEqual([]);
    expect(() => read('127.0.0.1:9000', 'production')).toThrow(/WEBHOOK_ALLOWED_PRIVATE/);
  });
});
