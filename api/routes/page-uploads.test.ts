// Uploads of a page start their one job by themselves: by the store's redirect, by its notice, or by both.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jobs } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, announce, post, uploaded } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let user: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  user = await gateway.user();
});
afterAll(() => gateway.close());

const filesOf = async (who: TestUser) => (await who.token('GET', '/annotate/files')).body['files'];
const jobsOfUpload = async (inputFile: string) => {
  const rows = await gateway.database.write(system('test'), (tx) => tx.select().from(jobs));
  return rows.filter((job) => job.uploadId === inputFile);
};

describe('uploads of a page', () => {
  const arrive = async (who: TestUser) => uploaded(who.session);
  const redirected = (key: string, headers: Record<string, string> = {}) =>
    gateway.anyone('GET', `/annotate/uploaded?bucket=b&key=${key}&etag=e`, { headers });
  const notice = (key: string, changes: Record<string, unknown> = {}) =>
    gateway.anyone('POST', '/webhooks/storage', {
      headers: { 'Content-Type': 'text/plain; charset=UTF-8' },
      body: {
        Type: 'Notification',
        MessageId: crypto.randomUUID(),
        TopicArn: gateway.settings.STORAGE_TOPIC_ARN,
        Timestamp: new Date().toISOString(),
        Message: JSON.stringify({
          Records: [
            {
              eventName: 'ObjectCreated:Post',
              s3: { bucket: { name: gateway.settings.S3_INPUTS_BUCKET }, object: { key } },
            },
          ],
        }),
        ...changes,
      },
    });

  it('come back by S3’s redirect, and the browser is led to the job', async () => {
    const form = await announce(user.session);
    const sent = await post(form);
    expect(sent.status).toBe(303);
    const back = new URL(sent.headers.get('Location') ?? '');
    expect(back.href).toContain(`${gateway.settings.PUBLIC_URL}/annotate/uploaded?`);
    const answer = await gateway.anyone('GET', back.pathname + back.search, {
      headers: { 'Sec-Fetch-Mode': 'navigate' },
    });
    const [job] = await jobsOfUpload(form.input_file);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toBe(`/jobs/${job?.jobId}`);
  });

  it.for<[string, (key: string) => Promise<unknown>[]]>([
    ['a redirect', (key) => [redirected(key)]],
    ['a notice', (key) => [notice(key)]],
    ['a redirect and a notice', (key) => [redirected(key), notice(key)]],
    ['twenty notices at once', (key) => Array.from({ length: 20 }, () => notice(key))],
    ['ten of each at once', (key) => Array.from({ length: 20 }, (_, i) => (i % 2 ? notice(key) : redirected(key)))],
  ])('start one job: %s', async ([, tell]) => {
    const key = await arrive(user);
    const answers = await Promise.all(tell(key));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200 });
    const made = await jobsOfUpload(key);
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ source: 'page', userId: user.user.userId, genome: 'demo' });
  });

  it('do not start before they have arrived', async () => {
    const { input_file } = await announce(user.session);
    expect(await redirected(input_file)).toMatchObject({ status: 404, error: { type: 'input_not_found' } });
    expect(await notice(input_file)).toMatchObject({ status: 200 });
    expect(await jobsOfUpload(input_file)).toEqual([]);
  });

  it('of a program never start by themselves', async () => {
    const who = await gateway.user();
    const key = await uploaded(who.token);
    await notice(key);
    expect(await redirected(key)).toMatchObject({ status: 404, error: { type: 'input_not_found' } });
    expect(await jobsOfUpload(key)).toEqual([]);
    expect(await filesOf(who)).toMatchObject([{ input_file: key }]);
  });

  it.for<[string, Record<string, unknown>]>([
    ['another topic', { TopicArn: 'arn:aws:sns:us-east-1:000000000000:other' }],
    ['no topic', { TopicArn: undefined }],
    ['a message that is no JSON', { Message: '{' }],
    ['another type', { Type: 'Other' }],
  ])('are not started by a notice from %s', async ([, changes]) => {
    const key = await arrive(user);
    const answer = await notice(key, changes);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(await jobsOfUpload(key)).toEqual([]);
  });

  it('are not started by an event of another bucket or of a removal', async () => {
    const key = await arrive(user);
    const message = (eventName: string, name: string) =>
      JSON.stringify({ Records: [{ eventName, s3: { bucket: { name }, object: { key } } }] });
    await notice(key, { Message: message('ObjectCreated:Put', 'another-bucket') });
    await notice(key, { Message: message('ObjectRemoved:Delete', gateway.settings.S3_INPUTS_BUCKET) });
    expect(await jobsOfUpload(key)).toEqual([]);
  });

  it('let the page, which a redirect from the store made foreign, read the answer', async () => {
    const asked = await gateway.anyone('OPTIONS', '/annotate/uploaded', {
      headers: { Origin: 'null', 'Access-Control-Request-Method': 'GET' },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(asked.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    const answer = await redirected(await arrive(user), { Origin: 'null' });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    // Nowhere else may a foreign page read.
    const files = await user.token('GET', '/annotate/files', { headers: { Origin: 'http://elsewhere.test' } });
    expect(files.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

describe('signed notices', () => {
  it.for<[string, Record<string, string>]>([
    ['no signature', {}],
    ['the signature of nobody', { SignatureVersion: '1', Signature: 'FAKE', SigningCertURL: 'FAKE' }],
    [
      'a certificate from elsewhere',
      {
        SignatureVersion: '2',
        Signature: 'AAAA',
        SigningCertURL: 'https://sns.us-east-1.amazonaws.com.evil.test/a.pem',
      },
    ],
  ])('are demanded unless the setting of the local stack says otherwise: %s', async ([, signature]) => {
    const strict = await startTestGateway({ settings: { STORAGE_ACCEPT_UNSIGNED: 'false' } });
    try {
      const answer = await strict.anyone('POST', '/webhooks/storage', {
        body: {
          Type: 'Notification',
          MessageId: '1',
          TopicArn: strict.settings.STORAGE_TOPIC_ARN,
          Timestamp: new Date().toISOString(),
          Message: '{"Records":[]}',
          ...signature,
        },
      });
      expect(answer).toMatchObject({ status: 400, error: { type: 'bad_request' } });
    } finally {
      await strict.close();
    }
  });
});
