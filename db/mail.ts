// Mail about a job: claimed before it is sent, once per job and kind.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { JobId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { jobs, mailMessages, users, type MailKind, type StoredJobError } from './schema/index.ts';

/**
 * For how long a claim is respected: as long as the run that holds it may take, which is the start-to-close timeout of
 * mail activities (`workflows/activities.ts`). A run that died leaves the message to the next one after that.
 */
export const MAIL_CLAIM_SECONDS = 60;

export interface ClaimedMail {
  messageId: string;
  /** When it was claimed, to the microsecond, as Postgres writes it: it tells this claim from a later one. */
  claim: string;
  to: string;
  recipientName: string | null;
  fileName: string;
  genome: string;
  records: number | null;
  resultExpiresAt: Date | null;
  error: StoredJobError | null;
}

/**
 * What to send, or undefined when it was sent before. `messageId` is fixed by job and kind.
 * @throws Error while another run holds the message: trying again later can help
 */
export async function claimMail(
  database: Database,
  principal: Principal,
  id: JobId,
  kind: MailKind,
  messageIdDomain: string,
): Promise<ClaimedMail | undefined> {
  return database.write(principal, async (tx) => {
    const [row] = await tx
      .select({ job: jobs, email: users.email, name: users.name })
      .from(jobs)
      .innerJoin(users, eq(users.userId, jobs.userId))
      .where(eq(jobs.jobId, id));
    if (!row) throw new Error(`there is no job ${id}`);
    const [message] = await tx
      .insert(mailMessages)
      .values({
        messageId: `${kind}.${id}@${messageIdDomain}`,
        organizationId: row.job.organizationId,
        jobId: id,
        kind,
      })
      .onConflictDoUpdate({
        target: [mailMessages.jobId, mailMessages.kind],
        set: { claimedAt: sql`now()` },
        setWhere: sql`${mailMessages.sentAt} is null
          and ${mailMessages.claimedAt} <= now() - make_interval(secs => ${MAIL_CLAIM_SECONDS})`,
      })
      .returning({ messageId: mailMessages.messageId, claim: sql<string>`${mailMessages.claimedAt}::text` });
    if (!message) {
      const [theirs] = await tx
        .select({ sentAt: mailMessages.sentAt })
        .from(mailMessages)
        .where(and(eq(mailMessages.jobId, id), eq(mailMessages.kind, kind)));
      if (theirs?.sentAt) return undefined;
      throw new Error('another run is sending this message');
    }
    return {
      ...message,
      to: row.email,
      recipientName: row.name,
      fileName: row.job.fileName,
      genome: row.job.genome,
      records: row.job.records,
      resultExpiresAt: row.job.resultExpiresAt,
      error: row.job.error,
    };
  });
}

/** Gives back a claim whose message was not sent, so that the next run need not wait. Harmless when it is another's by now. */
export async function releaseMail(
  database: Database,
  principal: Principal,
  { messageId, claim }: Pick<ClaimedMail, 'messageId' | 'claim'>,
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

export async function recordSent(database: Database, principal: Principal, messageId: string): Promise<void> {
  await database.write(principal, async (tx) => {
    const [message] = await tx
      .update(mailMessages)
      .set({ sentAt: sql`now()` })
      .where(and(eq(mailMessages.messageId, messageId), isNull(mailMessages.sentAt)))
      .returning();
    if (!message) {
      const claimed = await tx.select().from(mailMessages).where(eq(mailMessages.messageId, messageId));
      if (claimed.length === 0) throw new Error('the message was never claimed');
      return;
    }
    await recordChange(tx, principal, {
      organizationId: message.organizationId,
      entity: message.jobId ? 'annotation' : 'subscription',
      entityId: message.jobId ?? message.userId ?? '',
      action: message.jobId ? 'annotation.owner_notified' : 'subscription.owner_notified',
      details: { kind: message.kind },
    });
  });
}
