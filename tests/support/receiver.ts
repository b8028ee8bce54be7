// A receiver of webhooks on loopback: keeps what came, answers as a test wants, and verifies signatures as a partner
// would, with the package `standardwebhooks`.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export type Behaviour = (incoming: http.IncomingMessage, answer: http.ServerResponse, received: Received) => void;

export interface Receiver {
  port: number;
  url: string;
  /** `host:port`, as WEBHOOK_ALLOWED_PRIVATE names it. */
  hostPort: string;
  received: Received[];
  /** How requests are answered from now on; 204 at first. */
  behave: Behaviour;
  /** The body of a request, if `secret` has signed it. @throws when it has not */
  verify(received: Received | undefined, secret: string): unknown;
  stop(): Promise<void>;
}

export const answering =
  (status: number, headers: Record<string, string> = {}, body = ''): Behaviour =>
  (_incoming, answer) =>
    void answer.writeHead(status, headers).end(body);

/** `tls`: a certificate and its key; then it speaks https. `port`: any free one by default. */
export async function startReceiver(
  options: { tls?: { key: string; cert: string }; port?: number } = {},
): Promise<Receiver> {
  const receiver: Receiver = {
    port: 0,
    url: '',
    hostPort: '',
    received: [],
    behave: answering(204),
    verify: (received, secret) => {
      if (!received) throw new Error('nothing was received');
      return new Webhook(secret).verify(received.body, received.headers);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const listener = (incoming: http.IncomingMessage, answer: http.ServerResponse) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const received = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
        body: Buffer.concat(chunks).toString('utf8'),
      };
      receiver.received.push(received);
      receiver.behave(incoming, answer, received);
    });
  };
  const server = options.tls ? https.createServer(options.tls, listener) : http.createServer(listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  receiver.port = port;
  receiver.hostPort = `127.0.0.1:${port}`;
  receiver.url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hooks`;
  return receiver;
}
