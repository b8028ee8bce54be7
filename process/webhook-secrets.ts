// The secrets that sign webhooks: made and sealed by the gateway, opened by the worker that sends.

import { randomBytes } from 'node:crypto';
import { createSecretBox, type InstallationKeys } from './secret-box.ts';

export interface WebhookSecrets {
  /** A fresh one, as Standard Webhooks writes it: `whsec_` and 256 bits in base64. */
  generate(): string;
  /** As it is stored with the endpoint. */
  seal(endpointId: string, secret: string): string;
  /** @throws Error when it was altered, or belongs to another endpoint */
  open(endpointId: string, sealed: string): string;
}

export const WEBHOOK_SECRET_PREFIX = 'whsec_';

/** `keys`: those of the workflow payloads, of which keys for this purpose alone are derived. */
export function createWebhookSecrets(keys: InstallationKeys): WebhookSecrets {
  const box = createSecretBox(keys, 'webhook secrets');
  const placeOf = (endpointId: string) => `webhook_endpoints/${endpointId}`;
  return {
    generate: () => WEBHOOK_SECRET_PREFIX + randomBytes(32).toString('base64'),
    seal: (endpointId, secret) => box.seal(secret, placeOf(endpointId)),
    open: (endpointId, sealed) => box.open(sealed, placeOf(endpointId)),
  };
}
