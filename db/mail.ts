// Mail about a job: claimed before it is sent, once per job and kind.

import { and, eq, isNull, sql } from 'drizzle-orm';
import type { JobId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { claimMessage, type MailClaim } from './mail-claims.ts';
import { jobs, mailMessages, users, type MailKind, type StoredJobError } from './schema/index.ts';

export interface ClaimedMail extends MailClaim {
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
    const { organizationId } = row.job;
    const message = { messageId: `${kind}.${id}@${messageIdDomain}`, organizationId, jobId: id, kind };
    const claimed = await claimMessage(tx, message, ['jobId', 'kind']);
    return (
      claimed && {
        ...claimed,
        to: row.email,
        recipientName: row.name,
        fileName: row.job.fileName,
        genome: row.job.genome,
        records: row.job.records,
        resultExpiresAt: row.job.resultExpiresAt,
        error: row.job.error,
      }
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
