// Mail over real SMTP and over SES's API: what arrives, once, and what a hostile file name can do to it: nothing.

import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Database } from '../../db/client.ts';
import { principalOf, registerUser } from '../../db/identity.ts';
import { submitJob } from '../../db/jobs.ts';
import { completeJob, endJob, startJob } from '../../db/saga.ts';
import { createUpload } from '../../db/uploads.ts';
import { jobId, uploadId, type JobId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import { recordingProxy } from '../../tests/support/recording-proxy.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { createMailActivities } from './activities.ts';
import { createMailer, type Mailer } from './mailer.ts';

let own: OwnDatabase;
let database: Database;
let mailer: Mailer;
const asSystem = system('test');
const PUBLIC_URL = 'https://varloom.test';
const from = 'Varloom <no-reply@varloom.test>';
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
  mailer = createMailer({ url: inject('mail').smtp, from });
});
afterAll(async () => {
  mailer.close();
  await own.close();
});

const activities = (through: Mailer = mailer, db = database) =>
  createMailActivities({ database: db, mailer: through, principal: () => asSystem, publicUrl: PUBLIC_URL });
const send = (job: Job, kind: 'annotation.completed' | 'annotation.failed' = 'annotation.completed') =>
  activities()['mail.annotation.send']({ jobId: job.id, kind });

interface Job {
  id: JobId;
  email: string;
}
async function jobOf(fileName = 'sample.vcf', person: { name?: string; failure?: string } = {}): Promise<Job> {
  const email = `${randomUUID()}@varloom.test`;
  const identity = { issuer: 'http://issuer.test', subject: randomUUID(), email, name: person.name };
  const principal = principalOf(await registerUser(database, identity));
  const upload = uploadId(randomUUID());
  await createUpload(database, principal, {
    uploadId: upload,
    fileName,
    genome: null,
    source: 'api',
    sizeLimitBytes: 10,
    multipartUploadId: null,
    expiresAt: new Date(),
  });
  const { jobId: id } = await submitJob(database, principal, {
    uploadId: upload,
    object: { etag: '"1"', sizeBytes: 5 },
    genome: 'demo',
    consequenceMode: 'auto',
    source: 'api',
  });
  await startJob(database, asSystem, id);
  if (person.failure === undefined) {
    const result = { prefix: `${id}/1`, sizeBytes: 1, sha256: 'ab', records: 12_345 };
    await completeJob(database, asSystem, id, result, 300);
  } else {
    const error = { type: 'input_unsorted' as const, message: person.failure };
    await endJob(database, asSystem, id, { status: 'FAILED', error });
  }
  return { id: jobId(id), email };
}

interface Mail {
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  to: { address: string }[];
}
/** What the inbox holds for `email`; the server has stored it when it accepts it, or a moment later. */
async function inbox(email: string, count = 1): Promise<Mail[]> {
  const read = async () => {
    const all = (await (await fetch(inject('mail').api)).json()) as Mail[];
    return all.filter(({ to }) => to.some(({ address }) => address === email));
  };
  await expect.poll(async () => (await read()).length).toBeGreaterThanOrEqual(count);
  return read();
}
async function only(email: string): Promise<Mail> {
  const [mail, ...others] = await inbox(email);
  expect(others).toEqual([]);
  if (!mail) throw new Error('no mail came');
  return mail;
}

describe('by SMTP', () => {
  it('tells of a completed job, as text and HTML, with the link and when the result goes', async () => {
    const job = await jobOf('sample.vcf', { name: 'Ada' });
    await send(job);
    const mail = await only(job.email);
    expect(mail.subject).toBe('Annotation complete: sample.vcf');
    expect(mail.headers).toMatchObject({
      'message-id': `<annotation.completed.${job.id}@varloom.test>`,
      'x-varloom-message-id': `annotation.completed.${job.id}@varloom.test`,
      'auto-submitted': 'auto-generated',
    });
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain(`${PUBLIC_URL}/jobs/${job.id}`);
      expect(body).toContain('Hello Ada,');
      expect(body).toContain('12,345 records');
      expect(body).toMatch(/until \w{3}, \d\d \w{3} \d{4}/);
    }
    expect(mail.html).toContain('<html lang="en">');
  });

  it('tells of a failed job why, and what to do', async () => {
    const job = await jobOf('sample.vcf', { failure: 'Line 7 is before line 6.' });
    await send(job, 'annotation.failed');
    const mail = await only(job.email);
    expect(mail.subject).toBe('Annotation failed: sample.vcf');
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain('Line 7 is before line 6.');
      expect(body).toContain('bcftools sort');
      expect(body).toContain(`${PUBLIC_URL}/jobs/${job.id}`);
    }
  });

  it.for([
    ['markup', '<img src=x onerror=alert(1)>&"\'.vcf'],
    ['line breaks', 'a.vcf\r\nBcc: everyone@varloom.test\r\n\r\n<b>body</b>'],
    ['a line separator and a reversal', 'a\u2028Bcc: everyone@varloom.test\u202efcv.vcf'],
    ['a thousand letters', '🧬'.repeat(1000)],
  ])('takes a file name with %s for a name only', async ([, fileName]) => {
    const job = await jobOf(fileName, { name: fileName });
    await send(job);
    const mail = await only(job.email);
    expect(mail.to.map(({ address }) => address)).toEqual([job.email]);
    expect(Object.keys(mail.headers)).not.toContain('bcc');
    expect(mail.subject).not.toMatch(/[\r\n\u2028\u202e]/);
    expect([...mail.subject].length).toBeLessThan(120);
    const html = mail.html.replaceAll(/<\/?(?:!doctype html|html|head|meta|title|body|p|a)(?: [^<>]*)?>/g, '');
    expect(html).not.toMatch(/[<>]/);
  });

  it('is sent to one address, whatever the issuer gave as one', async () => {
    const job = await jobOf();
    const to = `${job.email}, everyone@varloom.test`;
    const content = { subject: 's', text: 't', html: 'h' };
    await mailer.send({ messageId: randomUUID(), to, ...content }).catch(() => {});
    await send(job);
    const mails = await inbox(job.email);
    for (const { to: addresses } of mails) expect(addresses).toHaveLength(1);
    expect(mails.map(({ subject }) => subject)).toEqual(['Annotation complete: sample.vcf']);
  });
});

describe('once', () => {
  it('though the activity runs again and again', async () => {
    const job = await jobOf();
    for (let i = 0; i < 3; i++) await send(job);
    await only(job.email);
    const other = await jobOf();
    await send(other);
    expect(await inbox(job.email)).toHaveLength(1);
  });

  it('though two runs begin at the same moment: the second is told to try again', async () => {
    const job = await jobOf();
    let goOn = () => {};
    const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
    let isSending = () => {};
    const sending = new Promise<void>((resolve) => (isSending = resolve));
    const slow: Mailer = {
      ...mailer,
      send: async (message) => {
        isSending();
        await mayGoOn;
        await mailer.send(message);
      },
    };
    const first = activities(slow)['mail.annotation.send']({ jobId: job.id, kind: 'annotation.completed' });
    await sending;
    await expect(send(job)).rejects.toThrow('another run');
    goOn();
    await first;
    await send(job);
    await only(job.email);
  });

  it('unless the record after it fails: then it comes again, with the same Message-ID', async () => {
    const job = await jobOf();
    let writes = 0;
    const failing: Database = {
      ...database,
      // The first write claims, the second records.
      write: (principal, work) =>
        ++writes === 2 ? Promise.reject(new Error('the database is gone')) : database.write(principal, work),
    };
    const first = activities(mailer, failing)['mail.annotation.send']({ jobId: job.id, kind: 'annotation.completed' });
    await expect(first).rejects.toThrow('the database is gone');
    await send(job);
    await send(job);
    const mails = await inbox(job.email, 2);
    const ids = mails.map(({ headers }) => headers['message-id']);
    expect(ids).toEqual(Array(2).fill(`<annotation.completed.${job.id}@varloom.test>`));
  });

  it('and not lost when the server refuses it the first time', async () => {
    const server = await refusingServer();
    const refused = createMailer({ url: `smtp://127.0.0.1:${server.port}`, from });
    const job = await jobOf();
    try {
      const attempt = activities(refused)['mail.annotation.send']({ jobId: job.id, kind: 'annotation.completed' });
      await expect(attempt).rejects.toThrow('421');
    } finally {
      refused.close();
      await server.close();
    }
    await send(job);
    await only(job.email);
  });
});

describe('by SES', () => {
  it('is the same message', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = inject('store');
    const credentials = { accessKeyId, secretAccessKey };
    const client = new SESv2Client({ endpoint, region, credentials });
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'no-reply@varloom.test' }));
    client.destroy();
    const wire = await recordingProxy(endpoint);
    const ses = createMailer({ url: `ses://${region}`, from, sesEndpoint: wire.endpoint, credentials });
    const job = await jobOf('<b>.vcf');
    await activities(ses)['mail.annotation.send']({ jobId: job.id, kind: 'annotation.completed' });
    await activities(ses)['mail.annotation.send']({ jobId: job.id, kind: 'annotation.completed' });
    ses.close();
    await wire.close();
    // The message as it was written: what SES keeps of it is what is not Message-ID.
    expect(wire.messages).toHaveLength(1);
    const id = /^x-varloom-message-id:\s+(\S+)\r?$/im.exec(wire.messages[0] ?? '')?.[1];
    expect(id).toBe(`annotation.completed.${job.id}@varloom.test`);
    const answer = await fetch(`${endpoint}/_ministack/ses/messages`);
    const { messages } = (await answer.json()) as { messages: Record<string, Record<string, unknown>[]> };
    const ours = Object.values(messages).flatMap((all) => all.filter(({ To }) => String(To) === job.email));
    // SES gives every message a Message-ID of its own; the rest is as it was written.
    expect(ours).toMatchObject([{ Source: from, CC: [], BCC: [], Subject: 'Annotation complete: <b>.vcf' }]);
    const [text, html] = [String(ours[0]?.['BodyText']), String(ours[0]?.['BodyHtml'])];
    for (const body of [text, html]) expect(body).toContain(`${PUBLIC_URL}/jobs/${job.id}`);
    expect(html).toContain('Your annotation of &lt;b&gt;.vcf is complete');
  });
});

/** A mail server that greets by closing. */
async function refusingServer(): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.end('421 closing\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('there is no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
