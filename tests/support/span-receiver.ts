// What receives spans, as OTLP over HTTP in JSON: it keeps them, or does not answer, or is not there.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const value = z.union([
  z.object({ stringValue: z.string() }).transform(({ stringValue }): string | number | boolean => stringValue),
  z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
  z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
  z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
]);
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .transform((list) => Object.fromEntries(list.map((entry) => [entry.key, entry.value])));
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.int(),
  attributes,
  events: z.array(z.unknown()).default([]),
  links: z.array(z.unknown()).default([]),
  status: z.object({ code: z.int().default(0), message: z.string().optional() }),
});
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

export type ReceivedSpan = z.infer<typeof span> & { service: string };

export interface SpanReceiver {
  /** The settings of a process that sends its spans here. */
  env: Record<string, string>;
  spans: () => ReceivedSpan[];
  /** All that was ever received, as it was sent. */
  raw: () => string;
  /** From now on requests are taken, and never answered. Resolves when the next one has come. */
  hang: () => Promise<void>;
  close: () => Promise<void>;
}

export async function startSpanReceiver(): Promise<SpanReceiver> {
  const bodies: string[] = [];
  const hanging = new Set<ServerResponse>();
  let onHang: (() => void) | undefined;
  const server = createServer((incoming, answer) => {
    void text(incoming).then((body) => {
      if (onHang) {
        hanging.add(answer);
        onHang();
        return;
      }
      bodies.push(body);
      answer.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    },
    spans: () =>
      bodies.flatMap((body) =>
        request
          .parse(JSON.parse(body))
          .resourceSpans.flatMap(({ resource, scopeSpans }) =>
            scopeSpans.flatMap(({ spans }) =>
              spans.map((one) => ({ ...one, service: String(resource.attributes['service.name']) })),
            ),
          ),
      ),
    raw: () => bodies.join('\n'),
    hang: () => new Promise((resolve) => (onHang = resolve)),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
