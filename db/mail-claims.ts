// The claim on a message: one run holds it at a time, until it is given back or too old; and what was sent stays sent.

import { and, eq, isNull, sql } from 'drizzle-orm';
import { MAIL_ATTEMPT_SECONDS } from '../domain/mail.ts';
import type { Principal } from '../domain/principal.ts';
import type { Database, Transaction } from './client.ts';
import { mailMessages } from './schema/index.ts';

export interface MailClaim {
  messageId: string;
  /** When it was claimed, to the microsecond, as Postgres writes it: it tells this claim from a later one. */
  claim: string;
}

/**
 * The claim, or undefined when the message was sent before; a run that died leaves it to the next one after the time of
 * an attempt. Messages that agree in all of `once`, a unique index, are the same, and the id of the first one stays.
 * @throws Error while another run holds the message: trying again later can help
 */
export async function claimMessage(
  tx: Transaction,
  message: typeof mailMessages.$inferInsert,
  once: readonly ('jobId' | 'userId' | 'kind' | 'occasion')[],
): Promise<MailClaim | undefined> {
  const [claimed] = await tx
    .insert(mailMessages)
    .values(message)
    .onConflictDoUpdate({
      target: once.map((name) => mailMessages[name]),
      set: { claimedAt: sql`now()` },
      setWhere: sql`${mailMessages.sentAt} is null
        and ${mailMessages.claimedAt} <= now() - make_interval(secs => ${MAIL_ATTEMPT_SECONDS})`,
    })
    .returning({ messageId: mailMessages.messageId, claim: sql<string>`${mailMessages.claimedAt}::text` });
  if (claimed) return claimed;
  const [known] = await tx
    .select({ sentAt: mailMessages.sentAt })
    .from(mailMessages)
    .where(and(...once.map((name) => sql`${mailMessages[name]} = ${message[name]}`)));
  if (known?.sentAt) return undefined;
  throw new Error('another run is sending this message');
}

/** Gives back a claim whose message was not sent, so that the next run need not wait. Harmless when it is another's by now. */
export async function releaseMail(
  database: Database,
  principal: Principal,
  { messageId, claim }: MailClaim,
): Promise<void> {
  await database.write(principal, async (tx) => {
    await tx
      .update(mailMessages)
      .set({ claimedAt: sql`'epoch'` })
      .where(
        and(
          eq(mailMessages.messageId, messageId),
          isNull(mailMessages.sentAt),
          sql`${mailMessages.claimedAt} = ${claim}::timestamptz`,
        ),
      );
  });
}
