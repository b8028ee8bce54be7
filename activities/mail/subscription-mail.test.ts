// Mail about a subscription, over real SMTP: what each kind says, and that it comes once for each occasion.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { registerUser } from '../../db/identity.ts';
import { releaseMail } from '../../db/mail-claims.ts';
import { claimSubscriptionMail } from '../../db/subscription-mail.ts';
import { userId, type UserId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { createMailer, type Mailer } from './mailer.ts';
import { createSubscriptionMailActivities, type SubscriptionMail } from './subscription-mail.ts';

let own: OwnDatabase;
let database: Database;
let mailer: Mailer;
const asSystem = system('test');
const PUBLIC_URL = 'https://varloom.test';
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  mailer = createMailer({ url: inject('mail').smtp, from: 'Varloom <no-reply@varloom.test>' });
});
afterAll(async () => {
  mailer.close();
  await own.close();
});

interface Payer {
  id: UserId;
  email: string;
}
async function payer(name = 'Ada'): Promise<Payer> {
  const email = `${randomUUID()}@varloom.test`;
  const user = await registerUser(database, { issuer: 'http://issuer.test', subject: randomUUID(), email, name });
  return { id: userId(user.userId), email };
}
const activitiesBy = (through: Mailer, db = database) =>
  createSubscriptionMailActivities({ database: db, mailer: through, principal: () => asSystem, publicUrl: PUBLIC_URL });
const tell = (to: Payer, mail: SubscriptionMail, occasion = 'first', through = mailer) =>
  activitiesBy(through)['mail.subscription.send']({ ...mail, userId: to.id, occasion });

interface Mail {
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  to: { address: string }[];
}
async function inbox({ email }: Payer, atLeast = 1): Promise<Mail[]> {
  const read = async () => {
    const all = (await (await fetch(inject('mail').api)).json()) as Mail[];
    return all.filter(({ to }) => to.some(({ address }) => address === email));
  };
  await expect.poll(async () => (await read()).length).toBeGreaterThanOrEqual(atLeast);
  return read();
}
/** What one mail says, as text; the HTML says the same. */
async function said(mail: SubscriptionMail): Promise<{ subject: string; body: string }> {
  const to = await payer();
  await tell(to, mail);
  const [only, ...others] = await inbox(to);
  if (!only || others.length > 0) throw new Error('one mail was to come');
  expect(only.html).toContain('<html lang="en">');
  for (const body of [only.text, only.html]) {
    expect(body).toContain('Hello Ada,');
    expect(body).toContain(`${PUBLIC_URL}/billing`);
  }
  const words = only.html
    .replaceAll(/<title>[^]*?<\/title>|<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/\s+/g, ' ');
  for (const line of only.text.split('\n').filter((one) => one !== '' && !one.startsWith('http'))) {
    expect(words).toContain(line.trim());
  }
  return { subject: only.subject, body: only.text };
}

describe('what it says', () => {
  const due = '2026-12-24T12:00:00.000Z';
  const refunded = { amount: 2900, currency: 'eur' };

  it.for<[string, SubscriptionMail, string, RegExp[], RegExp[]]>([
    [
      'welcome, when nothing was archived',
      { kind: 'subscription.restored', facts: { total: 0, restored: 0, failed: 0 } },
      'Welcome to Premium',
      [/Your plan is Premium now/],
      [/archived result/],
    ],
    [
      'welcome, and that all is back',
      { kind: 'subscription.restored', facts: { total: 1200, restored: 1200, failed: 0 } },
      'Welcome to Premium',
      [/All 1,200 archived results can be downloaded again/],
      [/could not be restored/],
    ],
    [
      'welcome, and what is not back',
      { kind: 'subscription.restored', facts: { total: 3, restored: 2, failed: 1 } },
      'Welcome to Premium',
      [/2 of 3 archived results/, /One result could not be restored yet/, /operators see it/],
      [],
    ],
    [
      'that a payment failed, and until when Premium stays',
      { kind: 'subscription.payment_failed', facts: { graceEndsAt: due, reminder: 1 } },
      'The payment for Premium failed',
      [/Premium stays until Thu, 24 Dec 2026 12:00:00 GMT/, /Check your card/],
      [],
    ],
    [
      'the same for the last time',
      { kind: 'subscription.payment_failed', facts: { graceEndsAt: due, reminder: 3 } },
      'Last reminder: the payment for Premium failed',
      [/Thu, 24 Dec 2026/],
      [],
    ],
    [
      'that Premium is over, and when results are archived',
      { kind: 'subscription.ended', facts: { archiveDueAt: due } },
      'Premium has ended',
      [/can be downloaded until Thu, 24 Dec 2026 12:00:00 GMT; then they are archived/, /To keep your results/],
      [],
    ],
    [
      'that an upgrade was cancelled, and what is paid back',
      { kind: 'subscription.undone', facts: { reason: 'cancelled', refunded } },
      'Your upgrade was cancelled',
      [/EUR 29.00 are paid back/],
      [/not charged/],
    ],
    [
      'that an upgrade was cancelled, and nothing paid',
      { kind: 'subscription.undone', facts: { reason: 'cancelled', refunded: null } },
      'Your upgrade was cancelled',
      [/You are not charged/],
      [/paid back/],
    ],
    [
      'that an upgrade failed by our fault, in a currency without cents',
      { kind: 'subscription.undone', facts: { reason: 'plan_failed', refunded: { amount: 4500, currency: 'jpy' } } },
      'Your upgrade did not succeed',
      [/JPY 4,500 are paid back/, /our fault/],
      [],
    ],
    [
      'that a payment was disputed',
      { kind: 'subscription.undone', facts: { reason: 'disputed', refunded: null } },
      'Premium has ended: the payment was disputed',
      [/it was disputed/, /nothing more is charged/],
      [/paid back to you/],
    ],
  ])('%s', async ([, mail, subject, says, saysNot]) => {
    const letter = await said(mail);
    expect(letter.subject).toBe(subject);
    for (const words of says) expect(letter.body).toMatch(words);
    for (const words of saysNot) expect(letter.body).not.toMatch(words);
  });
});

describe('once', () => {
  const mail: SubscriptionMail = { kind: 'subscription.ended', facts: { archiveDueAt: null } };

  it('for an occasion, and again for another', async () => {
    const to = await payer();
    for (let i = 0; i < 3; i++) await tell(to, mail, '2026-12-24T12:00:00.000Z/1');
    await tell(to, mail, '2026-12-24T12:00:00.000Z/2');
    const ids = (await inbox(to, 2)).map(({ headers }) => headers['message-id'] ?? '');
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^<subscription\.ended\.[\w-]+\.[0-9a-f]{16}@varloom\.test>$/);
  });

  it('though ten attempts run at the same moment', async () => {
    const to = await payer();
    const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => tell(to, mail)));
    // Whoever came second is told so, and comes again.
    expect(attempts.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (let i = 0; i < 3; i++) await tell(to, mail);
    expect(await inbox(to)).toHaveLength(1);
  });

  it('and not lost when the mail service refuses it: the next attempt need not wait', async () => {
    const to = await payer();
    const refusing: Mailer = { send: () => Promise.reject(new Error('421 closing')), close: () => {} };
    await expect(tell(to, mail, 'first', refusing)).rejects.toThrow('421 closing');
    await tell(to, mail);
    await tell(to, mail);
    expect(await inbox(to)).toHaveLength(1);
  });

  it('by whoever has claimed it, until the claim is given back', async () => {
    const to = await payer();
    const message = { userId: to.id, kind: 'subscription.ended', occasion: 'first' } as const;
    const claim = () => claimSubscriptionMail(database, asSystem, message, 'varloom.test');
    const first = await claim();
    if (!first) throw new Error('it was not sent yet');
    await expect(claim()).rejects.toThrow('another run');
    await releaseMail(database, asSystem, first);
    const second = await claim();
    expect(second).toMatchObject({ messageId: first.messageId, to: to.email });
    // A claim that is over gives nothing back.
    await releaseMail(database, asSystem, first);
    await expect(claim()).rejects.toThrow('another run');
  });
});
