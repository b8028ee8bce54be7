// Delivers events: signed, at least once, in no order, again after failures for three days. Never in the way of an answer.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { noSuch } from './errors.ts';
import { listOf, mergeMetadata, metadata, text, url } from './form.ts';
import { API_VERSION } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { newId, randomName } from './stored.ts';
import type { StoredObjects } from './stored.ts';

const AT_ONCE = 8;
const ANSWER_WITHIN_MS = 10_000;
const FIRST_RETRY_MS = 1000;
// Stripe waits for hours in the end; here somebody has just restarted a gateway.
const LONGEST_RETRY_MS = 15_000;
const GIVE_UP_AFTER_MS = 3 * 24 * 3600 * 1000;

/** The endpoint that is given by a setting, as against those that are made through the API. */
export const GIVEN_ENDPOINT = 'we_given';

/** The header `Stripe-Signature` for a body, sent at `timestamp` (Unix seconds). */
export function sign(body: string, secret: string, timestamp: number): string {
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

export class WebhookDeliveries {
  readonly #sandbox: Sandbox;
  readonly #underway = new Set<number>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #isWoken = false;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    sandbox.onDeliveries = () => this.wake();
  }

  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      this.#sendDue();
    });
  }

  /** What is underway counts as not delivered, and is sent again after the next start. */
  stop(): void {
    this.#ending.abort();
    clearTimeout(this.#timer);
  }

  #sendDue(): void {
    if (this.#ending.signal.aborted || this.#sandbox.store.note('delivery paused') === 'true') return;
    const waiting = this.#sandbox.store.database
      .prepare(
        'SELECT seq, event, endpoint, attempts, first_at, next_at FROM deliveries WHERE next_at IS NOT NULL ORDER BY next_at LIMIT ?',
      )
      .all(AT_ONCE * 2);
    clearTimeout(this.#timer);
    for (const row of waiting) {
      const seq = Number(row['seq']);
      if (this.#underway.has(seq)) continue;
      if (this.#underway.size >= AT_ONCE) return; // the end of one of them wakes this again
      const waitMs = Number(row['next_at']) - Date.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.wake(), waitMs).unref();
        return;
      }
      this.#underway.add(seq);
      const attempt = { seq, event: String(row['event']), endpoint: String(row['endpoint']) };
      void this.#send(attempt.event, attempt.endpoint).then((outcome) => {
        this.#underway.delete(seq);
        if (this.#ending.signal.aborted) return;
        this.#note(seq, outcome, Number(row['attempts']) + 1, Number(row['first_at']));
        this.wake();
      });
    }
  }

  /** Answers `delivered`, or what went wrong. Never rejects. */
  async #send(eventId: string, endpointId: string): Promise<string> {
    const to = this.#sandbox.store.find('webhook_endpoint', endpointId);
    const event = this.#sandbox.store.find('event', eventId);
    if (!to || !event) return 'delivered'; // nobody waits for it any more
    const body = JSON.stringify(event, null, 2);
    try {
      const answer = await fetch(to.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': 'Stripe/1.0 (Varloom sandbox)',
          // By the machine's clock, whatever the sandbox's says: the receiver compares it with its own.
          'stripe-signature': sign(body, to.secret ?? '', Math.floor(Date.now() / 1000)),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#ending.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      await answer.body?.cancel();
      return answer.ok ? 'delivered' : `status ${answer.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #note(seq: number, outcome: string, attempts: number, firstAt: number): void {
    const { store } = this.#sandbox;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_RETRY_MS);
    const nextAt = Date.now() + retryMs;
    const isOver = outcome === 'delivered' || nextAt > firstAt + GIVE_UP_AFTER_MS;
    store.database
      .prepare('UPDATE deliveries SET attempts = ?, next_at = ?, last_status = ? WHERE seq = ?')
      .run(attempts, isOver ? null : nextAt, outcome, seq);
  }
}

/** Registers the endpoint of the settings, or moves it: what still waits for it goes to its new address. */
export function setGivenEndpoint(sandbox: Sandbox, given: { url: string; secret: string } | undefined): void {
  sandbox.store.act(() => {
    const known = sandbox.store.find('webhook_endpoint', GIVEN_ENDPOINT);
    if (!given) {
      if (known) sandbox.store.remove(GIVEN_ENDPOINT);
    } else if (known) {
      sandbox.store.change('webhook_endpoint', GIVEN_ENDPOINT, given);
    } else {
      sandbox.store.insert('webhook_endpoint', {
        ...newEndpoint(sandbox, given.url),
        id: GIVEN_ENDPOINT,
        secret: given.secret,
      });
    }
  });
}

function newEndpoint(sandbox: Sandbox, address: string): StoredObjects['webhook_endpoint'] {
  return {
    id: newId('webhook_endpoint'),
    object: 'webhook_endpoint',
    api_version: API_VERSION,
    application: null,
    created: sandbox.clock.now(),
    description: null,
    enabled_events: ['*'],
    livemode: false,
    metadata: {},
    secret: `whsec_${randomName(32)}`,
    status: 'enabled',
    url: address,
  };
}

/** Only the answer to its creation tells an endpoint's secret. */
function withoutSecret(of: StoredObjects['webhook_endpoint']): StoredObjects['webhook_endpoint'] {
  return { ...of, secret: undefined };
}

const creation = z.strictObject({
  url,
  enabled_events: z.array(text).min(1),
  description: text.optional(),
  metadata: metadata.optional(),
  api_version: z.literal(API_VERSION).optional(),
});

export const webhookEndpoints = [
  endpoint('post', '/v1/webhook_endpoints', creation, (sandbox, given) =>
    sandbox.store.insert('webhook_endpoint', {
      ...newEndpoint(sandbox, given.url),
      enabled_events: given.enabled_events,
      description: given.description ?? null,
      metadata: mergeMetadata({}, given.metadata),
    }),
  ),
  endpoint('get', '/v1/webhook_endpoints', listOf({}), ({ store }, query) => {
    const { data, hasMore } = store.list('webhook_endpoint', { ...query, startingAfter: query.starting_after });
    return { object: 'list', url: '/v1/webhook_endpoints', has_more: hasMore, data: data.map(withoutSecret) };
  }),
  endpoint('get', '/v1/webhook_endpoints/:id', z.strictObject({}), ({ store }, _, id) => {
    const found = store.find('webhook_endpoint', id);
    if (!found) throw noSuch('webhook endpoint', id);
    return withoutSecret(found);
  }),
  endpoint('delete', '/v1/webhook_endpoints/:id', z.strictObject({}), ({ store }, _, id) => {
    if (!store.find('webhook_endpoint', id)) throw noSuch('webhook endpoint', id);
    store.remove(id);
    return { id, object: 'webhook_endpoint', deleted: true };
  }),
];
