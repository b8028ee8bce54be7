// What every part of the sandbox works on: the store, the clock, the settings; and how a change becomes an event.
import type Stripe from 'stripe';
import { SandboxClock } from './clock.ts';
import type { SandboxStore } from './store.ts';
import { newId } from './stored.ts';
import type { ObjectKind, StoredObjects } from './stored.ts';

/** The version whose shapes the sandbox speaks: that of the `stripe` package. */
export const API_VERSION: Stripe.LatestApiVersion = '2026-10-28.endive';

export interface SandboxRules {
  /** Stripe's rule is 30 minutes. */
  shortestCheckoutSeconds: number;
  /** How long after its payment a card that disputes does so. */
  disputeAfterSeconds: number;
  /** What becomes of a subscription when the last retry of its payment has failed: a setting of a Stripe account. */
  afterLastRetry: 'cancel' | 'unpaid';
}

export const stripesRules: SandboxRules = {
  shortestCheckoutSeconds: 30 * 60,
  disputeAfterSeconds: 5,
  afterLastRetry: 'cancel',
};

/** The names of events that the sandbox sends: those that Stripe has. */
export type EventName = Stripe.Event.Type;

export class Sandbox {
  readonly store: SandboxStore;
  readonly clock: SandboxClock;
  readonly rules: SandboxRules;
  /** The address of the API and of the hosted pages, without a slash at the end. */
  endpoint = '';
  /** The API request that is being answered, for the events that it causes. */
  request: StoredObjects['event']['request'] = { id: null, idempotency_key: null };
  /** Called when there are new deliveries. Not before the transaction has ended: all acts are synchronous. */
  onDeliveries: () => void = () => {};

  constructor(store: SandboxStore, rules: SandboxRules) {
    this.store = store;
    this.clock = new SandboxClock(store);
    this.rules = rules;
  }

  testClockOf(customer: string | null | undefined): string | null {
    return (customer && this.store.find('customer', customer)?.test_clock) || null;
  }

  /** Unix seconds, by the customer's test clock if there is one. */
  now(customer: string | null | undefined): number {
    return this.clock.now(this.testClockOf(customer));
  }

  insert<Kind extends ObjectKind>(
    kind: Kind,
    object: StoredObjects[Kind],
    ...events: EventName[]
  ): StoredObjects[Kind] {
    this.store.insert(kind, object);
    for (const event of events) this.tell(event, object);
    return object;
  }

  /** Changes an object and tells of it, with what was there before. */
  change<Kind extends ObjectKind>(
    kind: Kind,
    id: string,
    changes: Partial<StoredObjects[Kind]>,
    ...events: EventName[]
  ): StoredObjects[Kind] {
    const before: StoredObjects[Kind] = this.store.need(kind, id);
    const after = this.store.change(kind, id, changes);
    const changed = Object.entries(before).filter(
      ([field, value]) =>
        JSON.stringify(value) !== JSON.stringify(Object.entries(after).find(([key]) => key === field)?.[1]),
    );
    const previous = Object.fromEntries(changed);
    for (const event of events) this.tell(event, after, event.endsWith('.updated') ? previous : undefined);
    return after;
  }

  /** Writes the event down, and one delivery for each endpoint that wants it. */
  tell(type: EventName, object: object, previous?: Record<string, unknown>): void {
    const shown = { ...object };
    const customer = 'customer' in object && typeof object.customer === 'string' ? object.customer : null;
    const event = this.store.insert('event', {
      id: newId('event'),
      object: 'event',
      api_version: API_VERSION,
      created: this.now(customer),
      data: { object: shown, ...(previous ? { previous_attributes: previous } : {}) },
      livemode: false,
      pending_webhooks: 0,
      request: this.request,
      type,
    });
    const wanting = this.store
      .all('webhook_endpoint', { status: 'enabled' })
      .filter(({ enabled_events: names }) => names.includes('*') || names.includes(type));
    if (wanting.length === 0) return;
    this.store.change('event', event.id, { pending_webhooks: wanting.length });
    for (const endpoint of wanting) this.deliver(event.id, endpoint.id);
  }

  deliver(event: string, endpoint: string): void {
    const now = Date.now();
    const insert = this.store.database.prepare(
      'INSERT INTO deliveries (event, endpoint, first_at, next_at) VALUES (?, ?, ?, ?)',
    );
    const copies = Number(this.store.note('delivery copies') ?? 1);
    // Stripe promises no order: neither does a delivery that waits for a moment of its own.
    for (let copy = 0; copy < copies; copy += 1) insert.run(event, endpoint, now, now + Math.floor(Math.random() * 30));
    this.onDeliveries();
  }
}
