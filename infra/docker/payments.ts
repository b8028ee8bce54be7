// The payment sandbox in a container: its secrets come from files, and its process wants them in the environment.
import { z } from 'zod';
import { parseSettings } from '../../process/settings.ts';

Object.assign(
  process.env,
  parseSettings({ STRIPE_API_KEY: z.string(), STRIPE_WEBHOOK_SECRET: z.string() }, process.env),
);
await import('../local/stripe/main.ts');
