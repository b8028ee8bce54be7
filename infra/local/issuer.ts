// The process of the local OpenID Connect issuer. Reads the file that ISSUER_SETTINGS_FILE names.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errorPage, signInPage } from './issuer-pages.ts';
import { createIssuer } from './issuer-provider.ts';
import { issuerSettings } from './issuer-settings.ts';
import type { IssuerSettings } from './issuer-settings.ts';

const BODY_LIMIT_BYTES = 10_000;

const settings = issuerSettings.parse(JSON.parse(readFileSync(process.env['ISSUER_SETTINGS_FILE'] ?? '', 'utf8')));
const provider = createIssuer(settings);
const protocol = provider.callback();

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', settings.issuer).pathname;
  const answered = path.startsWith('/sign-in/')
    ? signIn(request, response, provider, settings)
    : protocol(request, response);
  Promise.resolve(answered).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/html; charset=utf-8' });
    response.end(errorPage('server_error', 'The local issuer failed; its log says why.'));
  });
});
provider.on('server_error', (_ctx, error) => console.error(error));
server.listen(settings.port, settings.host, () =>
  console.log(JSON.stringify({ msg: 'issuer ready', issuer: settings.issuer })),
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}

/** GET shows who there is, POST signs in as the chosen one. */
async function signIn(
  request: IncomingMessage,
  response: ServerResponse,
  issuer: Provider,
  { users }: IssuerSettings,
): Promise<void> {
  const details = await issuer.interactionDetails(request, response).catch(() => undefined);
  const html = (status: number, body: string) => {
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(body);
  };
  if (!details) return html(400, errorPage('expired', 'This sign-in has expired, or was begun in another browser.'));
  if (request.method !== 'POST') return html(200, signInPage(users, `/sign-in/${details.uid}`));
  const email = new URLSearchParams(await readBody(request)).get('email');
  const user = users.find((known) => known.email === email);
  if (!user) return html(400, errorPage('unknown_user', 'There is no such local user.'));
  const login = { accountId: user.subject, remember: true, ts: Math.floor(Date.now() / 1000) };
  await issuer.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > BODY_LIMIT_BYTES) throw new Error('the body is too large');
  }
  return body;
}
