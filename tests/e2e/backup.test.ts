// An installation is lost and comes back: jobs, an archived result, a patient's data and a delivery under review are backed
// up while everything runs, all of it is destroyed, and a new installation is made of the backup.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scheduleIds } from '../../domain/ids.ts';
import { PATIENT_FIELDS } from '../../domain/patients.ts';
import { REVIEW_LEVELS } from '../../domain/review.ts';
import { projectDirectory } from '../../infra/local/home.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { settingsOf, startInstalled, type InstalledProcess } from '../support/installation.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';

const POLL = { timeout: 90_000, interval: 250 };
const patient = Object.fromEntries(PATIENT_FIELDS.map((field) => [field, `synthetic ${field}`]));
const reviewers = { technical: 'tech', licensed: 'licensed', director: 'director' } as const;
const genome = makeGenome(DEMO_PLAN);
const vcf = Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 11, count: 20 })));

let directory: string;
let stack: TestStack;
const installed: InstalledProcess[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-backup-'));
  stack = await startStack({ home: join(directory, 'first'), env: { RETENTION_SECONDS: '1' } });
});
afterAll(async () => {
  await Promise.all(installed.map(({ stop }) => stop()));
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const as = (name: string): Promise<Program> => signIn(stack, `${name}@varloom.test`);
const backup = () => join(directory, 'backup');
const keys = () => join(directory, 'keys');

async function run(
  program: string,
  args: string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<{ code: unknown; output: string }> {
  const words = ['infra/local/with-stack.ts', program, ...args];
  const child = spawn(process.execPath, words, {
    cwd: projectDirectory,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], VARLOOM_HOME: stack.home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [code]: unknown[] = await once(child, 'close');
  return { code, output };
}
/** Browser sessions in the database, one more when asked. */
async function sessions({ open }: { open: boolean }): Promise<number> {
  const sql = postgres(settingsOf(stack.home)['DATABASE_OWNER_URL'] ?? '', { max: 1 });
  try {
    if (open) {
      await sql`insert into sessions (token_hash, user_id, organization_id, expires_at, authenticated_at, id_token)
        select 'of a browser', user_id, organization_id, now() + interval '1 day', now(), '' from users limit 1`;
    }
    const [found] = await sql<{ count: number }[]>`select count(*)::int as count from sessions`;
    return found?.count ?? 0;
  } finally {
    await sql.end();
  }
}
const backUp = (...more: string[]) => run('infra/backup/backup.ts', [backup(), '--keys', keys(), ...more]);

async function made(who: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await (await as(who)).call('POST', path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body;
}

interface Work {
  archived: string;
  kept: string;
  waiting: string;
  sample: string;
  delivery: string;
  checksum: unknown;
}
let work: Work;

async function decide(level: keyof typeof reviewers): Promise<void> {
  const path = `/deliveries/${work.delivery}/samples/${work.sample}/decisions`;
  const reviewer = await as(reviewers[level]);
  const decision = { level, decision: 'accept', result_checksum: work.checksum };
  // A saga that is not there yet is started by the Schedule.
  const send = async () => (await reviewer.call('POST', path, decision)).status;
  await expect.poll(send, POLL).toBe(200);
}

it('is backed up while it works: what was archived is asked for, and copied when it has come', async () => {
  const [free, premium] = [await as('free'), await as('premium')];
  const archived = await free.annotate(await free.upload('archived.vcf', vcf));
  const input = await premium.upload('kept.vcf', vcf);
  const kept = await premium.annotate(input);
  expect(await premium.ended(kept)).toMatchObject({ job_status: 'COMPLETED', result_state: 'live' });
  const { sample_id: sample } = await made('premium', '/samples', { barcode: 'BACKUP-1', job_id: kept, patient });
  const { partner_id } = await made('admin', '/partners', { name: 'Demo partner' });
  const { delivery_id: delivery } = await made('premium', '/deliveries', { partner_id, sample_ids: [sample] });
  const { body } = await (await as('tech')).call('GET', `/samples/${String(sample)}`);
  const checksum = body['result_checksum'];
  work = { archived, kept, waiting: '', sample: String(sample), delivery: String(delivery), checksum };
  await decide('technical');
  await expect.poll(async () => (await free.job(archived)).result_state, POLL).toBe('archived');

  // From here on no saga moves: a job waits, and is never done by this installation.
  const worker = (await stack.readFile()).processes.find(({ name }) => name === 'worker-orchestration');
  process.kill(worker?.pid ?? 0, 'SIGSTOP');
  work.waiting = await premium.annotate(input);
  expect(await sessions({ open: true })).toBeGreaterThan(0);

  const beside = await run('infra/backup/backup.ts', [backup(), '--keys', join(backup(), 'keys')]);
  expect(beside).toMatchObject({ code: 2, output: expect.stringContaining('must not find the keys') });
  const first = await backUp('--retrieve');
  expect(first).toMatchObject({
    code: 0,
    output: expect.stringContaining('1 archived objects are only referred to; 1'),
  });
  await expect.poll(async () => (await backUp()).output, POLL).not.toContain('only referred to');
  expect((await backUp()).output).toContain('; 0 copied now');

  // One that fails half-way harms no earlier one: the restore below is of that. Who is no owner may not read every row.
  const notOwner = { DATABASE_OWNER_URL: settingsOf(stack.home)['DATABASE_URL'] };
  const failed = await run('infra/backup/backup.ts', [backup(), '--without-keys'], notOwner);
  expect(failed).toMatchObject({ code: 1, output: expect.stringMatching(/permission denied|row-level security/) });
  expect((await readdir(backup())).filter((name) => !name.startsWith('postgres-')).toSorted()).toEqual([
    'backup.json',
    'objects',
  ]);
}, 240_000);

it('holds no key, and is for its owner alone', async () => {
  const keyTexts = await Promise.all((await readdir(keys())).map((name) => readFile(join(keys(), name), 'utf8')));
  const secrets = keyTexts.flatMap((text) =>
    [...text.matchAll(/"([A-Za-z0-9+/]{43,}=*)"/g)].map(([, key]) => key ?? ''),
  );
  expect(secrets.length).toBeGreaterThanOrEqual(3);
  const files = await readdir(backup(), { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  expect(texts.length).toBeGreaterThan(20);
  // The public half of the key that signs checkpoints is in each of them.
  const publicHalf = /"public": "([^"]+)"/.exec(keyTexts.join('\n'))?.[1];
  const found = secrets.filter((key) => key !== publicHalf && texts.some((text) => text.includes(key)));
  expect(found).toEqual([]);
  expect(texts.some((text) => Object.values(patient).some((value) => text.includes(value)))).toBe(false);
});

it('is destroyed, and restored into a new installation', async () => {
  await stack.kill({ everything: true });
  const home = join(directory, 'second');
  // The addresses stay, as those of an installation do: the issuer's is part of who a user is.
  await mkdir(join(home, 'run'), { recursive: true });
  await cp(join(stack.home, 'run', 'ports.json'), join(home, 'run', 'ports.json'));
  await rm(stack.home, { recursive: true });
  stack = await startStack({ home, env: { VARLOOM_PARTS: 'services' } });

  const restored = await run('infra/backup/restore.ts', [backup(), '--keys', keys()]);
  expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('all is there') });
  expect(restored.output).toMatch(/LOOK: 0 API keys, \d service tokens/);
  expect(restored.output).toMatch(/\d+ entries of \d+ organizations are whole/);
  expect(await sessions({ open: false })).toBe(0);
  const again = await run('infra/backup/restore.ts', [backup(), '--keys', keys()]);
  expect(again).toMatchObject({ code: 2, output: expect.stringContaining('empty installation only') });
  const repeated = await run('infra/backup/restore.ts', [backup(), '--keys', keys(), '--again']);
  expect(repeated).toMatchObject({ code: 0, output: expect.stringContaining('all is there') });
  process.stdout.write(restored.output);

  const settings = settingsOf(home);
  const starts = [startInstalled('gateway', 'api/main.ts', settings)];
  for (const queue of ['orchestration', 'io', 'engine']) {
    starts.push(startInstalled(queue, 'workers/main.ts', { ...settings, WORKER_QUEUES: queue }));
  }
  installed.push(...(await Promise.all(starts)));
}, 240_000);

it('is all there: results, the archived one, the patient, and who decided what', async () => {
  const [free, premium, tech] = [await as('free'), await as('premium'), await as('tech')];
  expect(await free.job(work.archived)).toMatchObject({ job_status: 'COMPLETED', result_state: 'archived' });
  const { body } = await premium.call('GET', `/annotations/${work.kept}/result`);
  const download = await fetch(String(body['url']));
  expect(download.status).toBe(200);
  expect((await download.arrayBuffer()).byteLength).toBeGreaterThan(100);
  const sample = await tech.call('GET', `/samples/${work.sample}`);
  expect(sample.body).toMatchObject({ patient, result_checksum: work.checksum });
  const delivery = await tech.call('GET', `/deliveries/${work.delivery}`);
  expect(delivery.body).toMatchObject({
    state: 'in_review',
    samples: [{ level: 'licensed', decisions: [{ level: 'technical', decision: 'accept' }] }],
  });
});

it('goes on: the job that waited is done, and the review ends', async () => {
  const settings = settingsOf(stack.home);
  const { address, namespace } = stack.stack.temporal;
  const keysOfPayloads = readPayloadKeys(settings['PAYLOAD_KEYS_FILE'] ?? '');
  const client = createTemporalClient({ address, namespace, keys: keysOfPayloads });
  // They run every 30 seconds by themselves.
  for (const id of [scheduleIds.tendJobs, scheduleIds.tendDeliveries]) await client.schedule.getHandle(id).trigger();
  await client.connection.close();

  const premium = await as('premium');
  expect(await premium.ended(work.waiting)).toMatchObject({ job_status: 'COMPLETED', result_state: 'live' });
  for (const level of REVIEW_LEVELS.slice(1)) await decide(level);
  const state = async () => (await premium.call('GET', `/deliveries/${work.delivery}`)).body['state'];
  await expect.poll(state, POLL).toBe('ready');
  expect(await run('activities/audit/main.ts', ['verify'])).toMatchObject({ code: 0 });
}, 240_000);
