// Mail about a subscription: claimed before it is sent, once per user, kind and occasion.

import { eq } from 'drizzle-orm';
import type { UserId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database } from './client.ts';
import type { MailClaim } from './mail-claims.ts';
import { claimOccasion } from './occasion-mail.ts';
import { users, type SubscriptionMailKind } from './schema/index.ts';

export interface ClaimedSubscriptionMail extends MailClaim {
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
    const { organizationId } = user;
    const claimed = await claimOccasion(tx, { userId, organizationId, kind, occasion }, messageIdDomain);
    return claimed && { ...claimed, to: user.email, recipientName: user.name };
  });
}
