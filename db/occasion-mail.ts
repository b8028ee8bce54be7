// Mail that is about no job: claimed before it is sent, once per user, kind and occasion.

import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Transaction } from './client.ts';
import { MAIL_CLAIM_SECONDS } from './mail.ts';
import { mailMessages, type ReviewMailKind, type SubscriptionMailKind } from './schema/index.ts';

export interface OccasionClaim {
  messageId: string;
  /** As in `ClaimedMail`: it tells this claim from a later one. */
  claim: string;
}

export interface Occasion {
  userId: string;
  organizationId: string;
  kind: SubscriptionMailKind | ReviewMailKind;
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
): Promise<OccasionClaim | undefined> {
  const messageId = `${kind}.${userId}.${digestOf(occasion)}@${messageIdDomain}`;
  const [claimed] = await tx
    .insert(mailMessages)
    .values({ messageId, organizationId, userId, kind, occasion })
    .onConflictDoUpdate({
      target: [mailMessages.userId, mailMessages.kind, mailMessages.occasion],
      set: { claimedAt: sql`now()` },
      setWhere: sql`${mailMessages.sentAt} is null
        and ${mailMessages.claimedAt} <= now() - make_interval(secs => ${MAIL_CLAIM_SECONDS})`,
    })
    .returning({ messageId: mailMessages.messageId, claim: sql<string>`${mailMessages.claimedAt}::text` });
  if (claimed) return claimed;
  const [known] = await tx
    .select()
    .from(mailMessages)
    .where(and(eq(mailMessages.userId, userId), eq(mailMessages.kind, kind), eq(mailMessages.occasion, occasion)));
  if (known?.sentAt) return undefined;
  throw new Error('another run is sending this message');
}

/** An occasion may have characters that a Message-ID may not. */
const digestOf = (occasion: string): string => createHash('sha256').update(occasion).digest('hex').slice(0, 16);
