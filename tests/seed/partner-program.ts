// The partners' own programs while the seed runs: on loopback, where the local stack lets them take webhooks. The clinic's
// works, the institute's is out of order. Afterwards nobody listens there, until somebody starts a receiver of their own.

import { once } from 'node:events';
import http from 'node:http';

export interface PartnerProgram {
  /** Where each takes its webhooks. */
  urls: Record<'clinic' | 'institute', string>;
  /** False when another program has the port, which may answer as it likes. */
  isListening: boolean;
  stop(): Promise<void>;
}

/** `hostPort`: of loopback, from WEBHOOK_ALLOWED_PRIVATE. */
export async function startPartnerProgram(hostPort: string): Promise<PartnerProgram> {
  const { hostname, port } = new URL(`http://${hostPort}`);
  const server = http.createServer((incoming, answer) => {
    incoming.resume();
    answer.writeHead(incoming.url === '/clinic' ? 204 : 503).end();
  });
  server.listen(Number(port), hostname);
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  return {
    urls: { clinic: `http://${hostPort}/clinic`, institute: `http://${hostPort}/institute` },
    isListening,
    async stop() {
      if (!isListening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
