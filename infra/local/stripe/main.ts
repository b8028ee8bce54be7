// The process of the Stripe sandbox in the local stack.
import { z } from 'zod';
import { startStripeSandbox } from './start.ts';

const settings = z
  .object({
    STRIPE_SANDBOX_DIRECTORY: z.string().min(1),
    STRIPE_SANDBOX_PORT: z.coerce.number().int().min(1).max(65535),
    STRIPE_SANDBOX_HOST: z.string().min(1).optional(),
    STRIPE_SANDBOX_PUBLIC_URL: z.url().optional(),
    STRIPE_SANDBOX_WEBHOOK_URL: z.url().optional(),
    STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS: z.coerce.number().int().min(1).optional(),
    STRIPE_API_KEY: z.string().startsWith('sk_test_'),
    STRIPE_WEBHOOK_SECRET: z.string().startsWith('whsec_'),
  })
  .parse(process.env);

const shortest = settings.STRIPE_SANDBOX_SHORTEST_CHECKOUT_SECONDS;
const sandbox = await startStripeSandbox({
  directory: settings.STRIPE_SANDBOX_DIRECTORY,
  port: settings.STRIPE_SANDBOX_PORT,
  host: settings.STRIPE_SANDBOX_HOST,
  publicUrl: settings.STRIPE_SANDBOX_PUBLIC_URL,
  apiKey: settings.STRIPE_API_KEY,
  webhookSecret: settings.STRIPE_WEBHOOK_SECRET,
  webhookUrl: settings.STRIPE_SANDBOX_WEBHOOK_URL,
  rules: shortest === undefined ? {} : { shortestCheckoutSeconds: shortest },
});
console.log(JSON.stringify({ msg: 'stripe sandbox ready', endpoint: sandbox.endpoint }));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
}
