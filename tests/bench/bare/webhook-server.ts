// The least that takes a signed event of the payment service: the signature is verified over the raw body by the same
// library, and the answer is 200. A process of its own, its secret in BARE_WEBHOOK_SECRET; it tells its parent its port.

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import Stripe from 'stripe';

const TOLERANCE_SECONDS = 300;

const secret = process.env['BARE_WEBHOOK_SECRET'] ?? '';
const app = new Hono();
app.post('/', async (c) => {
  const body = Buffer.from(await c.req.arrayBuffer());
  const signature = c.req.header('Stripe-Signature') ?? '';
  await Stripe.webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS);
  return c.json({ received: true });
});

process.once('disconnect', () => process.exit());
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.send?.(port));
