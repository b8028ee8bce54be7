// The transport over https, which is what partners have: the name is checked against the certificate, whatever address was
// connected to. And how patience is spelled.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookAddresses } from '../../process/webhook-address.ts';
import { startReceiver, type Receiver } from '../../tests/support/receiver.ts';
import { post, retryAfterSeconds } from './transport.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(hasOpenssl)('over https', () => {
  let receiver: Receiver;
  let tls: { key: string; cert: string };
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'varloom-certificate-'));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=partner.test', '-addext', 'subjectAltName=DNS:partner.test', '-keyout', key, '-out', cert],
    ]);
    if (made.status !== 0) throw new Error(`no certificate: ${made.stderr.toString()}`);
    tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
    await rm(directory, { recursive: true });
    receiver = await startReceiver({ tls });
  });
  afterAll(() => receiver?.stop());

  const postTo = (host: string, ca?: string) => {
    const hostPort = `${host}:${receiver.port}`;
    const addresses = createWebhookAddresses([hostPort], async () => [{ address: '127.0.0.1', family: 4 }]);
    const request = { url: `https://${hostPort}/hooks`, body: '{}', headers: { 'content-type': 'application/json' } };
    return post(request, { addresses, timeoutMs: 10_000, ca });
  };

  it('a receiver with the certificate of its name is reached', async () => {
    expect(await postTo('partner.test', tls.cert)).toEqual({ status: 204, text: '', retryAfterSeconds: undefined });
    expect(receiver.received).toMatchObject([{ path: '/hooks', body: '{}' }]);
  });

  it('one with the certificate of another name, or one that nobody vouches for, gets nothing', async () => {
    const before = receiver.received.length;
    const expected = { status: null, fault: expect.stringMatching(/^no secure connection: /) };
    expect(await postTo('other.test', tls.cert)).toEqual(expected);
    expect(await postTo('partner.test')).toEqual(expected);
    expect(receiver.received).toHaveLength(before);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-05-01T12:00:00Z');
  it.for([
    [undefined, undefined],
    ['0', 0],
    ['90', 90],
    ['Fri, 01 May 2026 12:01:30 GMT', 90],
    ['Fri, 01 May 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5e9999', undefined],
    ['99999999999999', undefined],
    ['later', undefined],
  ] as const)('%s is %s seconds', ([header, expected]) => {
    expect(retryAfterSeconds(header, now)).toBe(expected);
  });
});
