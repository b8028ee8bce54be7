// The sandbox's own switches, which Stripe has not: time, failures, the log of requests, deliveries. Under /sandbox, in
// JSON, with the API key.
import { Hono } from 'hono';
import { z } from 'zod';
import { authorize } from './api.ts';
import { StripeRefusal, invalidRequest, noSuch } from './errors.ts';
import { faultShape } from './faults.ts';
import type { Faults, RequestLog } from './faults.ts';
import type { Sandbox } from './sandbox.ts';
import type { WebhookDeliveries } from './webhooks.ts';

const MOST_SECONDS = 3 * 366 * 24 * 3600;

const clockMove = z.strictObject({ advance_seconds: z.int().min(0).max(MOST_SECONDS) });
const deliverySettings = z.strictObject({
  /** Nothing is sent while it is true. */
  paused: z.boolean().optional(),
  /** How often every event is sent. */
  copies: z.int().min(1).max(50).optional(),
});
export type DeliverySettings = z.infer<typeof deliverySettings>;

export interface ControlParts {
  sandbox: Sandbox;
  apiKey: string;
  faults: Faults;
  log: RequestLog;
  deliveries: WebhookDeliveries;
}

export function createControl({ sandbox, apiKey, faults, log, deliveries }: ControlParts): Hono {
  const app = new Hono();
  app.use('/sandbox/*', async (context, next) => {
    authorize(context, apiKey);
    await next();
  });
  app.onError((error, context) => {
    const refusal =
      error instanceof StripeRefusal
        ? error
        : error instanceof z.ZodError || error instanceof SyntaxError
          ? invalidRequest(error.message)
          : new StripeRefusal(500, { type: 'api_error', message: error.message });
    return context.newResponse(JSON.stringify(refusal.body), {
      status: refusal.status === 401 ? 401 : refusal.status === 404 ? 404 : refusal.status === 400 ? 400 : 500,
      headers: { 'content-type': 'application/json' },
    });
  });

  app.get('/sandbox/clock', (context) => context.json({ now: sandbox.clock.now() }));
  app.post('/sandbox/clock', async (context) => {
    sandbox.clock.advance(clockMove.parse(await context.req.json()).advance_seconds);
    return context.json({ now: sandbox.clock.now() });
  });
  app.post('/sandbox/faults', async (context) => {
    faults.add(faultShape.parse(await context.req.json()));
    return context.json({ added: true }, 201);
  });
  app.delete('/sandbox/faults', (context) => {
    faults.clear();
    return context.json({ cleared: true });
  });
  app.get('/sandbox/requests', (context) => context.json({ requests: log.all() }));
  app.get('/sandbox/deliveries', (context) => context.json({ deliveries: listDeliveries(sandbox) }));
  app.post('/sandbox/deliveries', async (context) => {
    setDeliveries(sandbox, deliverySettings.parse(await context.req.json()));
    deliveries.wake();
    return context.json({ set: true });
  });
  app.post('/sandbox/events/:id/resend', (context) => {
    resend(sandbox, context.req.param('id'));
    return context.json({ resent: true }, 202);
  });
  return app;
}

export function setDeliveries(sandbox: Sandbox, { paused, copies }: DeliverySettings): void {
  if (paused !== undefined) sandbox.store.setNote('delivery paused', String(paused));
  if (copies !== undefined) sandbox.store.setNote('delivery copies', String(copies));
}

/** Sends an event once more to every endpoint. Throws a refusal when there is no such event. */
export function resend(sandbox: Sandbox, event: string): void {
  if (!sandbox.store.find('event', event)) throw noSuch('event', event);
  for (const { id } of sandbox.store.all('webhook_endpoint')) sandbox.deliver(event, id);
}

export interface ListedDelivery {
  event: string;
  endpoint: string;
  attempts: number;
  state: 'waiting' | 'delivered' | 'given up';
  last_status: string | null;
}

/** The latest, oldest first. */
export function listDeliveries({ store }: Sandbox): ListedDelivery[] {
  const rows = store.database.prepare('SELECT * FROM deliveries ORDER BY seq DESC LIMIT 1000').all().reverse();
  return rows.map((row) => {
    const status = row['last_status'] === null ? null : String(row['last_status']);
    const state = row['next_at'] !== null ? 'waiting' : status === 'delivered' ? 'delivered' : 'given up';
    return {
      event: String(row['event']),
      endpoint: String(row['endpoint']),
      attempts: Number(row['attempts']),
      state,
      last_status: status,
    };
  });
}
