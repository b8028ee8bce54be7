// Whose request it is, by network address. A proxy puts the address of its own caller into X-Forwarded-For: that is
// believed of the proxies that TRUSTED_PROXIES names, and of nobody else, who could write anything there.

import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';
import { z } from 'zod';

/** Where proxies stand: this machine, and private networks. No stranger on the internet has such an address. */
const PRIVATE_NETWORKS = '127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7';

export const proxySettings = {
  /** Networks, comma-separated: `10.1.0.0/16,2001:db8::1`; `none` for a gateway that has no proxy. */
  TRUSTED_PROXIES: z
    .string()
    .default(PRIVATE_NETWORKS)
    .transform((text) => (text.trim() === 'none' ? [] : text.split(',').map((entry) => entry.trim())))
    .refine((networks) => networks.every(isNetwork), {
      error: 'must be a list of networks, 10.1.0.0/16, or of addresses; or none',
    }),
};

/** Of who sent the request: the IPv4 address, or the /64 of the IPv6 one. Undefined for what came over no connection. */
export type ClientNetwork = (c: Context) => string | undefined;

export function createClientNetwork(trustedProxies: readonly string[]): ClientNetwork {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const { address, prefix, family } = networkOf(entry);
    trusted.addSubnet(address, prefix, family);
  }
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  const addressOf = (c: Context): string | undefined => {
    const peer = plain(peerOf(c));
    if (peer === undefined || !isTrusted(peer)) return peer;
    // Each proxy adds its caller at the end. Going back from there, the first that is no proxy of ours is the client;
    // whatever stands before it, the client may have written.
    const forwarded = c.req.header('X-Forwarded-For')?.split(',') ?? [];
    let nearest = peer;
    for (const entry of forwarded.toReversed()) {
      const address = plain(entry);
      if (address === undefined) return nearest;
      nearest = address;
      if (!isTrusted(address)) return address;
    }
    return nearest;
  };
  return (c) => {
    const address = addressOf(c);
    return address === undefined ? undefined : networkKey(address);
  };
}

/** The server gives the connection to each request; one that a test makes by hand has none. */
function peerOf(c: Context): string | undefined {
  const { env }: { env: unknown } = c;
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return undefined;
  const { incoming } = env;
  if (typeof incoming !== 'object' || incoming === null || !('socket' in incoming)) return undefined;
  const { socket } = incoming;
  if (typeof socket !== 'object' || socket === null || !('remoteAddress' in socket)) return undefined;
  return typeof socket.remoteAddress === 'string' ? socket.remoteAddress : undefined;
}

/** One form for each address: an IPv4 address that came in by an IPv6 socket is an IPv4 address; ports are left out. */
function plain(text: string | undefined): string | undefined {
  const bare = text
    ?.trim()
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return bare !== undefined && isIP(bare) !== 0 ? bare.toLowerCase() : undefined;
}

function networkOf(entry: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', prefix] = entry.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  return { address, prefix: prefix === undefined ? bits : Number(prefix), family: bits === 128 ? 'ipv6' : 'ipv4' };
}

function isNetwork(entry: string): boolean {
  const { address, prefix, family } = networkOf(entry);
  return isIP(address) !== 0 && /^[^/]+(\/\d{1,3})?$/.test(entry) && prefix <= (family === 'ipv6' ? 128 : 32);
}

/** Whoever has an IPv6 address has 2^64 of them. */
function networkKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...gap, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
