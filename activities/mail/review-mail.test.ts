// Mail about a review, over real SMTP: who gets it, what it says, that it comes once, and that nothing private is in it.

import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { createDelegation } from '../../db/delegations.ts';
import { principalOf, registerUser, type User } from '../../db/identity.ts';
import { ensureLaboratory, joinLaboratory } from '../../db/laboratories.ts';
import {
  auditLog,
  decisions,
  deliveries,
  deliverySamples,
  jobs,
  partners,
  samples,
  uploads,
} from '../../db/schema/index.ts';
import { deliveryId, sampleId, userId, type DeliveryId, type SampleId } from '../../domain/ids.ts';
import { system, type Role } from '../../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { createMailer, type Mailer } from './mailer.ts';
import { createReviewMailActivities } from './review-mail.ts';

let own: OwnDatabase;
let database: Database;
let mailer: Mailer;
const asSystem = system('test');
const PUBLIC_URL = 'https://varloom.test';
const BARCODE = 'JANE-DOE-1970-01-01';
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  mailer = createMailer({ url: inject('mail').smtp, from: 'Varloom <no-reply@varloom.test>' });
});
afterAll(async () => {
  mailer.close();
  await own.close();
});

interface Laboratory {
  name: string;
  organizationId: string;
  people: Record<'technical' | 'licensed' | 'director' | 'admin' | 'member', User>;
  partnerEmail: string;
  delivery: DeliveryId;
  sample: SampleId;
}
let lab: Laboratory;
beforeEach(async () => {
  lab = await laboratory();
});

async function person(of: { organizationId: string }, role: Role): Promise<User> {
  const email = `${randomUUID()}@varloom.test`;
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email, name: `The ${role}` };
  const user = await registerUser(database, identity);
  expect(await joinLaboratory(database, asSystem, user.userId, { organizationId: of.organizationId, role })).toBe(true);
  return { ...user, organizationId: of.organizationId, role };
}

/** A delivery that is under review, released by its director as far as mail is concerned. */
async function laboratory(partnerEmail: string | null = `${randomUUID()}@partner.test`): Promise<Laboratory> {
  const name = `Laboratory ${randomUUID().slice(0, 8)}`;
  const organizationId = await ensureLaboratory(database, asSystem, name);
  const of = { organizationId };
  const people = {
    technical: await person(of, 'technical'),
    licensed: await person(of, 'licensed'),
    director: await person(of, 'director'),
    admin: await person(of, 'admin'),
    member: await person(of, 'member'),
  };
  const [delivery, sample] = [deliveryId(randomUUID()), sampleId(randomUUID())];
  const [uploadId, jobId, partnerId] = [randomUUID(), randomUUID(), randomUUID()];
  const owner = people.member.userId;
  await database.write(asSystem, async (tx) => {
    const file = { organizationId, userId: owner, fileName: `${BARCODE}.vcf`, source: 'api' as const };
    await tx.insert(uploads).values({ ...file, uploadId, sizeLimitBytes: 1, expiresAt: new Date() });
    const input = { inputEtag: 'etag', inputSizeBytes: 1, genome: 'demo', consequenceMode: 'auto' as const };
    await tx.insert(jobs).values({ ...file, ...input, jobId, uploadId });
    await tx.insert(samples).values({ sampleId: sample, organizationId, barcode: BARCODE, jobId, createdBy: owner });
    await tx.insert(partners).values({ partnerId, organizationId, name: 'A hospital', email: partnerEmail });
    const releasedBy = people.director.userId;
    await tx
      .insert(deliveries)
      .values({ deliveryId: delivery, organizationId, partnerId, createdBy: owner, releasedBy });
    await tx.insert(deliverySamples).values({ deliveryId: delivery, sampleId: sample, organizationId });
  });
  return { name, organizationId, people, partnerEmail: partnerEmail ?? '', delivery, sample };
}

const activities = (through: Mailer = mailer) =>
  createReviewMailActivities({ database, mailer: through, principal: () => asSystem, publicUrl: PUBLIC_URL });
const remind = (level: 'technical' | 'licensed', occasion = 'first', through = mailer) =>
  activities(through)['mail.review.send']({
    kind: 'review.reminder',
    level,
    delivery: lab.delivery,
    sample: lab.sample,
    occasion,
  });
const tell = (kind: 'delivery.ready' | 'delivery.release_failed' | 'delivery.released', occasion = 'first') =>
  activities()['mail.delivery.send']({ kind, delivery: lab.delivery, occasion });

interface Mail {
  subject: string;
  text: string;
  html: string;
  to: { address: string }[];
}
/** All mail to people of this laboratory and to its partner; delivered when the activity has ended. */
async function mails(): Promise<[string, Mail][]> {
  const names = new Map(Object.entries(lab.people).map(([role, { email }]) => [email, role]));
  names.set(lab.partnerEmail, 'partner');
  const all = (await (await fetch(inject('mail').api)).json()) as Mail[];
  return all.flatMap((mail): [string, Mail][] => {
    const name = names.get(mail.to[0]?.address ?? '');
    return name === undefined ? [] : [[name, mail]];
  });
}
/** Who got mail of which subject, in any order. */
const reached = async () => new Set((await mails()).map(([name, { subject }]) => `${name}: ${subject}`));

const REMINDER = 'Reminder: a sample waits for your review';

describe('a reminder', () => {
  it('goes to those in the role, and to their delegates', async () => {
    const { technical, member, admin } = lab.people;
    const now = Date.now();
    const times = { startsAt: new Date(now - 1000), endsAt: new Date(now + 60_000) };
    await createDelegation(database, principalOf(technical), { delegateId: userId(member.userId), ...times });
    const later = { startsAt: new Date(now + 30_000), endsAt: new Date(now + 60_000) };
    await createDelegation(database, principalOf(technical), { delegateId: userId(admin.userId), ...later });
    await remind('technical');
    await expect.poll(reached).toEqual(new Set([`technical: ${REMINDER}`, `member: ${REMINDER}`]));
  });

  it('does not go to who has decided at another level, whoever has decided there since', async () => {
    const both = await person(lab, 'licensed');
    const colleague = await person(lab, 'technical');
    await database.write(asSystem, async (tx) => {
      const ref = { organizationId: lab.organizationId, deliveryId: lab.delivery, sampleId: lab.sample };
      await tx.update(deliverySamples).set({ level: 'licensed' }).where(eq(deliverySamples.sampleId, lab.sample));
      const signed = { level: 'technical', decision: 'accept', role: 'technical', meaning: 'reviewed' } as const;
      for (const by of [both, colleague]) {
        await tx.insert(decisions).values({
          ...ref,
          ...signed,
          decisionId: randomUUID(),
          round: 1,
          userId: by.userId,
          signerName: 'A reviewer',
          jobId: randomUUID(),
          checksum: '0'.repeat(64),
          authenticatedAt: new Date(),
        });
      }
    });
    lab.people.member = both;
    await remind('licensed');
    await expect.poll(reached).toEqual(new Set([`licensed: ${REMINDER}`]));
  });

  it('comes once for each occasion, however often it is sent', async () => {
    await remind('technical');
    await remind('technical');
    await remind('technical', 'second');
    await expect.poll(async () => (await mails()).length).toBe(2);
    await remind('technical');
    expect(await mails()).toHaveLength(2);
  });

  it('that cannot be sent to one is sent to the others, and again to that one alone', async () => {
    const second = await person(lab, 'technical');
    lab.people.member = second;
    const refusing: Mailer = {
      send: async (message) => {
        if (message.to === second.email) throw new Error('no such mailbox');
        return mailer.send(message);
      },
      close: () => {},
    };
    await expect(remind('technical', 'first', refusing)).rejects.toThrow('no such mailbox');
    await expect.poll(reached).toEqual(new Set([`technical: ${REMINDER}`]));
    await remind('technical');
    await expect.poll(reached).toEqual(new Set([`technical: ${REMINDER}`, `member: ${REMINDER}`]));
    expect(await mails()).toHaveLength(2);
  });
});

describe('what it says', () => {
  const ESCALATION = 'A sample has waited too long for its review';
  const READY = 'A delivery is ready to be released';
  const FAILED = 'A delivery could not be released';

  it('is told to the directors and administrators when a sample waits too long', async () => {
    const { delivery, sample } = lab;
    const mail = { kind: 'review.escalation', level: 'licensed', delivery, sample, occasion: '1' } as const;
    await activities()['mail.review.send'](mail);
    await expect.poll(reached).toEqual(new Set([`director: ${ESCALATION}`, `admin: ${ESCALATION}`]));
  });

  it('is told to the directors when a delivery is ready, and with the administrators when it could not be released', async () => {
    expect(await tell('delivery.ready')).toEqual({ sent: 1 });
    expect(await tell('delivery.release_failed')).toEqual({ sent: 2 });
    await expect.poll(reached).toEqual(new Set([`director: ${READY}`, `director: ${FAILED}`, `admin: ${FAILED}`]));
    // Reached before is reached.
    expect(await tell('delivery.ready')).toEqual({ sent: 1 });
    expect(await mails()).toHaveLength(3);
  });

  it('is told to the partner by its laboratory, when it has an address', async () => {
    expect(await tell('delivery.released')).toEqual({ sent: 1 });
    await expect.poll(reached).toEqual(new Set(['partner: A delivery is ready for you']));
    const [[, mail] = ['', undefined]] = await mails();
    expect(mail?.text).toContain(`${lab.name} has released a delivery to you`);
    expect(mail?.text).toContain(`${PUBLIC_URL}/partner/v1/deliveries/${lab.delivery}/manifest`);
    expect(mail?.text).toContain('Hello A hospital,');
    lab = await laboratory(null);
    expect(await tell('delivery.released')).toEqual({ sent: 0 });
  });

  it('has no barcode and no sample in it, and no address in the audit log', async () => {
    await remind('technical');
    await tell('delivery.ready');
    await tell('delivery.release_failed');
    await tell('delivery.released');
    await expect.poll(async () => (await mails()).length).toBe(5);
    for (const [name, { subject, text, html }] of await mails()) {
      const words = `${subject} ${text} ${html}`;
      expect(words).not.toContain(BARCODE);
      expect(words).not.toContain(lab.sample);
      const page = `${PUBLIC_URL}/deliveries/${lab.delivery}`;
      expect([name, words.includes(page)]).toEqual([name, name !== 'partner']);
      expect(words).toContain(lab.delivery);
    }
    const entries = await database.write(asSystem, (tx) =>
      tx.select().from(auditLog).where(eq(auditLog.entityId, lab.delivery)).orderBy(auditLog.seq),
    );
    expect(entries.map(({ action, entity }) => [entity, action])).toEqual([
      ...Array.from({ length: 4 }, () => ['delivery', 'delivery.reviewer_notified']),
      ['delivery', 'delivery.partner_mailed'],
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/@/);
  });
});
