// Which addresses a webhook may go to: the internet, and nothing behind our own walls. The gateway asks when an endpoint
// is saved, the worker at each attempt, and then connects to the very address that was checked.

import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { BadSettings } from './settings.ts';

/** Why an address is refused, for the person who entered it. */
export type AddressRefusal =
  'not_a_url' | 'not_https' | 'has_credentials' | 'has_fragment' | 'unknown_host' | 'private_address';

export class AddressRefused extends Error {
  override name = 'AddressRefused';
  readonly reason: AddressRefusal;

  constructor(reason: AddressRefusal, options?: ErrorOptions) {
    super(REASONS[reason], options);
    this.reason = reason;
  }
}

const REASONS: Record<AddressRefusal, string> = {
  not_a_url: 'it is not a URL',
  not_https: 'it is not https',
  has_credentials: 'it contains a user name or password',
  has_fragment: 'it contains a fragment (#…)',
  unknown_host: 'its host name is not known',
  private_address: 'its host is not on the internet: it has a private, local or reserved address',
};

export interface CheckedAddress {
  address: string;
  family: 4 | 6;
}

export interface WebhookAddresses {
  /** The URL, when its form is allowed. @throws AddressRefused */
  parse(text: string): URL;
  /** Every address of the URL's host, each of them allowed. @throws AddressRefused, also when a single one is not */
  resolve(url: URL): Promise<[CheckedAddress, ...CheckedAddress[]]>;
}

/** Resolves a name to its addresses; rejects when there are none. */
export type Resolve = (hostName: string) => Promise<{ address: string; family: number }[]>;

/** `allowedPrivate`: `host:port` as in the URL; there http is allowed too, and any address. */
export function createWebhookAddresses(
  allowedPrivate: readonly string[],
  resolve: Resolve = (hostName) => lookup(hostName, { all: true, order: 'verbatim' }),
): WebhookAddresses {
  const exceptions = new Set(allowedPrivate);
  const isException = (url: URL) => exceptions.has(`${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`);

  return {
    parse(text) {
      const url = URL.parse(text);
      if (!url || url.hostname === '') throw new AddressRefused('not_a_url');
      const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && isException(url));
      if (!isAllowed) throw new AddressRefused('not_https');
      if (url.username !== '' || url.password !== '') throw new AddressRefused('has_credentials');
      if (url.hash !== '') throw new AddressRefused('has_fragment');
      const literal = literalOf(url);
      if (literal && !isException(url) && !isPublicAddress(literal.address)) {
        throw new AddressRefused('private_address');
      }
      return url;
    },

    async resolve(url) {
      const literal = literalOf(url);
      const found = literal
        ? [literal]
        : await resolve(url.hostname).catch((cause: unknown) => {
            throw new AddressRefused('unknown_host', { cause });
          });
      const checked = found.map(({ address }): CheckedAddress => {
        if (!isException(url) && !isPublicAddress(address)) throw new AddressRefused('private_address');
        return { address, family: isIP(address) === 6 ? 6 : 4 };
      });
      const [first, ...rest] = checked;
      if (!first) throw new AddressRefused('unknown_host');
      return [first, ...rest];
    },
  };
}

const DEFAULT_PORTS: Record<string, string> = { 'https:': '443', 'http:': '80' };

/** The parser has made one form of 127.1, 0x7f000001 and 2130706433, so that an IPv4 literal is known by its dots. */
function literalOf({ hostname }: URL): CheckedAddress | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const family = isIP(bare);
  return family === 4 || family === 6 ? { address: bare, family } : undefined;
}

// ---- The IANA special-purpose address registries (RFC 6890 and its updates)

const reservedIPv4 = blockListOf('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local: the clouds' metadata services
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

/** All that is not in it is loopback, unspecified, mapped, compatible, NAT64, unique local, link-local or multicast. */
const globalIPv6 = blockListOf('ipv6', ['2000::/3']);

const reservedIPv6 = blockListOf('ipv6', [
  '2001::/23', // protocols: Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: an IPv4 address inside
  '3fff::/20', // documentation
]);

/** True for an address on the internet; false for anything else, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !reservedIPv4.check(address, 'ipv4');
    case 6:
      return globalIPv6.check(address, 'ipv6') && !reservedIPv6.check(address, 'ipv6');
    default:
      return false;
  }
}

function blockListOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}

// ---- Settings

/** `host:port`, comma-separated; an IPv6 host stands in brackets, as in a URL. */
const hostPorts = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim().toLowerCase()))
  .pipe(z.array(z.string().regex(/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/, 'must be a list of host:port')));

export const webhookAddressSettings = { WEBHOOK_ALLOWED_PRIVATE: hostPorts.default([]) } as const;

/** @throws BadSettings in production: there, no webhook goes to a private address */
export function refusePrivateWebhooks(settings: { NODE_ENV: string; WEBHOOK_ALLOWED_PRIVATE: string[] }): void {
  if (settings.NODE_ENV === 'production' && settings.WEBHOOK_ALLOWED_PRIVATE.length > 0) {
    throw new BadSettings(
      'WEBHOOK_ALLOWED_PRIVATE is for tests and the local stack: production calls no private hosts',
    );
  }
}
