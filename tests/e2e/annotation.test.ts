// The whole service over HTTP, as programs use it: the demo's tour, refusals, cancellation, erasure, and an engine worker
// killed in the middle of a job.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { takeTour } from '../../infra/demo/tour.ts';
import { keptSecret, openHome, projectDirectory, readJson } from '../../infra/local/home.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { isPrometheusThere, testWhatIsMeasured } from './measured.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeManyVariants, writeVcf } from '../support/vcf.ts';

const run = promisify(execFile);
const OWNER = 'free@varloom.test';

let stack: TestStack;
let directory: string;
let free: Program;
let premium: Program;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-e2e-'));
  // With Prometheus, where it is installed.
  stack = await startStack({ args: isPrometheusThere ? ['--observe'] : [] });
  [free, premium] = await Promise.all([signIn(stack, OWNER), signIn(stack, 'premium@varloom.test')]);
});
afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true, force: true });
});

const genome = makeGenome(DEMO_PLAN);
const small = () => Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 3, count: 50 })));

/** A file that keeps the engine busy for seconds. */
const large = async (): Promise<Buffer> => {
  const path = join(directory, 'large.vcf');
  await writeManyVariants(path, genome, 2_000_000);
  await run('bgzip', ['-f', path]);
  return readFile(`${path}.gz`);
};

const objectKeys = async (prefix: string): Promise<string[]> => {
  const { s3 } = stack.stack;
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.access_key_id ?? '', secretAccessKey: s3.secret_access_key ?? '' },
  });
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: s3.results_bucket, Prefix: prefix }));
  return (Contents ?? []).map(({ Key }) => Key ?? '');
};

const mailsAbout = async (id: string): Promise<{ subject: string }[]> => {
  const mails = z.array(z.object({ subject: z.string(), text: z.string() }));
  const answer = await fetch(stack.stack.mail.api ?? '');
  return mails.parse(await answer.json()).filter(({ text }) => text.includes(id));
};

it("the demo's tour: upload, progress, summary, e-mail, download, archive", async () => {
  const path = join(directory, 'tour.vcf');
  await writeFile(path, small());
  const lines: string[] = [];
  await takeTour({
    api: stack.stack.api,
    mailApi: stack.stack.mail.api,
    token: await localToken(
      { issuer: stack.stack.issuer, localSecret: keptSecret(openHome(stack.home).secrets, 'issuer-local-secret') },
      OWNER,
    ),
    owner: OWNER,
    genome: 'demo',
    vcf: path,
    say: (line) => lines.push(line),
  });
  expect(lines.map((line) => line.split(' ')[0])).toEqual(
    expect.arrayContaining(['uploaded', 'submitted', 'summary', 'e-mail', 'downloaded', 'archived', 'log']),
  );
});

it('a file that is no VCF: the job fails with the reason and a way out, in its record and by mail', async () => {
  const id = await free.annotate(await free.upload('notes.vcf', Buffer.from('Dear colleagues,\n')));
  const job = await free.ended(id);
  expect(job).toMatchObject({ job_status: 'FAILED', result_state: null, log: null, error: { type: 'input_not_vcf' } });
  expect(job.error?.remedy).toContain('##fileformat');
  await expect
    .poll(async () => (await mailsAbout(id)).map(({ subject }) => subject))
    .toEqual(['Annotation failed: notes.vcf']);
  expect(await objectKeys(`${id}/`)).toEqual([]);
});

it('a file name of any kind is kept, and never becomes part of an address', async () => {
  const name = `../../etc/"päss wörd" 🧬'${'x'.repeat(1000)}.vcf`;
  const id = await free.annotate(await free.upload(name, small()));
  expect(await free.ended(id)).toMatchObject({ job_status: 'COMPLETED', file_name: name });
  const { body } = await free.call('GET', `/annotations/${id}/result`);
  const answer = await fetch(z.string().parse(body['url']));
  expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''");
  expect((await objectKeys(`${id}/`)).every((key) => /^[0-9a-f-]{36}\/[0-9a-f]{12}-\d+\/[a-z.]+$/.test(key))).toBe(
    true,
  );
});

describe('what is measured', () => {
  testWhatIsMeasured(() => stack.stack, { fileNames: ['tour.vcf', 'notes.vcf', 'etc/'] });
});

describe('a long job', () => {
  let inputFile: string;
  beforeAll(async () => {
    inputFile = await premium.upload('large.vcf.gz', await large());
  });

  /** Submits the long job, and waits until the engine is in the middle of it. */
  const midway = async (): Promise<string> => {
    const id = await premium.annotate(inputFile, { consequence_mode: 'local' });
    for await (const event of premium.events(id)) {
      if (event.completed_at !== null) throw new Error('the job ended before it could be watched');
      if (event.progress.records > 10_000) break;
    }
    return id;
  };

  const stagingDirectories = () => readdir(join(stack.home, 'work', 'staging'));

  it('is cancelled: it ends CANCELLED, its processes are gone, nothing half-made is left, and nobody is mailed', async () => {
    const id = await midway();
    expect((await premium.call('DELETE', `/annotations/${id}`)).status).toBe(202);
    expect(await premium.ended(id)).toMatchObject({ job_status: 'CANCELLED', result_state: null });
    expect(await objectKeys(`${id}/`)).toEqual([]);
    await expect.poll(stagingDirectories).toEqual([]);
    expect(await mailsAbout(id)).toEqual([]);
    const again = await premium.call('DELETE', `/annotations/${id}`);
    expect(again).toMatchObject({ status: 409, body: { error: { type: 'job_finished' } } });
  });

  it('is erased while it runs: cancelled first, then gone', async () => {
    const id = await midway();
    expect((await premium.call('DELETE', `/annotations/${id}/data`)).status).toBe(202);
    await premium.ended(id);
    await expect.poll(async () => (await premium.job(id)).result_state).toBe('deleted');
    expect(await objectKeys(`${id}/`)).toEqual([]);
    inputFile = await premium.upload('large.vcf.gz', await large());
  });

  it('survives kill -9 of its engine worker: done by another worker, one result, one e-mail', async () => {
    const { processes } = await stack.readFile();
    const victim = processes.find(({ name }) => name === 'worker-engine');
    const id = await midway();
    const second = await startEngineWorker();
    try {
      process.kill(victim?.pid ?? 0, 'SIGKILL');
      const job = await premium.ended(id);
      expect(job).toMatchObject({ job_status: 'COMPLETED', result_state: 'live', summary: { records: 2_000_000 } });
      const keys = await objectKeys(`${id}/`);
      expect(keys.filter((key) => key.endsWith('annotated.vcf.gz'))).toHaveLength(1);
      await expect.poll(async () => (await mailsAbout(id)).length).toBe(1);
    } finally {
      await second.stop();
    }
  }, 120_000);

  async function startEngineWorker(): Promise<{ stop: () => Promise<void> }> {
    const settings = z.record(z.string(), z.string()).parse(readJson(openHome(stack.home).settingsFile));
    const child = spawn(process.execPath, [join(projectDirectory, 'workers', 'main.ts')], {
      env: { ...process.env, ...settings, NODE_ENV: 'development', WORKER_QUEUES: 'engine' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => line.includes('worker ready') && resolve());
      ended.then(() => reject(new Error('the second worker did not start')), reject);
    });
    return {
      stop: async () => {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
});
