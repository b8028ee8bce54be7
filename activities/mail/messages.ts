// The words of each message, as text and as HTML. Everything that comes from outside is escaped.

import type { ClaimedMail } from '../../db/mail.ts';
import type { MailKind } from '../../db/schema/index.ts';
import { remedyOf } from '../../domain/errors.ts';

export interface Content {
  subject: string;
  text: string;
  html: string;
}

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
  const lines = [
    `Your annotation of ${file} is complete: ${(mail.records ?? 0).toLocaleString('en')} records, reference genome ${mail.genome}.`,
    `See the summary and the log, and download the result here:`,
  ];
  const retention = mail.resultExpiresAt
    ? `On the Free plan the result can be downloaded until ${mail.resultExpiresAt.toUTCString()}; then it is archived. The log stays. With Premium it stays, and archived results come back.`
    : undefined;
  return render(`Annotation complete: ${file}`, mail, lines, jobUrl, 'Open the result', retention);
}

function failed(mail: ClaimedMail, jobUrl: string): Content {
  const file = shown(mail.fileName);
  const lines = [
    `Your annotation of ${file} did not complete.`,
    ...(mail.error ? [`${mail.error.message} ${remedyOf(mail.error.type)}`] : []),
    'The details are here:',
  ];
  return render(`Annotation failed: ${file}`, mail, lines, jobUrl, 'See what went wrong');
}

function render(
  subject: string,
  mail: ClaimedMail,
  lines: string[],
  link: string,
  linkText: string,
  after?: string,
): Content {
  const greeting = mail.recipientName ? `Hello ${shown(mail.recipientName)},` : 'Hello,';
  const why = 'You get this message because you submitted this file to Varloom.';
  const text = [greeting, '', ...lines, link, '', ...(after ? [after, ''] : []), why, ''].join('\n');
  const html = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>',
    escape(subject),
    '</title></head><body style="font-family:sans-serif;line-height:1.5;max-width:36rem">',
    `<p>${escape(greeting)}</p>`,
    ...lines.map((line) => `<p>${escape(line)}</p>`),
    `<p><a href="${escape(link)}">${escape(linkText)}</a></p>`,
    ...(after ? [`<p>${escape(after)}</p>`] : []),
    `<p style="color:#595959;font-size:.875rem">${escape(why)}</p>`,
    '</body></html>',
  ].join('\n');
  return { subject, text, html };
}

/** One line, of a length that a subject can bear. */
function shown(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > 80 ? `${characters.slice(0, 60).join('')}…${characters.slice(-15).join('')}` : line;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
