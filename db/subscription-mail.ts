// Mail about a subscription: claimed before it is sent, once per user, kind and occasion.

import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import { MAIL_CLAIM_SECONDS } from './mail.ts';
import { mailMessages, users, type SubscriptionMailKind } from './schema/index.ts';

export interface ClaimedSubscriptionMail {
  messageId: string;
  /** As in `ClaimedMail`: it tells this claim from a later one. */
  claim: string;
  to: string;
  recipientName: string | null;
}

/**
 * What to send, or undefined when it was sent before. `messageId` is fixed by user, kind and occasion.
 * @throws Error while another run holds the message: trying again later can help
 */
export async function claimSubscriptionMail(
  database: Database,
  principal: Principal,
  { userId, kind, occasion }: { userId: UserId; kind: SubscriptionMailKind; occasion: string },
  messageIdDomain: string,
): Promise<ClaimedSubscriptionMail | undefined> {
  return database.write(principal, async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.userId, userId));
    if (!user) throw new Error(`there is no user ${userId}`);
    const messageId = `${kind}.${userId}.${digestOf(occasion)}@${messageIdDomain}`;
    const [claimed] = await tx
      .insert(mailMessages)
      .values({ messageId, organizationId: user.organizationId, userId, kind, occasion })
      .onConflictDoUpdate({
        target: [mailMessages.userId, mailMessages.kind, mailMessages.occasion],
        set: { claimedAt: sql`now()` },
        setWhere: sql`${mailMessages.sentAt} is null
          and ${mailMessages.claimedAt} <= now() - make_interval(secs => ${MAIL_CLAIM_SECONDS})`,
      })
      .returning({ messageId: mailMessages.messageId, claim: sql<string>`${mailMessages.claimedAt}::text` });
    if (claimed) return { ...claimed, to: user.email, recipientName: user.name };
    const [known] = await tx
      .select()
      .from(mailMessages)
      .where(and(eq(mailMessages.userId, userId), eq(mailMessages.kind, kind), eq(mailMessages.occasion, occasion)));
    if (known?.sentAt) return undefined;
    throw new Error('another run is sending this message');
  });
}

/** An occasion may have characters that a Message-ID may not. */
const digestOf = (occasion: string): string => createHash('sha256').update(occasion).digest('hex').slice(0, 16);
