// Standard Webhooks (standardwebhooks.com, "Signature scheme"): HMAC-SHA256 over `id.timestamp.body`.

import { createHmac } from 'node:crypto';
import { WEBHOOK_SECRET_PREFIX } from '../../process/webhook-secrets.ts';

export interface SignedHeaders {
  'webhook-id': string;
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** One signature by each secret, separated by spaces: whoever knows any of them can verify. */
export function signedHeaders(
  message: { messageId: string; body: string; sentAt: Date },
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = String(Math.floor(message.sentAt.getTime() / 1000));
  const content = `${message.messageId}.${timestamp}.${message.body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(WEBHOOK_SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  });
  return {
    'webhook-id': message.messageId,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
