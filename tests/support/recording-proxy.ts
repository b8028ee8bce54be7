// What goes over the wire to SES: passes requests on, and keeps the raw messages in them.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { z } from 'zod';

const sendEmail = z.object({ Content: z.object({ Raw: z.object({ Data: z.base64() }) }) });

export interface RecordingProxy {
  endpoint: string;
  /** Each raw message that was sent, headers first. */
  messages: string[];
  close: () => Promise<void>;
}

export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const messages: string[] = [];
  const pass = async (...[incoming, outgoing]: Parameters<NonNullable<Parameters<typeof createServer>[1]>>) => {
    const body = await buffer(incoming);
    const sent = sendEmail.safeParse(JSON.parse(body.toString()));
    if (sent.success) messages.push(Buffer.from(sent.data.Content.Raw.Data, 'base64').toString());
    // The headers as they are: the signature covers the host.
    const { method, headers } = incoming;
    const passed = request(new URL(incoming.url ?? '/', target), { ...(method ? { method } : {}), headers });
    passed.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once('error', () => outgoing.destroy());
    passed.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('there is no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    messages,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
