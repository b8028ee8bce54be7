// What the other integration tests stand on: databases and buckets of their own, a Temporal server, an inbox.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import nodemailer from 'nodemailer';
import postgres from 'postgres';
import { expect, inject, test } from 'vitest';
import { createTestBuckets, createTestDatabase } from '../support/services.ts';

test('each test database is migrated, and apart from every other', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const owner = postgres(first.ownerUrl, { max: 1, onnotice: () => {} });
  const neighbour = postgres(second.ownerUrl, { max: 1, onnotice: () => {} });
  try {
    await owner`create table mark (id int)`;
    expect(await neighbour`select to_regclass('mark') as mark`).toEqual([{ mark: null }]);
    const [migrated] = await owner`select count(*)::int as tables from pg_tables where schemaname = 'public'`;
    expect(migrated?.['tables']).toBeGreaterThan(1);
  } finally {
    await owner.end();
    await neighbour.end();
    await Promise.all([first.drop(), second.drop()]);
  }
});

test('the application’s role is held to row-level security', async () => {
  const database = await createTestDatabase();
  const app = postgres(database.url, { max: 1 });
  try {
    const [role] =
      await app`select current_user as name, rolsuper, rolbypassrls from pg_roles where rolname = current_user`;
    expect(role).toEqual({ name: 'varloom_app', rolsuper: false, rolbypassrls: false });
  } finally {
    await app.end();
    await database.drop();
  }
});

test('buckets take objects', async () => {
  const { endpoint, region, accessKeyId, secretAccessKey, inputsBucket } = await createTestBuckets();
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: inputsBucket, Key: 'a/b', Body: 'variants' }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: inputsBucket, Key: 'a/b' }));
  expect(await Body?.transformToString()).toBe('variants');
  s3.destroy();
});

test('the Temporal server answers', async () => {
  const { address, namespace } = inject('temporal');
  const connection = await Connection.connect({ address });
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  expect(namespaceInfo?.name).toBe(namespace);
  await connection.close();
});

test('a mail that was accepted stands in the inbox', async () => {
  const { smtp, api } = inject('mail');
  const subject = `greetings ${crypto.randomUUID()}`;
  await nodemailer
    .createTransport(smtp)
    .sendMail({ from: 'a@varloom.test', to: 'b@varloom.test', subject, text: 'hello' });
  await expect.poll(async () => JSON.stringify(await (await fetch(api)).json())).toContain(subject);
});
