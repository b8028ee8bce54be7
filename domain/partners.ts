// Partners: the programs that may call, and what they are told.

/** Whom a service token is for: a token for one is refused by the others. */
export const TOKEN_AUDIENCES = ['internal', 'partner', 'codec'] as const;
export type TokenAudience = (typeof TOKEN_AUDIENCES)[number];

/** What a token may do; each endpoint names one. */
export const TOKEN_SCOPES = [
  'deliveries:read',
  'deliveries:download',
  'deliveries:acknowledge',
  'payloads:decode',
  'operations:read',
] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export const SCOPES_OF_AUDIENCE = {
  partner: ['deliveries:read', 'deliveries:download', 'deliveries:acknowledge'],
  codec: ['payloads:decode'],
  internal: ['operations:read'],
} as const satisfies Record<TokenAudience, readonly TokenScope[]>;

/** `failed`: given up after three days. `cancelled`: its endpoint was disabled or removed. */
export const WEBHOOK_STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** The events that partners are told of, named as in the outbox. */
export const PARTNER_EVENTS = ['delivery.released', 'delivery.revoked', 'webhook.tested'] as const;
export type PartnerEvent = (typeof PARTNER_EVENTS)[number];
