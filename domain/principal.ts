// Who acts. The principal travels in Temporal headers from the API to the activity; every audit row names it.

import type { OrganizationId, UserId } from './ids.ts';

export const ROLES = ['member', 'technical', 'licensed', 'director', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type Principal =
  | { kind: 'user'; userId: UserId; organizationId: OrganizationId }
  /** A program of somebody else, `partner:<id>`, with a token of ours. Of its organization's rows it sees its partner's. */
  | { kind: 'service'; name: string; organizationId: OrganizationId }
  /** A worker, a Schedule or the start-up of a process: `name` says which. It sees every organization's rows. */
  | { kind: 'system'; name: string };

/** How an audit row names the principal. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return `user:${principal.userId}`;
    case 'service':
      return principal.name;
    case 'system':
      return `system:${principal.name}`;
  }
}

export const system = (name: string): Principal => ({ kind: 'system', name });

/**
 * The sagas of the delivery review as the audit log names them: what they do by themselves is nobody's act, whoever started
 * them. Who asked for it stands in the details. Their rows stay those of the organization they act for.
 */
export const SAGAS = {
  deliveryReview: system('delivery-review'),
  reviewSample: system('review-sample'),
  deliverWebhook: system('deliver-webhook'),
} as const satisfies Record<string, Principal>;
