// Which network counts: the connection's, or what a proxy of ours says of it.

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { parseSettings } from '../process/settings.ts';
import { proxySettings, createClientNetwork } from './client-network.ts';

async function addressOf(peer: string | undefined, forwarded?: string, trusted?: string): Promise<string> {
  const { TRUSTED_PROXIES } = parseSettings(proxySettings, { TRUSTED_PROXIES: trusted });
  const clientNetwork = createClientNetwork(TRUSTED_PROXIES);
  const app = new Hono().get('/', (c) => c.text(clientNetwork(c) ?? 'unknown'));
  const headers = forwarded === undefined ? undefined : { 'X-Forwarded-For': forwarded };
  const env = peer === undefined ? {} : { incoming: { socket: { remoteAddress: peer } } };
  return (await app.request('/', { headers: headers ?? {} }, env)).text();
}

it.for<
  [why: string, peer: string | undefined, forwarded: string | undefined, trusted: string | undefined, address: string]
>([
  ['who connects is the client', '203.0.113.9', undefined, undefined, '203.0.113.9'],
  ['a stranger says whatever they like', '203.0.113.9', '192.0.2.1', undefined, '203.0.113.9'],
  ['a proxy names its caller', '10.1.2.3', '192.0.2.1', undefined, '192.0.2.1'],
  ['the caller may have written the first', '10.1.2.3', '1.1.1.1, 192.0.2.1', undefined, '192.0.2.1'],
  ['proxies stand behind one another', '10.1.2.3', '192.0.2.1, 172.16.0.4', undefined, '192.0.2.1'],
  ['a proxy that says nothing is the client itself', '10.1.2.3', undefined, undefined, '10.1.2.3'],
  ['what is no address is not gone beyond', '10.1.2.3', '192.0.2.1, unknown, 10.0.0.1', undefined, '10.0.0.1'],
  ['a port does not matter', '127.0.0.1', '192.0.2.1:5555', undefined, '192.0.2.1'],
  ['IPv6', '::1', '[2001:DB8::7]:443', undefined, '2001:db8:0:0'],
  ['IPv4 by an IPv6 socket', '::ffff:10.1.2.3', '192.0.2.1', undefined, '192.0.2.1'],
  ['only the proxies that are named', '10.1.2.3', '192.0.2.1', '10.9.0.0/16', '10.1.2.3'],
  ['a single address', '192.0.2.200', '192.0.2.1', '192.0.2.200', '192.0.2.1'],
  ['no proxy at all', '127.0.0.1', '192.0.2.1', 'none', '127.0.0.1'],
  ['no connection', undefined, '192.0.2.1', undefined, 'unknown'],
])('%s', async ([, peer, forwarded, trusted, address]) => {
  expect(await addressOf(peer, forwarded, trusted)).toBe(address);
});

it.for([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['2001:0db8::', '2001:db8:0:0'],
  ['2001:db8:0:0:9::', '2001:db8:0:0'],
  ['::2', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is counted as %s', async ([address, key]) => {
  expect(await addressOf(address)).toBe(key);
});
