// What is known of a patient is found nowhere but in Postgres, and there only sealed: not in Temporal's store, not in logs,
// mail or the names of objects, after a sample has gone through its whole review and an upload and a comment have named it.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENT_FIELDS } from '../../domain/patients.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const POLL = { timeout: 60_000, interval: 250 };
/** Long and unlike anything else: what is found is what was planted. */
const planted = (what: string): string => `Quastenflosser-${what}-7f3a9c51d2`;
const patient = Object.fromEntries(PATIENT_FIELDS.map((field) => [field, planted(field)]));
const [barcode, fileName, comment] = [planted('barcode'), `${planted('file')}.vcf`, planted('comment')];
const reviewers = { technical: 'tech', licensed: 'licensed', director: 'director' } as const;

let stack: TestStack;
const people = new Map<string, Program>();
const as = (name: string): Program => {
  const program = people.get(name);
  if (!program) throw new Error(`${name} is not signed in`);
  return program;
};
beforeAll(async () => {
  stack = await startStack();
  for (const name of ['premium', 'admin', ...Object.values(reviewers)]) {
    people.set(name, await signIn(stack, `${name}@varloom.test`));
  }
});
afterAll(() => stack.stop());

async function made(who: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await as(who).call('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

/** Every file below, with what it holds. */
async function* filesBelow(directory: string): AsyncIterable<{ path: string; bytes: Buffer }> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A file that was rotated or removed meanwhile holds nothing any more.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    yield { path: relative(directory, path), bytes };
  }
}

const forms = (value: string): Buffer[] => [
  Buffer.from(value),
  Buffer.from(value, 'utf16le'),
  Buffer.from(encodeURIComponent(value)),
  // Base64 of what stands in the middle of something else begins at any of three places.
  ...[0, 1, 2].map((offset) =>
    Buffer.from(
      Buffer.from(value.slice(3 - offset))
        .toString('base64')
        .slice(0, -4),
    ),
  ),
];

it('a sample is reviewed and delivered', async () => {
  const genome = makeGenome(DEMO_PLAN);
  const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 9, count: 20 })));
  const job = await as('premium').annotate(await as('premium').upload(fileName, vcf));
  expect(await as('premium').ended(job)).toMatchObject({ job_status: 'COMPLETED' });
  const { sample_id: sample } = await made('premium', '/samples', { barcode, job_id: job, patient });
  const { partner_id: partner } = await made('admin', '/partners', { name: 'Clinic' });
  const { delivery_id: delivery } = await made('premium', '/deliveries', { partner_id: partner, sample_ids: [sample] });

  const { body } = await as('tech').call('GET', `/samples/${String(sample)}`);
  expect(body['patient']).toEqual(patient);
  for (const level of REVIEW_LEVELS) {
    const decision = { level, decision: 'accept', result_checksum: body['result_checksum'], comment };
    const path = `/deliveries/${String(delivery)}/samples/${String(sample)}/decisions`;
    expect(await as(reviewers[level]).call('POST', path, decision)).toMatchObject({ status: 200 });
  }
  const state = async () => (await as('director').call('GET', `/deliveries/${String(delivery)}`)).body['state'];
  await expect.poll(state, POLL).toBe('ready');
  expect(await as('director').call('POST', `/deliveries/${String(delivery)}/release`)).toMatchObject({ status: 200 });
  await expect.poll(state, POLL).toBe('released');
}, 180_000);

it.for([
  ['Temporal’s store', 'data/temporal', [fileName]],
  ['the logs', 'logs', [fileName]],
  // A file's owner is told of it by its name.
  ['mail', 'data/mail', []],
] as const)('and nothing of the patient is in %s', async ([, directory, others]) => {
  const values = [...Object.values(patient), barcode, comment, ...others];
  const found: string[] = [];
  let scannedBytes = 0;
  for await (const { path, bytes } of filesBelow(join(stack.home, directory))) {
    scannedBytes += bytes.length;
    for (const value of values) if (forms(value).some((form) => bytes.includes(form))) found.push(`${path}: ${value}`);
  }
  expect(found).toEqual([]);
  expect(scannedBytes).toBeGreaterThan(1_000);
});

it('nor in the name of an object', async () => {
  const { endpoint, region, access_key_id, secret_access_key, inputs_bucket, results_bucket } = stack.stack.s3;
  const credentials = { accessKeyId: access_key_id ?? '', secretAccessKey: secret_access_key ?? '' };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  try {
    const names: string[] = [];
    for (const Bucket of [inputs_bucket, results_bucket]) {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      names.push(...Contents.map(({ Key = '' }) => Key));
    }
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => name.includes('Quastenflosser'))).toEqual([]);
  } finally {
    client.destroy();
  }
});
