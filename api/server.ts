// The gateway's HTTP server: how long a request may take to arrive, and how large its head may be. How long an answer takes is
// not limited: the events of a job last as long as the job.

import { createServer, Server, type ServerOptions } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { UPDATE_TIMEOUT_MS } from './update-refusals.ts';

const SECOND_MS = 1000;

export const SERVER_LIMITS = {
  /** Of a request's head. */
  headersTimeout: 10 * SECOND_MS,
  /** Of the whole request; bodies are small, files go to the store. */
  requestTimeout: 30 * SECOND_MS,
  /**
   * Longer than proxies keep connections (60 s in most): who closes first loses no request of the other.
   */
  keepAliveTimeout: 75 * SECOND_MS,
  /** How often the limits above are looked at. */
  connectionsCheckingInterval: 2 * SECOND_MS,
  /** Bytes of the head: cookies, and tokens of sign-in services, which can be long. */
  maxHeaderSize: 16 * 1024,
} as const satisfies ServerOptions;

/** Listens; `onListening` is told the port. */
export function listen(
  options: { fetch: (request: Request, env: object) => Response | Promise<Response>; port: number; hostname: string },
  onListening: (port: number) => void,
  limits: ServerOptions = SERVER_LIMITS,
): Server {
  const server = serve({ ...options, createServer, serverOptions: limits }, ({ port }) => onListening(port));
  // What `createServer` of node:http makes.
  if (!(server instanceof Server)) throw new Error('the server is not one of node:http');
  return server;
}

export interface DrainTimes {
  /** Connections are still taken for so long: who asks /health/ready sees that they should go elsewhere. */
  noticeMs: number;
  /** What requests that are under way may still take. */
  drainMs: number;
}

/** Together well below what containers are given to stop, 45 s: of a request that is cut nobody knows whether it was done. */
export const STOPPING: DrainTimes = { noticeMs: 1500, drainMs: UPDATE_TIMEOUT_MS + 2000 };

/** Lets the requests that are under way end, and takes no more. Settles when none is left. */
export async function drain(server: Server, { noticeMs, drainMs }: DrainTimes): Promise<void> {
  await delay(noticeMs);
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const late = setTimeout(() => server.closeAllConnections(), drainMs);
  server.closeIdleConnections();
  // A connection whose request ends from now on would be kept for the client's next one.
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearInterval(sweep);
  clearTimeout(late);
}
