// How a message goes out: claimed, sent with its fixed Message-ID, then recorded as sent. It can be repeated only when the
// process dies between the server's acceptance and the record. A second run meanwhile fails, and is tried again.

import type { Database } from '../../db/client.ts';
import { recordSent } from '../../db/mail.ts';
import { releaseMail, type MailClaim } from '../../db/mail-claims.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Mailer, Message } from './mailer.ts';

export interface MailDependencies {
  database: Database;
  mailer: Mailer;
  principal: () => Principal;
  /** How browsers reach the gateway. */
  publicUrl: string;
}

/** Sends what was claimed; without a claim it was sent before, and nothing happens. One that fails gives its claim back. */
export async function sendClaimed<Claimed extends MailClaim>(
  { database, mailer, principal }: Omit<MailDependencies, 'publicUrl'>,
  claimed: Claimed | undefined,
  compose: (claimed: Claimed) => Omit<Message, 'messageId'>,
  record: typeof recordSent = recordSent,
): Promise<void> {
  if (!claimed) return;
  try {
    await mailer.send({ messageId: claimed.messageId, ...compose(claimed) });
    await record(database, principal(), claimed.messageId);
  } catch (error) {
    // Where this fails too, the claim ends by itself.
    await releaseMail(database, principal(), claimed).catch(() => {});
    throw error;
  }
}
