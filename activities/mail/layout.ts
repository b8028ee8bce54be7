// How a message looks, as text and as HTML. Everything that comes from outside is escaped.

export interface Content {
  subject: string;
  text: string;
  html: string;
}

export interface Letter {
  subject: string;
  recipientName: string | null;
  /** A paragraph each. */
  lines: string[];
  link: string;
  linkText: string;
  after?: string | undefined;
  /** Why its reader gets it. */
  why: string;
}

export function render({ subject, recipientName, lines, link, linkText, after, why }: Letter): Content {
  const greeting = recipientName ? `Hello ${shown(recipientName)},` : 'Hello,';
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
export function shown(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  const characters = [...line];
  return characters.length > 80 ? `${characters.slice(0, 60).join('')}…${characters.slice(-15).join('')}` : line;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
