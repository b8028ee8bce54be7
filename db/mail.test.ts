// The claim on a message: one run holds it at a time, until it is given back or too old; and what was sent stays sent.

import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { uploadId, type JobId } from '../domain/ids.ts';
import { MAIL_ATTEMPT_SECONDS } from '../domain/mail.ts';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { principalOf, registerUser } from './identity.ts';
import { submitJob } from './jobs.ts';
import { claimMail, recordSent } from './mail.ts';
import { releaseMail } from './mail-claims.ts';
import { mailMessages } from './schema/index.ts';
import { createUpload } from './uploads.ts';

let own: OwnDatabase;
let database: Database;
let job: JobId;
const asSystem = system('test');
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
});
afterAll(() => own.close());
beforeEach(async () => {
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email: 'x@varloom.test' };
  const principal = principalOf(await registerUser(database, identity));
  const id = uploadId(randomUUID());
  const upload = { uploadId: id, fileName: 'a.vcf', genome: null, source: 'api' as const, sizeLimitBytes: 10 };
  await createUpload(database, principal, { ...upload, multipartUploadId: null, expiresAt: new Date() });
  ({ jobId: job } = await submitJob(database, principal, {
    uploadId: id,
    object: { etag: '"1"', sizeBytes: 5 },
    genome: 'demo',
    consequenceMode: 'auto',
    source: 'api',
  }));
});

const claim = (domain = 'varloom.test') => claimMail(database, asSystem, job, 'annotation.completed', domain);
const claimed = async () => {
  const mail = await claim();
  if (!mail) throw new Error('the message was sent before');
  return mail;
};
const age = (seconds: number) =>
  database.write(asSystem, (tx) =>
    tx
      .update(mailMessages)
      .set({ claimedAt: sql`now() - make_interval(secs => ${seconds})` })
      .where(eq(mailMessages.jobId, job)),
  );

it('is had by one of many runs', async () => {
  const runs = await Promise.allSettled(Array.from({ length: 10 }, () => claim()));
  expect(runs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(runs.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: /another run/ } });
});

it('is respected for as long as its run may take, and no longer', async () => {
  const { messageId } = await claimed();
  await age(MAIL_ATTEMPT_SECONDS - 5);
  await expect(claim()).rejects.toThrow('another run');
  await age(MAIL_ATTEMPT_SECONDS + 1);
  // The id stays, even where the service has another address by now.
  expect(await claim('elsewhere.test')).toMatchObject({ messageId });
  await expect(claim()).rejects.toThrow('another run');
});

it('can be given back, but only by the run that has it', async () => {
  const first = await claimed();
  await age(MAIL_ATTEMPT_SECONDS + 1);
  const second = await claimed();
  await releaseMail(database, asSystem, first);
  await expect(claim()).rejects.toThrow('another run');
  await releaseMail(database, asSystem, second);
  expect((await claimed()).messageId).toBe(first.messageId);
});

it('is had by nobody once the message was sent', async () => {
  const mail = await claimed();
  await recordSent(database, asSystem, mail.messageId);
  await releaseMail(database, asSystem, mail);
  await age(MAIL_ATTEMPT_SECONDS + 1);
  expect(await claim()).toBeUndefined();
});
