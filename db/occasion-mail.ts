// Mail that is about no job: claimed before it is sent, once per user, kind and occasion.

import { createHash } from 'node:crypto';
import type { Transaction } from './client.ts';
import { claimMessage, type MailClaim } from './mail-claims.ts';
import type { EndpointMailKind, ReviewMailKind, SubscriptionMailKind } from './schema/index.ts';

export interface Occasion {
  userId: string;
  organizationId: string;
  kind: SubscriptionMailKind | ReviewMailKind | EndpointMailKind;
  occasion: string;
}

/**
 * The claim, or undefined when the message was sent before. `messageId` is fixed by user, kind and occasion.
 * @throws Error while another run holds the message: trying again later can help
 */
export async function claimOccasion(
  tx: Transaction,
  { userId, organizationId, kind, occasion }: Occasion,
  messageIdDomain: string,
): Promise<MailClaim | undefined> {
  const messageId = `${kind}.${userId}.${digestOf(occasion)}@${messageIdDomain}`;
  return claimMessage(tx, { messageId, organizationId, userId, kind, occasion }, ['userId', 'kind', 'occasion']);
}

/** An occasion may have characters that a Message-ID may not. */
const digestOf = (occasion: string): string => createHash('sha256').update(occasion).digest('hex').slice(0, 16);
