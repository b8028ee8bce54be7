// Starts the Stripe sandbox in this process: for tests, and for the process of the local stack (main.ts).
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApi } from './api.ts';
import type { SandboxEnvironment } from './api.ts';
import { portalEndpoints, portalPages } from './billing-portal.ts';
import { catalogEndpoints, seedCatalog } from './catalog.ts';
import { checkoutPages } from './checkout-pages.ts';
import { checkoutActs, checkoutEndpoints } from './checkout.ts';
import { collectionActs } from './collection.ts';
import { createControl, resend, setDeliveries } from './control.ts';
import type { DeliverySettings } from './control.ts';
import { customerEndpoints } from './customers.ts';
import { noSuch, StripeRefusal } from './errors.ts';
import { eventEndpoints, testClockEndpoints } from './events.ts';
import { Faults, RequestLog } from './faults.ts';
import type { Fault, LoggedRequest } from './faults.ts';
import { invoicePages } from './invoice-pages.ts';
import { paymentMethodEndpoints } from './payment-methods.ts';
import { paymentEndpoints } from './payments.ts';
import { disputeActs, refundEndpoints } from './refunds.ts';
import { Sandbox, stripesRules } from './sandbox.ts';
import type { SandboxRules } from './sandbox.ts';
import { SandboxStore } from './store.ts';
import { subscriptionEndpoints } from './subscriptions.ts';
import { WebhookDeliveries, setGivenEndpoint, webhookEndpoints } from './webhooks.ts';

export interface StripeSandboxOptions {
  /** Keeps its data; without one they end with the sandbox. */
  directory?: string;
  /** 0 takes a free one. */
  port: number;
  /** 127.0.0.1 when not given: it is for the machine itself. */
  host?: string | undefined;
  /** How browsers and programs reach it, where that is not the host and port. */
  publicUrl?: string | undefined;
  /** `sk_test_…`, the one key that is accepted. */
  apiKey: string;
  /** `whsec_…`, signs what goes to `webhookUrl`. */
  webhookSecret: string;
  webhookUrl?: string;
  /** Where it departs from Stripe's rules. */
  rules?: Partial<SandboxRules>;
}

export interface StripeSandbox {
  /** `http://127.0.0.1:PORT`, as STRIPE_ENDPOINT takes it. */
  endpoint: string;
  apiKey: string;
  webhookSecret: string;
  clock: { now: () => number; advance: (seconds: number) => void };
  faults: { add: (fault: Fault) => void; clear: () => void };
  requests: () => LoggedRequest[];
  deliveries: { set: (settings: DeliverySettings) => void; resend: (event: string) => void };
  /** Safe to call again. */
  close: () => Promise<void>;
}

const LOOPBACK = '127.0.0.1';

const everyEndpoint = [
  ...customerEndpoints,
  ...catalogEndpoints,
  ...checkoutEndpoints,
  ...subscriptionEndpoints,
  ...paymentMethodEndpoints,
  ...paymentEndpoints,
  ...refundEndpoints,
  ...portalEndpoints,
  ...eventEndpoints,
  ...testClockEndpoints,
  ...webhookEndpoints,
];

/** Ready when it resolves. Throws when the port is taken or the directory cannot be used. */
export async function startStripeSandbox(options: StripeSandboxOptions): Promise<StripeSandbox> {
  const { apiKey, webhookSecret, webhookUrl } = options;
  if (!apiKey.startsWith('sk_test_')) throw new Error('the sandbox takes a test key: sk_test_…');
  const store = new SandboxStore(options.directory);
  const sandbox = new Sandbox(store, { ...stripesRules, ...options.rules });
  const [faults, log, deliveries] = [new Faults(), new RequestLog(), new WebhookDeliveries(sandbox)];
  const parts = { sandbox, apiKey, faults, log, deliveries };

  const app = new Hono<SandboxEnvironment>();
  app.route('/', createApi({ ...parts, endpoints: everyEndpoint }));
  app.route('/', createControl(parts));
  for (const pages of [checkoutPages, portalPages, invoicePages]) app.route('/', pages(sandbox));
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.notFound((context) => {
    const { method, path } = context.req;
    const message = `Unrecognized request URL (${method}: ${path}). The sandbox may not have what Stripe has.`;
    return context.json(new StripeRefusal(404, { ...noSuch('url', path).details, message }).body, 404);
  });

  const server = await listen(app, options.port, options.host ?? LOOPBACK);
  sandbox.endpoint = options.publicUrl ?? `http://${LOOPBACK}:${addressOf(server).port}`;
  store.act(() => seedCatalog(sandbox));
  setGivenEndpoint(sandbox, webhookUrl === undefined ? undefined : { url: webhookUrl, secret: webhookSecret });
  sandbox.clock.start({ ...checkoutActs(sandbox), ...collectionActs(sandbox), ...disputeActs(sandbox) });
  deliveries.wake();

  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= new Promise((resolve) => {
      sandbox.clock.stop();
      deliveries.stop();
      server.close(() => {
        store.close();
        resolve();
      });
      server.closeAllConnections();
    }));
  return {
    endpoint: sandbox.endpoint,
    apiKey,
    webhookSecret,
    clock: { now: () => sandbox.clock.now(), advance: (seconds) => sandbox.clock.advance(seconds) },
    faults,
    requests: () => log.all(),
    deliveries: {
      set: (settings) => {
        setDeliveries(sandbox, settings);
        deliveries.wake();
      },
      resend: (event) => resend(sandbox, event),
    },
    close,
  };
}

function listen(app: Hono<SandboxEnvironment>, port: number, hostname: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Without options for TLS or HTTP/2 it is a plain HTTP server.
    const server = serve({ fetch: app.fetch, port, hostname }, () => resolve(server)) as Server;
    server.once('error', reject);
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox listens on no port');
  return address;
}
