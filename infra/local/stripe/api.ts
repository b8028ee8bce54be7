// The HTTP side of the API: who may call, in which version, with which idempotency key; and what goes wrong on demand.
import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { z } from 'zod';
import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoint } from './endpoint.ts';
import { StripeRefusal, invalidRequest, unauthorized } from './errors.ts';
import { expand } from './expansion.ts';
import type { Faults, RequestLog } from './faults.ts';
import { decodeForm, readParameters, text } from './form.ts';
import { IdempotencyKeys } from './idempotency.ts';
import type { Answer } from './idempotency.ts';
import { API_VERSION } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { randomName } from './stored.ts';

export type SandboxEnvironment = { Bindings: HttpBindings };

const expansion = z.strictObject({ expand: z.array(text).optional() });

export interface ApiParts {
  sandbox: Sandbox;
  apiKey: string;
  faults: Faults;
  log: RequestLog;
  endpoints: readonly Endpoint[];
}

export function createApi({ sandbox, apiKey, faults, log, endpoints }: ApiParts): Hono<SandboxEnvironment> {
  const app = new Hono<SandboxEnvironment>();
  const keys = new IdempotencyKeys(sandbox);
  for (const { method, path, run } of endpoints) {
    app[method](path, async (context) => {
      const key = method === 'post' ? (context.req.header('idempotency-key') ?? null) : null;
      const entry = log.begin(method.toUpperCase(), context.req.path, key);
      const id = `req_${randomName(14)}`;
      const fault = faults.take(`${entry.method} ${entry.path}`);
      const answer = await answerFor(async () => {
        authorize(context, apiKey);
        const encoded = method === 'post' ? await context.req.text() : new URL(context.req.url).search;
        if (key !== null) keys.hold(key);
        try {
          if (fault?.when === 'before') await suffer(fault.delay_ms, fault.status, fault.drop);
          const request = `${entry.method} ${entry.path} ${encoded}`;
          const kept = key === null ? undefined : keys.find(key, request);
          entry.replayed = kept !== undefined;
          const done = kept ?? act(request, encoded, context.req.param('id') ?? '');
          if (fault?.when === 'after') await suffer(fault.delay_ms, fault.status, fault.drop);
          return done;
        } finally {
          if (key !== null) keys.release(key);
        }
      });
      if (answer === 'dropped') {
        context.env.incoming.socket.destroy();
        return context.body(null);
      }
      entry.status = answer.status;
      return Response.json(answer.body, {
        status: answer.status,
        headers: {
          'request-id': id,
          'stripe-version': API_VERSION,
          ...(key === null ? {} : { 'idempotency-key': key }),
          ...(entry.replayed ? { 'idempotent-replayed': 'true' } : {}),
        },
      });

      function act(request: string, encoded: string, objectId: string): Answer {
        const { expand: paths = [], ...given } = decodeForm(encoded);
        const asked = readParameters(expansion, paths.length === 0 ? {} : { expand: paths }).expand ?? [];
        return sandbox.store.act(() => {
          sandbox.request = { id, idempotency_key: key };
          try {
            const outcome = outcomeOf(() => expand(sandbox, run(sandbox, given, objectId), asked));
            // What was refused before anything was done may be asked again with the same key.
            if (key !== null) keys.keep(key, request, outcome);
            return outcome;
          } finally {
            sandbox.request = { id: null, idempotency_key: null };
          }
        });
      }
    });
  }
  return app;
}

/** A refusal that leaves effects is an outcome; any other one undoes them, by being thrown on. */
function outcomeOf(run: () => object): Answer {
  try {
    return { status: 200, body: run() };
  } catch (error) {
    if (error instanceof StripeRefusal && error.keepsEffects) return { status: error.status, body: error.body };
    throw error;
  }
}

class Dropped extends Error {}

async function suffer(delayMs = 0, status: number | undefined, drop = false): Promise<void> {
  if (delayMs > 0) await pause(delayMs);
  if (drop) throw new Dropped();
  if (status === undefined) return;
  const type = status < 500 && status !== 429 ? 'invalid_request_error' : 'api_error';
  const code = status === 429 ? { code: 'rate_limit' } : {};
  throw new StripeRefusal(status, { type, message: 'This failure was asked for.', ...code });
}

async function answerFor(work: () => Promise<Answer>): Promise<Answer | 'dropped'> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Dropped) return 'dropped';
    if (error instanceof StripeRefusal) return { status: error.status, body: error.body };
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    const message = 'The sandbox failed; its log says why.';
    return { status: 500, body: new StripeRefusal(500, { type: 'api_error', message }).body };
  }
}

/** Bearer or Basic, as Stripe takes either; and only the version that the sandbox speaks. */
export function authorize(context: Context, apiKey: string): void {
  const header = context.req.header('authorization');
  if (header === undefined) {
    throw unauthorized('You did not provide an API key. You need to provide your API key in the Authorization header.');
  }
  const [scheme = '', credentials = ''] = header.split(' ');
  const isBasic = scheme.toLowerCase() === 'basic';
  const key = isBasic ? (Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '') : credentials;
  if (!isSame(key, apiKey)) throw unauthorized(`Invalid API Key provided: ${key.slice(0, 8)}…`);
  const version = context.req.header('stripe-version');
  if (version !== undefined && version !== API_VERSION) {
    throw invalidRequest(`Invalid Stripe API version: ${version}. This sandbox speaks ${API_VERSION} only.`);
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
