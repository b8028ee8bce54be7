// Gateways and workers as an installation runs them: processes of their own, which come, stop and are replaced one by one
// behind a proxy, over the services of a stack.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { openHome, projectDirectory, readJson } from '../../infra/local/home.ts';

/** The settings that the stack of this home gives its processes. */
export const settingsOf = (home: string) =>
  z.record(z.string(), z.string()).parse(readJson(openHome(home).settingsFile));

export interface InstalledProcess {
  name: string;
  pid: number;
  /** Everything it has printed. */
  output: () => string;
  /** The port that it said it listens on; undefined for a worker. */
  port: number | undefined;
  /** SIGTERM; resolves with exit code and how long it took. */
  stop: () => Promise<{ code: number | null; seconds: number }>;
  kill: () => Promise<void>;
}

const READY = /"msg":"(?:gateway|worker|codec) ready"/;

/** Starts a program with these settings alone; resolves when it says that it is ready, rejects with its output when it ends first. */
export async function startInstalled(
  name: string,
  program: string,
  settings: Readonly<Record<string, string | undefined>>,
): Promise<InstalledProcess> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(projectDirectory, program)], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (READY.test(text)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', () => reject(new Error(`${name} ended before it was ready:\n${text}`)));
  });
  const port = /"port":(\d+)[^\n]*"msg":"(?:gateway|codec) ready"/.exec(text)?.[1];
  return {
    name,
    pid,
    output: () => text,
    port: port === undefined ? undefined : Number(port),
    async stop() {
      const since = performance.now();
      await ended(child, 'SIGTERM');
      return { code: child.exitCode, seconds: (performance.now() - since) / 1000 };
    },
    kill: () => ended(child, 'SIGKILL'),
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}

export interface RetryingProxy {
  port: number;
  /** The ports of the gateways that it may send to. */
  use: (ports: readonly number[]) => void;
  /** Requests that a gateway refused or broke off, and that another one then answered. */
  retried: () => number;
  close: () => Promise<void>;
}

/**
 * As the proxies of installations do: a request that no gateway accepted, or that may be repeated, is sent to the next one;
 * an answer that has begun is passed on as it comes.
 */
export async function startRetryingProxy(listenPort: number): Promise<RetryingProxy> {
  let ports: readonly number[] = [];
  let next = 0;
  let retried = 0;

  const attempt = (incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse, left: number): void => {
    const port = ports[next++ % ports.length];
    const again = (why: string) => {
      if (outgoing.headersSent) return void outgoing.destroy();
      if (left === 0) return void outgoing.writeHead(502).end(why);
      retried += 1;
      setTimeout(() => attempt(incoming, body, outgoing, left - 1), 100);
    };
    if (port === undefined) return again('no gateway');
    const { method, url, headers } = incoming;
    const upstream = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
      if (answer.statusCode === 503) {
        answer.resume();
        return again('503');
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    let isConnected = false;
    upstream.once('socket', (socket) => socket.once('connect', () => (isConnected = true)));
    upstream.once('error', (error) => {
      const mayRepeat = !isConnected || method !== 'POST' || headers['idempotency-key'] !== undefined;
      if (mayRepeat) again(error.message);
      else if (!outgoing.headersSent) outgoing.writeHead(502).end(error.message);
    });
    outgoing.once('close', () => upstream.destroy());
    upstream.end(body);
  };

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => attempt(incoming, Buffer.concat(chunks), outgoing, 20));
  });
  server.listen(listenPort, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A server on a TCP port has such an address.
    port: (server.address() as AddressInfo).port,
    use: (given) => void (ports = given),
    retried: () => retried,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
