// Mail, as the sagas see it. A message is claimed, sent with its fixed id, then recorded as sent: it can be repeated only
// when the process dies between the server's acceptance and the record. A second run meanwhile fails, and is tried again.

import type { Database } from '../../db/client.ts';
import { claimMail, recordSent, releaseMail } from '../../db/mail.ts';
import type { MailKind } from '../../db/schema/index.ts';
import type { JobId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Mailer } from './mailer.ts';
import { contentOf } from './messages.ts';

export interface MailDependencies {
  database: Database;
  mailer: Mailer;
  principal: () => Principal;
  /** How browsers reach the gateway. */
  publicUrl: string;
}

export function createMailActivities({ database, mailer, principal, publicUrl }: MailDependencies) {
  const messageIdDomain = new URL(publicUrl).hostname;
  return {
    'mail.annotation.send': async ({ jobId, kind }: { jobId: JobId; kind: MailKind }): Promise<void> => {
      const mail = await claimMail(database, principal(), jobId, kind, messageIdDomain);
      if (!mail) return;
      const content = contentOf(kind, mail, `${publicUrl}/jobs/${jobId}`);
      try {
        await mailer.send({ messageId: mail.messageId, to: mail.to, ...content });
        await recordSent(database, principal(), mail.messageId);
      } catch (error) {
        // Where this fails too, the claim ends by itself.
        await releaseMail(database, principal(), mail).catch(() => {});
        throw error;
      }
    },
  };
}

export type MailActivities = ReturnType<typeof createMailActivities>;
