// What operators and their programs ask a process, on a port of its own that no user reaches: `GET /metrics`,
// `GET /health`, `GET /health/ready`.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { CONTENT_TYPE, type Metrics } from './metrics.ts';
import type { Logger } from './main.ts';
import type { Readiness } from './operations-readiness.ts';
import { portNumber } from './settings.ts';

export const operationsSettings = {
  /** Unset: no such port, and nothing is measured. 0: any free one. */
  OPERATIONS_PORT: portNumber.optional(),
  OPERATIONS_HOST: z.string().min(1).default('127.0.0.1'),
} as const;

export interface OperationsSettings {
  OPERATIONS_PORT?: number | undefined;
  OPERATIONS_HOST: string;
}

/** Without the port nobody could ask, so nothing is counted. */
export const isMeasured = (settings: OperationsSettings): boolean => settings.OPERATIONS_PORT !== undefined;

export interface OperationsParts {
  /** Undefined when the process is not measured. */
  metrics: Metrics | undefined;
  readiness: Readiness;
  logger: Pick<Logger, 'info'>;
}

export interface Operations {
  /** Where it listens, e.g. `http://127.0.0.1:9400`. */
  url: string;
  close(): Promise<void>;
}

/** Undefined when no port is set. Rejects when the port is taken. */
export async function openOperations(
  { OPERATIONS_PORT: port, OPERATIONS_HOST: host }: OperationsSettings,
  { metrics, readiness, logger }: OperationsParts,
): Promise<Operations | undefined> {
  if (port === undefined || metrics === undefined) return undefined;
  const answer = async (method: string | undefined, path: string): Promise<Answer> => {
    if (method !== 'GET' && method !== 'HEAD') return json(405, { code: 405, status: 'error' });
    switch (path) {
      case '/metrics':
        return { status: 200, type: CONTENT_TYPE, body: await metrics.expose() };
      case '/health':
        return json(200, { code: 200, status: 'ok' });
      case '/health/ready': {
        const { isReady, dependencies } = await readiness();
        return isReady
          ? json(200, { code: 200, status: 'ok', dependencies })
          : json(503, { code: 503, status: 'error', error: notReady(dependencies), dependencies });
      }
      default:
        return json(404, { code: 404, status: 'error' });
    }
  };
  const server = createServer((request, response) => {
    void answer(request.method, (request.url ?? '').split('?')[0] ?? '')
      .catch(() => json(500, { code: 500, status: 'error' }))
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  server.requestTimeout = 10_000;
  await listening(server, port, host);
  const { port: opened } = server.address() as AddressInfo; // of a server that listens on TCP, it is one
  logger.info({ port: opened }, 'operations ready');
  // The first look: what ends from now on is counted, whenever the first scrape comes.
  void metrics.expose();
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${opened}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  status: number;
  type: string;
  body: string;
}

const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

function notReady(dependencies: Readonly<Record<string, string>>): object {
  const down = Object.keys(dependencies).filter((name) => dependencies[name] === 'down');
  return { type: 'unavailable', message: `Not ready: ${down.join(', ')}.` };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
