// Mail about a job, as the sagas see it: sent once for each job and kind.

import { claimMail } from '../../db/mail.ts';
import type { MailKind } from '../../db/schema/index.ts';
import type { JobId } from '../../domain/ids.ts';
import { contentOf } from './messages.ts';
import { sendClaimed, type MailDependencies } from './sending.ts';

export function createMailActivities(deps: MailDependencies) {
  const { database, principal, publicUrl } = deps;
  const messageIdDomain = new URL(publicUrl).hostname;
  return {
    'mail.annotation.send': async ({ jobId, kind }: { jobId: JobId; kind: MailKind }): Promise<void> => {
      const mail = await claimMail(database, principal(), jobId, kind, messageIdDomain);
      await sendClaimed(deps, mail, (claimed) => ({
        to: claimed.to,
        ...contentOf(kind, claimed, `${publicUrl}/jobs/${jobId}`),
      }));
    },
  };
}

export type MailActivities = ReturnType<typeof createMailActivities>;
