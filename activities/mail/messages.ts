// The words of each message about a job.

import type { ClaimedMail } from '../../db/mail.ts';
import type { MailKind } from '../../db/schema/index.ts';
import { remedyOf } from '../../domain/errors.ts';
import { render, shown, type Content } from './layout.ts';

const WHY = 'You get this message because you submitted this file to Varloom.';

/** `jobUrl` is the job's page. */
export function contentOf(kind: MailKind, mail: ClaimedMail, jobUrl: string): Content {
  switch (kind) {
    case 'annotation.completed':
      return completed(mail, jobUrl);
    case 'annotation.failed':
      return failed(mail, jobUrl);
  }
}

function completed(mail: ClaimedMail, jobUrl: string): Content {
  const file = shown(mail.fileName);
  return render({
    subject: `Annotation complete: ${file}`,
    recipientName: mail.recipientName,
    lines: [
      `Your annotation of ${file} is complete: ${(mail.records ?? 0).toLocaleString('en')} records, reference genome ${mail.genome}.`,
      `See the summary and the log, and download the result here:`,
    ],
    link: jobUrl,
    linkText: 'Open the result',
    after: mail.resultExpiresAt
      ? `On the Free plan the result can be downloaded until ${mail.resultExpiresAt.toUTCString()}; then it is archived. The log stays. With Premium it stays, and archived results come back.`
      : undefined,
    why: WHY,
  });
}

function failed(mail: ClaimedMail, jobUrl: string): Content {
  const file = shown(mail.fileName);
  return render({
    subject: `Annotation failed: ${file}`,
    recipientName: mail.recipientName,
    lines: [
      `Your annotation of ${file} did not complete.`,
      ...(mail.error ? [`${mail.error.message} ${remedyOf(mail.error.type)}`] : []),
      'The details are here:',
    ],
    link: jobUrl,
    linkText: 'See what went wrong',
    why: WHY,
  });
}
