// The embedded services, after a kill -9: what was stored is found again.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import nodemailer from 'nodemailer';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layOutStore } from '../object-store.ts';
import { startMaildev } from './maildev.ts';
import { startMinistack } from './ministack.ts';
import { startPostgres } from './postgres.ts';

let directory: string;
beforeAll(async () => {
  // Closed to others, as a home under /root is: Postgres, which runs as another user there, must cope.
  directory = await mkdtemp(join(tmpdir(), 'varloom-services-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('Postgres keeps what was committed', async () => {
  const options = { directory: join(directory, 'postgres') };
  const first = await startPostgres(options);
  const owner = postgres(first.ownerUrl, { max: 1 });
  await owner`create table kept (id int)`;
  await owner`insert into kept values (42)`;
  process.kill(first.process.pid, 'SIGKILL');
  await first.process.ended;
  await owner.end({ timeout: 1 });
  const second = await startPostgres({ ...options, port: first.port });
  try {
    const again = postgres(second.ownerUrl, { max: 1 });
    expect(await again`select id from kept`).toEqual([{ id: 42 }]);
    await again.end();
  } finally {
    await second.stop();
  }
});

test('the store keeps objects and their storage class', async () => {
  const options = { directory: join(directory, 'store') };
  const names = { inputsBucket: 'inputs', resultsBucket: 'results', topic: 'storage' };
  const connect = ({ endpoint, region, accessKeyId, secretAccessKey }: Awaited<ReturnType<typeof startMinistack>>) =>
    new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
  const first = await startMinistack(options);
  await layOutStore(first, names);
  await connect(first).send(new PutObjectCommand({ Bucket: 'results', Key: 'k', Body: 'v', StorageClass: 'GLACIER' }));
  process.kill(first.process.pid, 'SIGKILL');
  await first.process.ended;
  const second = await startMinistack(options);
  try {
    await layOutStore(second, names);
    const { StorageClass, ContentLength } = await connect(second).send(
      new HeadObjectCommand({ Bucket: 'results', Key: 'k' }),
    );
    expect({ StorageClass, ContentLength }).toEqual({ StorageClass: 'GLACIER', ContentLength: 1 });
  } finally {
    await second.stop();
  }
});

test('the inbox keeps its mails', async () => {
  const options = { directory: join(directory, 'mail') };
  const inbox = async (api: string): Promise<string> => (await fetch(api)).text();
  const first = await startMaildev(options);
  await nodemailer
    .createTransport(first.smtp)
    .sendMail({ from: 'a@varloom.test', to: 'b@varloom.test', subject: 'kept' });
  await expect.poll(() => inbox(first.api)).toContain('"subject":"kept"');
  process.kill(first.process.pid, 'SIGKILL');
  await first.process.ended;
  const second = await startMaildev(options);
  try {
    await expect.poll(() => inbox(second.api)).toContain('"subject":"kept"');
  } finally {
    await second.stop();
  }
});
