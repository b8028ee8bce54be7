// Idempotency keys, as Stripe keeps them: for 24 hours the same request gets the same answer, and another one is refused.
import { createHash } from 'node:crypto';
import { StripeRefusal } from './errors.ts';
import type { Sandbox } from './sandbox.ts';

const KEPT_SECONDS = 24 * 3600;

export interface Answer {
  status: number;
  body: object;
}

export class IdempotencyKeys {
  readonly #sandbox: Sandbox;
  readonly #inUse = new Set<string>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Holds the key until `release`: a second request with it is refused meanwhile. */
  hold(key: string): void {
    if (this.#inUse.has(key)) {
      const message = `There is currently another in-progress request using this Idempotency Key (${key}). Please try again later.`;
      throw new StripeRefusal(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message });
    }
    this.#inUse.add(key);
  }

  release(key: string): void {
    this.#inUse.delete(key);
  }

  /** The kept answer to the same request. Throws when the key was used for another. */
  find(key: string, request: string): Answer | undefined {
    const { store, clock } = this.#sandbox;
    store.database.prepare('DELETE FROM answers WHERE kept_until <= ?').run(clock.now());
    const row = store.database.prepare('SELECT request, status, body FROM answers WHERE key = ?').get(key);
    if (!row) return undefined;
    if (row['request'] !== digest(request)) {
      const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
      throw new StripeRefusal(400, { type: 'idempotency_error', message });
    }
    // Written by `keep`, and by nobody else.
    return { status: Number(row['status']), body: JSON.parse(String(row['body'])) as object };
  }

  /** Within the transaction of the act that the answer tells of. */
  keep(key: string, request: string, { status, body }: Answer): void {
    const { store, clock } = this.#sandbox;
    store.database
      .prepare('INSERT OR REPLACE INTO answers (key, request, status, body, kept_until) VALUES (?, ?, ?, ?, ?)')
      .run(key, digest(request), status, JSON.stringify(body), clock.now() + KEPT_SECONDS);
  }
}

const digest = (request: string): string => createHash('sha256').update(request).digest('hex');
