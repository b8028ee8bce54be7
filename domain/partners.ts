// Partners: the programs that may call, and what they are told.

import { isId, partnerId, type PartnerId } from './ids.ts';

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

/** How long a token is valid when nothing else is said. */
export const TOKEN_LIFE_SECONDS = 365 * 24 * 3600;

/** How an audit row, and a token, name the programs of a partner. */
export const callerOfPartner = (partnerId: string): string => `partner:${partnerId}`;

/** The id of the partner whose program this is; undefined when it is nobody's. */
export function partnerOfCaller(caller: string): PartnerId | undefined {
  const [kind, id = ''] = caller.split(':');
  return kind === 'partner' && isId(id) ? partnerId(id) : undefined;
}

/** `failed`: given up after three days. `cancelled`: its endpoint was disabled or removed. */
export const WEBHOOK_STATES = ['pending', 'delivered', 'failed', 'cancelled'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** The events that partners are told of, named as in the outbox. */
export const PARTNER_EVENTS = ['delivery.released', 'delivery.revoked', 'webhook.tested'] as const;
export type PartnerEvent = (typeof PARTNER_EVENTS)[number];

/**
 * How a partner learns of a delivery: `told`, by a webhook or a mail; `asks`, having given neither; `unreachable`, when all of
 * its endpoints are disabled and it has no address for mail; `disabled`, when nothing goes to it any more.
 */
export const PARTNER_REACHES = ['told', 'asks', 'unreachable', 'disabled'] as const;
export type PartnerReach = (typeof PARTNER_REACHES)[number];

/** While a delivery is being released it may still be taken back: its links are good for no longer than this. */
export const RELEASING_LINK_SECONDS = 15 * 60;

/** How long is waited before each attempt after the first: three days in all. */
export const WEBHOOK_RETRY_SECONDS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;

/** A receiver that asks for more patience than this is asked again all the same. */
export const LONGEST_RETRY_AFTER_SECONDS = 24 * 3600;

/** The old secret signs beside the new one for so long. */
export const SECRET_OVERLAP_SECONDS = 24 * 3600;

/** An endpoint that has answered nothing well for so long, or let so many messages in a row fail, is disabled with the last. */
export const DEAD_ENDPOINT = { failingSeconds: 5 * 24 * 3600, failedMessages: 20 } as const;

/** Why an endpoint is disabled: it said that it is gone (410), it is dead, or people ended it. */
export const DISABLED_REASONS = ['gone', 'failing', 'partner_disabled', 'removed'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];
