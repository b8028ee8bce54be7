// A server against clients that take their time, over sockets of their own.

import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UPDATE_TIMEOUT_MS } from './update-refusals.ts';
import { drain, listen, SERVER_LIMITS, STOPPING } from './server.ts';

const IMPATIENT = { headersTimeout: 200, requestTimeout: 300, keepAliveTimeout: 400, connectionsCheckingInterval: 20 };

let server: Server;
let port: number;
/** Lets the stream say its last word. */
let finish: () => void;
const sockets: Socket[] = [];

beforeAll(async () => {
  const mayFinish = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const app = new Hono()
    .onError((_error, c) => c.text('', 500))
    .get('/', (c) => c.text('here'))
    .post('/', async (c) => c.text(String((await c.req.text()).length)))
    .get('/events', (c) =>
      streamSSE(c, async (stream) => {
        await stream.writeSSE({ data: 'first' });
        await mayFinish;
        await stream.writeSSE({ data: 'last' });
      }),
    );
  server = listen({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {}, { ...SERVER_LIMITS, ...IMPATIENT });
  if (!server.listening) await once(server, 'listening');
  // A server on a port has an address that is no path.
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends `text`, and no more; `closed` is all that came until the server closed the connection. */
function send(text: string): { socket: Socket; closed: Promise<string>; until(word: string): Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  let received = '';
  const waiting: (() => void)[] = [];
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
    for (const look of waiting) look();
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => received);
  socket.write(text);
  return {
    socket,
    closed,
    until: (word) =>
      new Promise((resolve) => {
        const look = () => void (received.includes(word) && resolve(received));
        waiting.push(look);
        look();
      }),
  };
}

it('waits for no head that never ends', async () => {
  expect(await send('GET / HTTP/1.1\r\nHost: here\r\nX-Slow: ').closed).toMatch(/^HTTP\/1\.1 408 /);
});

it('waits for no body that never comes', async () => {
  const { closed } = send('POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf');
  expect(await closed).toMatch(/^HTTP\/1\.1 408 |^$/);
});

it('closes a connection that is not used', async () => {
  expect(await send('GET / HTTP/1.1\r\nHost: here\r\n\r\n').closed).toMatch(/^HTTP\/1\.1 200 [\s\S]*here$/);
});

it('reads no head that is too large', async () => {
  const large = 'x'.repeat(SERVER_LIMITS.maxHeaderSize);
  expect(await send(`GET / HTTP/1.1\r\nHost: here\r\nX-Large: ${large}\r\n\r\n`).closed).toMatch(/^HTTP\/1\.1 431 /);
});

it('reads no request that could be taken for two', async () => {
  const twice = 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(await send(twice).closed).toMatch(/^HTTP\/1\.1 400 /);
  expect(
    await send('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n').closed,
  ).toMatch(/^HTTP\/1\.1 400 /);
});

it('lets a stream last longer than any request may', async () => {
  const stream = send('GET /events HTTP/1.1\r\nHost: here\r\n\r\n');
  await stream.until('first');
  // Begun later, and over for its slowness: the stream has outlived the limits by then.
  await send('GET / HTTP/1.1\r\nHost: here\r\nX-Slow: ').closed;
  await send('POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf').closed;
  expect(stream.socket.closed).toBe(false);
  finish();
  expect(await stream.until('last')).toContain('data: first');
});

it('keeps connections longer than the proxies before it do', () => {
  expect(SERVER_LIMITS.keepAliveTimeout).toBeGreaterThan(60_000);
  expect(SERVER_LIMITS.headersTimeout).toBeLessThanOrEqual(SERVER_LIMITS.requestTimeout);
});

describe('a server that stops', () => {
  /** Serves `/` at once, and `/slow` when `answer` is called. */
  async function open() {
    const answer = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const app = new Hono()
      .get('/', (c) => c.text('here'))
      .get('/slow', async (c) => {
        begun.resolve();
        await answer.promise;
        return c.text('done');
      });
    const stopping = listen({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {});
    if (!stopping.listening) await once(stopping, 'listening');
    // A server on a port has an address that is no path.
    const { port: opened } = stopping.address() as AddressInfo;
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${opened}${path}`)).text();
    return { stopping, ask, answer: answer.resolve, begun: begun.promise };
  }

  it('answers new requests for a moment, so that readiness is seen, and lets those under way end', async () => {
    const { stopping, ask, answer, begun } = await open();
    const slow = ask('/slow');
    await begun;
    const drained = drain(stopping, { noticeMs: 500, drainMs: 60_000 });
    expect(await ask('/')).toBe('here');
    await expect.poll(() => stopping.listening).toBe(false);
    answer();
    expect(await slow).toBe('done');
    await drained;
  });

  it('cuts what takes too long', async () => {
    const { stopping, ask, begun } = await open();
    const slow = ask('/slow');
    await begun;
    await Promise.all([drain(stopping, { noticeMs: 0, drainMs: 50 }), expect(slow).rejects.toThrow('fetch failed')]);
  });

  it('waits longer than the longest request, and less than a container is given', () => {
    expect(STOPPING.drainMs).toBeGreaterThan(UPDATE_TIMEOUT_MS);
    expect(STOPPING.noticeMs + STOPPING.drainMs).toBeLessThan(25_000);
  });
});
