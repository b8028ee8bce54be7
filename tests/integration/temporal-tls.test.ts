// Temporal over TLS: a server that asks for certificates is reached by a client and a worker with the same settings, and by
// nobody who has not got them. In front of the real server stands a listener that ends TLS, as a proxy or a managed one does.

import { spawnSync } from 'node:child_process';
import { createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createSecureServer, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTemporalClient } from '../../temporal/client.ts';
import { temporalConnection, type TemporalConnection } from '../../temporal/connection.ts';
import { readReleaseSettings } from '../../workers/settings.ts';

const NAME = 'temporal.test';
const API_KEY = randomBytes(16).toString('hex');
const keys = { activeKeyId: 'local', keys: new Map([['local', createSecretKey(randomBytes(32))]]) };

const directory = mkdtempSync(join(tmpdir(), 'varloom-tls-'));
const at = (file: string) => join(directory, file);

/** `NAME.key` and `NAME.crt`, by itself or signed by another. */
function makeCertificate(name: string, subject: string, by?: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const signed = by === undefined ? [] : ['-CA', at(`${by}.crt`), '-CAkey', at(`${by}.key`)];
  const use = by === undefined ? 'basicConstraints=critical,CA:TRUE' : 'basicConstraints=critical,CA:FALSE';
  const made = spawnSync('openssl', [
    ...['req', '-x509', ...curve, ...signed, '-subj', `/CN=${subject}`, '-addext', use],
    ...['-addext', `subjectAltName=DNS:${subject}`, '-config', at('openssl.cnf')],
    ...['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)],
  ]);
  if (made.status !== 0) throw new Error(`no certificate: ${made.stderr.toString()}`);
}

interface Listener {
  address: string;
  /** Of the calls that came through. */
  calls: IncomingHttpHeaders[];
  stop: () => Promise<void>;
}

/** Ends TLS and passes calls on to Temporal; whoever does not show a certificate of the authority does not come in. */
async function startListener(temporal: string): Promise<Listener> {
  const [key, cert, ca] = [readFileSync(at('server.key')), readFileSync(at('server.crt')), readFileSync(at('ca.crt'))];
  const calls: IncomingHttpHeaders[] = [];
  const onward = connect(`http://${temporal}`);
  const server = createSecureServer({ key, cert, ca, requestCert: true, rejectUnauthorized: true });
  const sessions = new Set<{ destroy: () => void }>();
  server.on('session', (session) => void sessions.add(session));
  server.on('stream', (stream, headers) => {
    calls.push(headers);
    const request = onward.request(headers);
    let trailers: IncomingHttpHeaders = {};
    request.on('response', (answer) => stream.respond(answer, { waitForTrailers: true }));
    request.on('trailers', (received) => (trailers = received));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    for (const end of [stream, request]) end.on('error', () => end.destroy());
    stream.pipe(request).pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return {
    address: `127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    calls,
    async stop() {
      for (const session of sessions) session.destroy();
      onward.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

let listener: Listener;
beforeAll(async () => {
  writeFileSync(at('openssl.cnf'), '[req]\ndistinguished_name = dn\n[dn]\n');
  makeCertificate('ca', 'authority');
  makeCertificate('other', 'another authority');
  makeCertificate('server', NAME, 'ca');
  makeCertificate('client', 'worker', 'ca');
  listener = await startListener(inject('temporal').address);
});
afterAll(async () => {
  await listener?.stop();
  rmSync(directory, { recursive: true });
});

/** As a process reads it from its environment. */
const connectionWith = (changes: Record<string, string | undefined>) =>
  temporalConnection(
    readReleaseSettings({
      PAYLOAD_KEYS_FILE: 'not read here',
      WORKFLOW_BUNDLE: 'not read here',
      TEMPORAL_ADDRESS: listener.address,
      TEMPORAL_TLS_CA_FILE: at('ca.crt'),
      TEMPORAL_TLS_CERT_FILE: at('client.crt'),
      TEMPORAL_TLS_KEY_FILE: at('client.key'),
      TEMPORAL_TLS_SERVER_NAME: NAME,
      ...changes,
    }),
  );

const { namespace } = inject('temporal');
const described = { namespaceInfo: { name: namespace } };

async function ofClient(connection: TemporalConnection, patienceMs: number): Promise<unknown> {
  const client = createTemporalClient({ ...connection, namespace, keys });
  try {
    const ask = () => client.workflowService.describeNamespace({ namespace });
    return await client.connection.withDeadline(Date.now() + patienceMs, ask);
  } finally {
    await client.connection.close();
  }
}

async function ofWorker(connection: TemporalConnection): Promise<unknown> {
  const native = await NativeConnection.connect(connection);
  try {
    return await native.workflowService.describeNamespace({ namespace });
  } finally {
    await native.close();
  }
}

/** What each of them is told, or that it is refused. */
async function asked(changes: Record<string, string | undefined>, patienceMs = 2_000): Promise<unknown[]> {
  const connection = connectionWith(changes);
  const outcomes = await Promise.allSettled([ofClient(connection, patienceMs), ofWorker(connection)]);
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'refused'));
}

it('who shows a certificate is known, and brings an API key along', async () => {
  expect(await asked({ TEMPORAL_API_KEY: API_KEY }, 20_000)).toMatchObject([described, described]);
  const paths = listener.calls.map((headers) => headers[':path']);
  expect(paths.filter((path) => path?.endsWith('/DescribeNamespace'))).toHaveLength(2);
  expect(listener.calls.map(({ authorization }) => authorization)).toEqual(paths.map(() => `Bearer ${API_KEY}`));
});

// Side by side: a client goes on asking until its time is over.
it.concurrent.for<[string, Record<string, string | undefined>]>([
  ['shows no certificate', { TEMPORAL_TLS_CERT_FILE: '', TEMPORAL_TLS_KEY_FILE: '' }],
  ['trusts another authority', { TEMPORAL_TLS_CA_FILE: at('other.crt') }],
  ['trusts those of the system alone', { TEMPORAL_TLS_CA_FILE: '' }],
  ['looks for another name', { TEMPORAL_TLS_SERVER_NAME: 'other.test' }],
  ['takes the name from the address', { TEMPORAL_TLS_SERVER_NAME: '' }],
])('who %s gets nothing, and says nothing', async ([, changes]) => {
  const before = listener.calls.length;
  expect(await asked({ ...changes, TEMPORAL_API_KEY: API_KEY })).toEqual(['refused', 'refused']);
  expect(listener.calls).toHaveLength(before);
});

it('without TLS the address is all there is', async () => {
  const plain = { TEMPORAL_TLS_CA_FILE: '', TEMPORAL_TLS_CERT_FILE: '', TEMPORAL_TLS_KEY_FILE: '' };
  const nothing = { ...plain, TEMPORAL_TLS_SERVER_NAME: '' };
  expect(connectionWith(nothing)).toEqual({ address: listener.address });
  expect(connectionWith({ ...nothing, TEMPORAL_TLS: 'false' })).toEqual({ address: listener.address });
  expect(connectionWith({ ...nothing, TEMPORAL_TLS: 'true' })).toEqual({ address: listener.address, tls: {} });
  expect(connectionWith({ ...nothing, TEMPORAL_API_KEY: API_KEY })).toMatchObject({ tls: {}, apiKey: API_KEY });
  expect(await asked(nothing)).toEqual(['refused', 'refused']);
});
