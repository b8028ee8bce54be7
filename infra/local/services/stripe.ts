// The Stripe sandbox as a service: makes its key and its webhook secret once, and starts `stripe/main.ts` with them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { keptSecret, projectDirectory } from '../home.ts';
import { portOrFree, startEmbedded } from './embedded.ts';
import type { EmbeddedService, ServiceOptions, StartedService } from './embedded.ts';

export interface StripeAddresses {
  /** Of the API, and of the hosted pages. */
  endpoint: string;
  apiKey: string;
  webhookSecret: string;
}

export interface StripeOptions extends ServiceOptions {
  /** Where its events are sent to. */
  webhookUrl?: string;
  /** Where key and secret are kept; the directory itself when not given. */
  secrets?: string;
  /** Stripe's own rule, half an hour, when not given. */
  shortestCheckoutSeconds?: number;
}

export async function startStripe(options: StripeOptions): Promise<StartedService<StripeAddresses>> {
  return startEmbedded(await embedStripe(options), options.directory);
}

export async function embedStripe(options: StripeOptions): Promise<EmbeddedService<StripeAddresses>> {
  const { directory, webhookUrl, secrets = directory, shortestCheckoutSeconds: shortest } = options;
  const port = await portOrFree(options.port);
  await mkdir(directory, { recursive: true });
  const addresses = {
    endpoint: `http://127.0.0.1:${port}`,
    apiKey: `sk_test_${keptSecret(secrets, 'stripe-api-key')}`,
    webhookSecret: `whsec_${keptSecret(secrets, 'stripe-webhook-secret')}`,
  };
  return {
    plan: {
      name: 'stripe',
      command: process.execPath,
      args: [join(projectDirectory, 'infra', 'local', 'stripe', 'main.ts')],
      env: {
        STRIPE_SANDBOX_DIRECTORY: directory,
        STRIPE_SANDBOX_PORT: String(port),
        STRIPE_SANDBOX_WEBHOOK_URL: webhookUrl,
        STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS: shortest === undefined ? undefined : String(shortest),
        STRIPE_API_KEY: addresses.apiKey,
        STRIPE_WEBHOOK_SECRET: addresses.webhookSecret,
      },
      isReady: (output) => output().includes('"msg":"stripe sandbox ready"'),
      readyWithinSeconds: 60,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 5,
    },
    addresses,
  };
}
