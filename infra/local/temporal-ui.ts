// Stands before the Temporal UI of the local stack, and tells its pages to send the browser's cookies along when they ask the
// codec server: the development server has no option for that. Everything else passes through as it is.
//
// TEMPORAL_UI_UPSTREAM: address of the UI itself. TEMPORAL_UI_PORT: where this one listens, on 127.0.0.1.
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';

const settings = z
  .object({ TEMPORAL_UI_UPSTREAM: z.url(), TEMPORAL_UI_PORT: z.coerce.number().int().min(1).max(65535) })
  .parse(process.env);
const upstream = new URL(settings.TEMPORAL_UI_UPSTREAM);
const uiSettings = z.looseObject({ Codec: z.looseObject({ Endpoint: z.string() }) });

const server = createServer((request, response) => {
  const isSettings = request.method === 'GET' && (request.url ?? '').split('?')[0] === '/api/v1/settings';
  const headers = { ...request.headers, ...(isSettings ? { 'accept-encoding': 'identity' } : {}) };
  const { hostname, port } = upstream;
  const onward = ask({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
    if (!isSettings) {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      return;
    }
    void rewrite(answer, response);
  });
  onward.on('error', () => {
    if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
    response.end('The Temporal UI does not answer.');
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
});
server.listen(settings.TEMPORAL_UI_PORT, '127.0.0.1', () => console.log(JSON.stringify({ msg: 'temporal-ui ready' })));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

async function rewrite(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks).toString('utf8');
  const parsed = uiSettings.safeParse(safely(body));
  const text = parsed.success
    ? JSON.stringify({ ...parsed.data, Codec: { ...parsed.data.Codec, IncludeCredentials: true } })
    : body;
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
