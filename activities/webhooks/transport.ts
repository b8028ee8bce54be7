// One POST to an address that a stranger chose. It connects to the address that was checked, so that a name cannot mean
// another host a moment later; it follows no redirect, uses no proxy, and reads little of the answer.

import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { activeTraceparent, inSpan } from '../../process/spans.ts';
import { AddressRefused, type CheckedAddress, type WebhookAddresses } from '../../process/webhook-address.ts';

export interface PostRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
}

export type PostAnswer =
  | {
      status: number;
      /** The beginning of the answer's body. */
      text: string;
      /** As asked for in `Retry-After`. */
      retryAfterSeconds: number | undefined;
    }
  /** There was no answer, or not a whole one. */
  | { status: null; fault: string };

export interface PostOptions {
  addresses: WebhookAddresses;
  /** For the whole of it: looking up the name, connecting, sending, and the answer. */
  timeoutMs: number;
  /** The certificates that are trusted, instead of the usual ones. */
  ca?: string | undefined;
}

const ANSWER_LIMIT_BYTES = 4096;

/** Says where it is in our trace (`traceparent`), as the receiver's own traces may go on from there, and nothing else of it. */
export async function post(request: PostRequest, options: PostOptions): Promise<PostAnswer> {
  return inSpan({ name: 'Webhook POST', attributes: { 'rpc.system': 'webhook' } }, async (span) => {
    const traceparent = activeTraceparent();
    const headers = { ...request.headers, ...(traceparent === undefined ? {} : { traceparent }) };
    const answer = await postOnce({ ...request, headers }, options);
    if (answer.status !== null) span?.setAttribute('http.response.status_code', answer.status);
    return answer;
  });
}

async function postOnce(request: PostRequest, { addresses, timeoutMs, ca }: PostOptions): Promise<PostAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let url: URL;
  let checked: [CheckedAddress, ...CheckedAddress[]];
  try {
    url = addresses.parse(request.url);
    checked = await beforeDeadline(addresses.resolve(url), deadline);
  } catch (error) {
    if (error instanceof AddressRefused) return { status: null, fault: `refused: ${error.message}` };
    if (deadline.aborted) return { status: null, fault: 'no answer in time' };
    throw error;
  }

  const { request: open, Agent } = url.protocol === 'https:' ? https : http;
  // An agent of its own: no connection is shared, and no proxy is taken from the environment.
  const agent = new Agent({ keepAlive: false });
  try {
    return await new Promise<PostAnswer>((resolve) => {
      const fail = (error: unknown) => resolve({ status: null, fault: faultOf(error, deadline) });
      const outgoing = open(url, {
        method: 'POST',
        agent,
        signal: deadline,
        headers: { ...request.headers, 'content-length': Buffer.byteLength(request.body) },
        lookup: only(checked),
        maxHeaderSize: 16 * 1024,
        ...(ca === undefined ? {} : { ca }),
      });
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => void read(incoming).then(resolve, fail));
      outgoing.end(request.body);
    });
  } finally {
    agent.destroy();
  }
}

/** Looks nothing up: connects to what was checked, whatever the name means by now. */
function only(checked: readonly [CheckedAddress, ...CheckedAddress[]]): LookupFunction {
  return (_hostName, options, callback) => {
    if (options.all) callback(null, [...checked]);
    else callback(null, checked[0].address, checked[0].family);
  };
}

async function read(incoming: http.IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Ends with an error when the connection breaks before the answer is whole.
  for await (const chunk of incoming) {
    // Without an encoding set, chunks are buffers.
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    sizeBytes += bytes.length;
    if (sizeBytes >= ANSWER_LIMIT_BYTES) break;
  }
  incoming.destroy();
  return {
    status: incoming.statusCode ?? 0,
    text: Buffer.concat(chunks).subarray(0, ANSWER_LIMIT_BYTES).toString('utf8'),
    retryAfterSeconds: retryAfterSeconds(incoming.headers['retry-after']),
  };
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** RFC 9110, 10.2.3: seconds, or a date. */
export function retryAfterSeconds(header: string | undefined, nowMs = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  // Date.parse alone takes almost anything for a date.
  const atMs = HTTP_DATE.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

function beforeDeadline<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Error('the deadline passed')), { once: true });
    work.then(resolve, reject);
  });
}

/** In words for the delivery log: what is ours to say, and nothing of this machine. */
function faultOf(error: unknown, deadline: AbortSignal): string {
  if (deadline.aborted) return 'no answer in time';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  switch (code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection broke off';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'the host cannot be reached';
    default:
      if (code?.startsWith('HPE_')) return 'the answer is not HTTP';
      // As OpenSSL and Node name what is wrong with a certificate.
      if (code !== undefined && /CERT|TLS|SSL|ALTNAME|SIGNATURE/.test(code)) return `no secure connection: ${code}`;
      return `no connection: ${code ?? 'unknown fault'}`;
  }
}
