// Secrets are planted wherever people and programs may put them, over the public API of a whole stack. They are found nowhere
// but in Postgres, and in mail to those they belong to: not in Temporal's store, in logs, spans, metrics or names of objects.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PATIENT_FIELDS } from '../../domain/patients.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { PURPOSES } from '../../temporal/shown-at-start.ts';
import { signIn, type Program } from '../support/program.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { startSpanReceiver, type SpanReceiver } from '../support/span-receiver.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const POLL = { timeout: 90_000, interval: 250 };
/** Long and unlike anything else: what is found is what was planted. */
const planted = (what: string): string => `Quastenflosser-${what}-7f3a9c51d2`;
/** Four people, and every field of each: what the first gets is reviewed and delivered, the last is erased. */
const patients = [1, 2, 3, 4].map((nth) =>
  Object.fromEntries(PATIENT_FIELDS.map((field) => [field, planted(`${field}-of-${nth}`)])),
);
const [patient = {}] = patients;
const ofPatients = patients.flatMap((one) => Object.values(one));
const texts = {
  barcode: planted('barcode'),
  fileName: `${planted('file')}.vcf`,
  badFileName: `${planted('bad-file')}.vcf`,
  /** What the engine's refusal quotes: the message of an activity that fails. */
  contig: planted('contig'),
  comment: planted('comment'),
  otherComment: planted('reason'),
  partnerName: planted('partner'),
  partnerEmail: `${planted('partner').toLowerCase()}@partner.test`,
  webhookPath: planted('hook'),
  laboratoryName: planted('laboratory'),
  apiKeyName: planted('key-name'),
  idempotencyKey: planted('idempotency'),
};
/** What the service made up itself, and showed once. */
const secrets = new Map<string, string>();
const reviewers = { technical: 'tech', licensed: 'licensed', director: 'director' } as const;

let stack: TestStack;
let spans: SpanReceiver;
let partner: Receiver;
const people = new Map<string, Program>();
const as = (name: string): Program => {
  const program = people.get(name);
  if (!program) throw new Error(`${name} is not signed in`);
  return program;
};
beforeAll(async () => {
  [spans, partner] = await Promise.all([startSpanReceiver(), startReceiver()]);
  const env = { ...spans.env, LOG_LEVEL: 'debug', WEBHOOK_ALLOWED_PRIVATE: partner.hostPort };
  stack = await startStack({ env });
  for (const name of ['free2', 'premium', 'admin', ...Object.values(reviewers)]) {
    people.set(name, await signIn(stack, `${name}@varloom.test`));
  }
});
afterAll(async () => {
  await stack?.stop();
  await Promise.all([spans?.close(), partner?.stop()]);
});

async function made(who: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await as(who).call('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

/** The other patients: looked at, looked at by who may not, damaged, erased, and looked at again. */
async function readInVain(job: string): Promise<void> {
  const samples: string[] = [];
  for (const [nth, one] of patients.slice(1).entries()) {
    const body = { barcode: `${texts.barcode}-${nth}`, job_id: job, patient: one };
    samples.push(String((await made('premium', '/samples', body))['sample_id']));
  }
  for (const [nth, sample] of samples.entries()) {
    const seen = async (who: string) => (await as(who).call('GET', `/samples/${sample}`)).body['patient'];
    expect(await seen('tech')).toEqual(patients[nth + 1]);
    expect(await seen('premium')).toBeUndefined();
    expect(await as('free2').call('GET', `/samples/${sample}`)).toMatchObject({ status: 404 });
  }
  const [first, last] = [samples.at(0) ?? '', samples.at(-1) ?? ''];
  // Two fields changed places: neither opens where it now stands, and the reading fails.
  const owner = postgres(stack.stack.database, { max: 1 });
  try {
    const moved = await owner`update patient.fields here set sealed = there.sealed from patient.fields there
      where here.patient_id = (select patient_id from samples where sample_id = ${first})
        and there.patient_id = here.patient_id
        and (here.field, there.field) in (('name', 'contact'), ('contact', 'name'))`;
    expect(moved.count).toBe(2);
    // What Postgres refuses, its error quotes: to who asked, and not in the log.
    const refused = owner`update samples set organization_id = null where sample_id = ${first}`;
    await expect(refused).rejects.toMatchObject({ code: '23502', detail: expect.stringContaining(texts.barcode) });
  } finally {
    await owner.end();
  }
  expect(await as('tech').call('GET', `/samples/${first}`)).toMatchObject({ status: 500 });
  // Refused for what is said.
  const again = { barcode: texts.barcode, job_id: first, patient: { ...patient, unknown: patient['name'] } };
  expect(await as('premium').call('POST', '/samples', again)).toMatchObject({ status: 422 });
  expect(await as('admin').call('DELETE', `/samples/${last}/patient`)).toMatchObject({ status: 200 });
  const { body } = await as('tech').call('GET', `/samples/${last}`);
  expect(body).toMatchObject({ patient_erased_at: expect.any(String) });
  expect(body['patient']).toBeUndefined();
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
const everything = () => [...ofPatients, ...Object.values(texts), ...secrets.values()];
const foundIn = (bytes: Buffer, values: readonly string[] = everything()) =>
  values.filter((value) => forms(value).some((form) => bytes.includes(form)));

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

it('what can tell of a secret is told to look for it', () => {
  for (const value of ['a secret with ümlaut & more', 'Quastenflosser-x-7f3a9c51d2']) {
    for (const lead of ['', 'x', 'xy']) {
      const base64 = Buffer.from(Buffer.from(lead + value).toString('base64'));
      expect(foundIn(base64, [value])).toEqual([value]);
    }
    expect(foundIn(Buffer.from(`/path?q=${encodeURIComponent(value)}`), [value])).toEqual([value]);
    expect(foundIn(Buffer.from('nothing of it'), [value])).toEqual([]);
  }
});

it('a sample is annotated, reviewed and delivered; a laboratory is founded, a file refused, keys and tokens are made', async () => {
  await promisify(execFile)(
    process.execPath,
    ['infra/local/with-stack.ts', 'db/found-laboratory.ts', texts.laboratoryName, 'free2@varloom.test'].map((word) =>
      word.startsWith('infra/') ? join(projectDirectory, word) : word,
    ),
    { env: { ...process.env, VARLOOM_HOME: stack.home } },
  );
  const key = await made('premium', '/api-keys', { name: texts.apiKeyName });
  secrets.set('API key', String(key['api_key']));

  const genome = makeGenome(DEMO_PLAN);
  const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 9, count: 20 })));
  const bad = Buffer.from(
    `##fileformat=VCFv4.3\n##contig=<ID=${texts.contig}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n${texts.contig}\t5\t.\tA\tC\t.\t.\t.\n`,
  );
  const refused = await as('premium').annotate(await as('premium').upload(texts.badFileName, bad));
  const failed = await as('premium').ended(refused);
  expect(failed).toMatchObject({ job_status: 'FAILED' });
  // Its owner is told what is wrong with it.
  expect(JSON.stringify(failed.error)).toContain(texts.contig);

  const input = await as('premium').upload(texts.fileName, vcf);
  const submission = await as('premium').call(
    'POST',
    '/annotations',
    { input_file: input },
    {
      'Idempotency-Key': texts.idempotencyKey,
    },
  );
  const job = String(submission.body['job_id']);
  expect(await as('premium').ended(job)).toMatchObject({ job_status: 'COMPLETED' });

  const { sample_id: sample } = await made('premium', '/samples', { barcode: texts.barcode, job_id: job, patient });
  await readInVain(job);
  const created = await made('admin', '/partners', {
    name: texts.partnerName,
    email: texts.partnerEmail,
    webhook_url: `${partner.url}/${texts.webhookPath}`,
  });
  secrets.set('partner token', String(created['token']));
  secrets.set('webhook secret', String(created['webhook_secret']));
  const delivering = { partner_id: created['partner_id'], sample_ids: [sample] };
  const { delivery_id: delivery } = await made('premium', '/deliveries', delivering);

  const { body } = await as('tech').call('GET', `/samples/${String(sample)}`);
  expect(body['patient']).toEqual(patient);
  const decisions = `/deliveries/${String(delivery)}/samples/${String(sample)}/decisions`;
  const decide = async (level: keyof typeof reviewers, more: Record<string, unknown>) => {
    const decision = { level, result_checksum: body['result_checksum'], ...more };
    expect(await as(reviewers[level]).call('POST', decisions, decision)).toMatchObject({ status: 200 });
  };
  await decide('technical', { decision: 'accept', comment: texts.comment });
  await decide('licensed', { decision: 'reject', then: 'return', reason_code: 'other', comment: texts.otherComment });
  for (const level of REVIEW_LEVELS) await decide(level, { decision: 'accept', comment: texts.comment });
  const state = async () => (await as('director').call('GET', `/deliveries/${String(delivery)}`)).body['state'];
  await expect.poll(state, POLL).toBe('ready');
  expect(await as('director').call('POST', `/deliveries/${String(delivery)}/release`)).toMatchObject({ status: 200 });
  await expect.poll(state, POLL).toBe('released');
  const manifest = `/partner/v1/deliveries/${String(delivery)}/manifest`;
  const read = await fetch(stack.stack.api + manifest, {
    headers: { Authorization: `Bearer ${String(created['token'])}` },
  });
  expect(read.status).toBe(200);
  expect(new Set(ofPatients).size).toBeGreaterThanOrEqual(20);
}, 240_000);

it('what sagas are for, which their memos say, is not in Temporal’s store', async () => {
  const found: string[] = [];
  for await (const { path, bytes } of filesBelow(join(stack.home, 'data/temporal'))) {
    found.push(...foundIn(bytes, Object.values(PURPOSES)).map((purpose) => `${path}: ${purpose}`));
  }
  expect(found).toEqual([]);
});

it.for([
  ['Temporal’s store', 'data/temporal'],
  ['the logs', 'logs'],
] as const)('and nothing of it is in %s', async ([, directory]) => {
  const found: string[] = [];
  let scannedBytes = 0;
  for await (const { path, bytes } of filesBelow(join(stack.home, directory))) {
    scannedBytes += bytes.length;
    found.push(...foundIn(bytes).map((value) => `${path}: ${value}`));
  }
  expect(found).toEqual([]);
  expect(scannedBytes).toBeGreaterThan(10_000);
});

it('Postgres’s log is among them: it tells what was refused, and not of which row', async () => {
  const log = await readFile(join(stack.home, 'logs', 'postgres.log'), 'utf8');
  expect(log).toContain('violates not-null constraint');
  expect(log).not.toContain('DETAIL');
});

it('nor in a span', async () => {
  await expect.poll(() => spans.raw().includes('webhooks.message.send'), POLL).toBe(true);
  expect(foundIn(Buffer.from(spans.raw()))).toEqual([]);
});

it('nor in what any process tells of itself', async () => {
  const { operations } = stack.stack.observability;
  expect(Object.keys(operations)).toEqual(expect.arrayContaining(['gateway', 'codec', 'worker-orchestration']));
  for (const address of Object.values(operations)) {
    const text = await (await fetch(`${address}/metrics`)).text();
    expect(text).toContain('varloom_build_info');
    expect(foundIn(Buffer.from(text))).toEqual([]);
  }
});

it('mail tells nothing of a patient', async () => {
  // The rest may be told to whom it belongs: a file's owner, a member of the laboratory, its partner.
  const untold = [...ofPatients, texts.barcode, texts.comment, texts.otherComment, texts.webhookPath];
  const mails = await (await fetch(stack.stack.mail.api ?? '')).text();
  expect(mails.length).toBeGreaterThan(1_000);
  expect(foundIn(Buffer.from(mails), [...untold, ...secrets.values()])).toEqual([]);
});

it('nor in the name of an object', async () => {
  const { endpoint, region, access_key_id, secret_access_key, inputs_bucket, results_bucket } = stack.stack.s3;
  const credentials = { accessKeyId: access_key_id ?? '', secretAccessKey: secret_access_key ?? '' };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  try {
    const names: string[] = [];
    for (const Bucket of [inputs_bucket, results_bucket]) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
        names.push(...Contents.map(({ Key = '' }) => Key));
      }
    }
    expect(names.length).toBeGreaterThan(5);
    expect(foundIn(Buffer.from(names.join('\n')))).toEqual([]);
    expect(names.filter((name) => /quastenflosser/i.test(name))).toEqual([]);
  } finally {
    client.destroy();
  }
});
