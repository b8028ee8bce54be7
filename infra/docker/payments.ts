// The payment sandbox in a container: its secrets come from files.
import { readSecretFiles } from './secret-files.ts';

readSecretFiles(['STRIPE_API_KEY', 'STRIPE_WEBHOOK_SECRET']);
await import('../local/stripe/main.ts');
