// The proxy of the compose file, in its version and with its configuration, before gateways that do what a test wants.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import {
  createServer,
  request as requestPlain,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { STOPPING } from '../../api/server.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { reservePort } from '../../infra/local/ports.ts';
import { CADDY_VERSION } from '../../infra/setup/container-tools.mjs';
import {
  caddy,
  caddyfile,
  exchange,
  gatewaysAt,
  ON_LOOPBACK,
  startCaddy,
  type RunningCaddy,
} from '../support/caddy.ts';
import { makeSettings } from './as-deployed.ts';
import { readComposeFile } from './compose-file.ts';

const run = promisify(execFile);
const DOMAIN = 'varloom.localhost';
const pathOf = (name: string) => join(projectDirectory, 'infra', 'docker', 'proxy', name);
const isAlive: Answer = (_incoming, outgoing) => void outgoing.end('{}');
type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void | Promise<void>;
const GATEWAYS = ['first', 'second', 'third'] as const;
/** After so many the proxy has seen that a gateway stops. */
const ASKS = 3;

it('the version that is tried is the one of the compose file', () => {
  expect(readComposeFile().services['proxy']?.image).toBe(`caddy:${CADDY_VERSION}`);
});

it('a gateway that stops answers for longer than the proxy takes to see it', () => {
  for (const name of ['Caddyfile', 'Caddyfile.production']) {
    const [, everyMs] = /\bhealth_interval (\d+)ms/.exec(readFileSync(pathOf(name), 'utf8')) ?? [];
    expect(Number(everyMs) * ASKS).toBeLessThanOrEqual(STOPPING.noticeMs);
  }
});

describe.skipIf(caddy === undefined)('Caddy', () => {
  let directory: string;
  let authority: string;
  let proxy: RunningCaddy;
  let ports: { plain: number; tls: number };
  const gateways: { server: Server; port: number }[] = [];
  let answer: Answer;
  /** Of those that differ. */
  const answers: Record<string, Answer> = {};

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'varloom-proxy-'));
    const settings = await makeSettings(directory);
    authority = await readFile(join(settings, 'tls-authority.pem'), 'utf8');
    for (const name of GATEWAYS) {
      const server = createServer((incoming, outgoing) => {
        const own = answers[name] ?? (incoming.url === '/health' ? isAlive : answer);
        // Who asked may be gone.
        Promise.resolve(own(incoming, outgoing)).catch(() => void outgoing.destroy());
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      // A server on a port has an address that is no path.
      gateways.push({ server, port: (server.address() as AddressInfo).port });
    }
    ports = { plain: await reservePort(), tls: await reservePort() };
    const operators = await reservePort();
    const configuration = exchange(caddyfile(), [
      ON_LOOPBACK,
      gatewaysAt(gateways.map(({ port }) => port)),
      ['http://:8080', `http://:${ports.plain}`],
      [':8443', `:${ports.tls}`],
      [':8444', `:${operators}`],
      ['/run/secrets/tls_certificate', join(settings, 'tls-certificate.pem')],
      ['/run/secrets/tls_key', join(settings, 'tls-key.pem')],
    ]);
    proxy = await startCaddy(configuration, { DOMAIN });
  });
  afterAll(async () => {
    await proxy?.stop();
    for (const { server } of gateways) server.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    answer = (_incoming, outgoing) => void outgoing.end('here');
    for (const name of GATEWAYS) delete answers[name];
  });

  interface Asked {
    method?: string;
    headers?: Record<string, string>;
    body?: Buffer;
  }
  /** A connection of its own each time, by TLS that our authority vouches for. */
  const ask = (path: string, { method = 'GET', headers = {}, body }: Asked = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({
        host: '127.0.0.1',
        port: ports.tls,
        servername: DOMAIN,
        ca: authority,
        agent: false,
        path,
        method,
        headers: { Host: `${DOMAIN}:${ports.tls}`, ...headers },
      });
      asked.once('response', resolve).once('error', reject).end(body);
    });
  const read = async (path: string, asked?: Asked) => {
    const incoming = await ask(path, asked);
    return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) };
  };

  it.for(['Caddyfile', 'Caddyfile.production'])('finds %s valid, and written as it writes', async (name) => {
    const environment = { HOME: directory, DOMAIN, ACME_EMAIL: 'operator@lab.test', OPERATOR_NETWORKS: '10.0.0.0/8' };
    await run(caddy ?? '', ['fmt', '--diff', pathOf(name)]);
    const { stdout } = await run(caddy ?? '', ['adapt', '--config', pathOf(name), '--adapter', 'caddyfile'], {
      env: environment,
    });
    expect(stdout).toContain('gateway-3:8080');
  });

  it('speaks TLS with the certificate of the installation, and leads to it from HTTP', async () => {
    expect(await read('/')).toMatchObject({ status: 200, body: 'here' });
    const plain = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { Host: `${DOMAIN}:${ports.plain}` };
      const asked = requestPlain({ host: '127.0.0.1', port: ports.plain, path: '/jobs?a=1', headers, agent: false });
      asked.once('response', resolve).once('error', reject).end();
    });
    plain.resume();
    expect(plain.statusCode).toBe(308);
    expect(plain.headers.location).toBe(`https://${DOMAIN}:${ports.tls}/jobs?a=1`);
  });

  it('tells the gateway who asks, whatever the client says of it, and does not tell the client of itself', async () => {
    const heard: IncomingMessage['headers'][] = [];
    answer = ({ headers }, outgoing) => {
      heard.push(headers);
      outgoing.setHeader('Server', 'something').end();
    };
    const { headers } = await read('/', { headers: { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'http' } });
    expect(heard).toMatchObject([{ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' }]);
    expect(headers).not.toHaveProperty('server');
  });

  const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error);
  /** The ports of the gateways that hear something now. */
  const heardNow = async () => {
    const heard = new Set<number | undefined>();
    answer = ({ socket }, outgoing) => {
      heard.add(socket.localPort);
      outgoing.end();
    };
    await Promise.all(Array.from({ length: 12 }, () => read('/')));
    return gateways.map(({ port }) => port).filter((port) => heard.has(port));
  };

  it('refuses a body that no route takes, and takes no gateway away for it', async () => {
    answer = async (incoming, outgoing) => void outgoing.end(String((await text(incoming)).length));
    for (const _ of GATEWAYS) {
      const refused = read('/', { method: 'POST', body: Buffer.alloc(11_000_000) });
      // It may hang up before it is asked to the end, and its answer be lost with what was still being sent.
      expect(await refused.then(({ status }) => status, codeOf)).toBeOneOf([413, 'ECONNRESET', 'EPIPE']);
    }
    expect(await read('/', { method: 'POST', body: Buffer.alloc(9_000_000) })).toMatchObject({ body: '9000000' });
    expect(await heardNow()).toHaveLength(GATEWAYS.length);
  });

  it('passes an event on when it happens', async () => {
    const goOn = Promise.withResolvers<void>();
    answer = async (_incoming, outgoing) => {
      outgoing.setHeader('Content-Type', 'text/event-stream');
      outgoing.write('data: first\n\n');
      await goOn.promise;
      outgoing.end('data: last\n\n');
    };
    const events = (await ask('/events'))[Symbol.asyncIterator]();
    expect(String((await events.next()).value)).toBe('data: first\n\n');
    goOn.resolve();
    expect(String((await events.next()).value)).toBe('data: last\n\n');
  });

  it('sends nothing more to a gateway that says that it stops, and comes back when it says so', async () => {
    const all = gateways.map(({ port }) => port);
    await expect.poll(heardNow).toEqual(all);
    let asked = 0;
    let heardSince = 0;
    answers['first'] = ({ url }, outgoing) => {
      if (url === '/health') asked += 1;
      else if (asked >= ASKS) heardSince += 1;
      outgoing.writeHead(503).end();
    };
    await expect.poll(() => asked).toBeGreaterThanOrEqual(ASKS);
    expect(await heardNow()).toEqual(all.slice(1));
    expect(heardSince).toBe(0);
    delete answers['first'];
    await expect.poll(heardNow).toEqual(all);
  });

  it('asks another gateway where one is gone, also with a body', async () => {
    answer = async (incoming, outgoing) => void outgoing.end(await text(incoming));
    const [first] = gateways;
    first?.server.closeAllConnections();
    await new Promise((resolve) => void first?.server.close(resolve));
    const answered = await Promise.all(
      Array.from({ length: 12 }, (_, n) => read('/', { method: 'POST', body: Buffer.from(`body ${n}`) })),
    );
    expect(answered.map(({ status, body }) => `${status} ${body}`)).toEqual(answered.map((_, n) => `200 body ${n}`));
  });
});
