// What the service bears: a worker asked to stop in the middle of a job, Temporal killed, its Schedules, and a real genome
// installed and used.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { scheduleIds } from '../../domain/ids.ts';
import { openHome, projectDirectory, readJson } from '../../infra/local/home.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { readPayloadKeys } from '../../temporal/payload-keys.ts';
import { signIn, type Program } from '../support/program.ts';
import { startStack, type TestStack } from '../support/services.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeManyVariants, writeVcf } from '../support/vcf.ts';

const run = promisify(execFile);
const SARS_COV_2 = join(projectDirectory, '..', 'shared', 'data', 'sars-cov-2');
const POLL = { timeout: 60_000, interval: 500 };

let stack: TestStack;
let directory: string;
let premium: Program;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'varloom-e2e-'));
  stack = await startStack();
  premium = await signIn(stack, 'premium@varloom.test');
});
afterAll(async () => {
  await stack.stop();
  await rm(directory, { recursive: true, force: true });
});

const genome = makeGenome(DEMO_PLAN);
const small = () => Buffer.from(writeVcf(genome, demoVariants(genome, { seed: 5, count: 50 })));
const pidOf = async (name: string): Promise<number> => {
  const { processes } = await stack.readFile();
  const found = processes.find((process_) => process_.name === name);
  if (!found) throw new Error(`no process ${name}`);
  return found.pid;
};

it('an engine worker asked to stop gives its job back, and another run completes it', async () => {
  const path = join(directory, 'large.vcf');
  await writeManyVariants(path, genome, 5_000_000);
  await run('bgzip', ['-f', path]);
  const inputFile = await premium.upload('large.vcf.gz', await readFile(`${path}.gz`));
  const id = await premium.annotate(inputFile, { consequence_mode: 'local' });
  for await (const event of premium.events(id)) if (event.progress.records > 10_000) break;
  const before = await pidOf('worker-engine');
  process.kill(before, 'SIGTERM');
  expect(await premium.ended(id)).toMatchObject({ job_status: 'COMPLETED', summary: { records: 5_000_000 } });
  await expect.poll(() => pidOf('worker-engine'), POLL).not.toBe(before);
  const { body } = await premium.call('GET', `/annotations/${id}/result`);
  expect(body['url']).toMatch(new RegExp(`/${id}/[0-9a-f]{12}-2/`));
});

it('accepts a job while Temporal is down, and does it when Temporal is back', async () => {
  const inputFile = await premium.upload('small.vcf', small());
  process.kill(await pidOf('temporal'), 'SIGKILL');
  const id = await premium.annotate(inputFile);
  expect(await premium.ended(id)).toMatchObject({ job_status: 'COMPLETED' });
}, 120_000);

it('has its Schedules, and the clean-up runs', async () => {
  const settings = z.record(z.string(), z.string()).parse(readJson(openHome(stack.home).settingsFile));
  const client = createTemporalClient({
    address: stack.stack.temporal.address,
    namespace: stack.stack.temporal.namespace,
    keys: readPayloadKeys(settings['PAYLOAD_KEYS_FILE'] ?? ''),
  });
  const schedules = (await Array.fromAsync(client.schedule.list())).map(({ scheduleId }) => scheduleId);
  expect(schedules.toSorted()).toEqual(Object.values(scheduleIds).toSorted());
  await client.schedule.getHandle(scheduleIds.cleanUp).trigger();
  const lastRun = async () => {
    const { info } = await client.schedule.getHandle(scheduleIds.cleanUp).describe();
    return info.recentActions.at(-1)?.action.workflow.workflowId;
  };
  await expect.poll(lastRun, POLL).toBeTypeOf('string');
  const report = await client.workflow.getHandle((await lastRun()) ?? '').result();
  expect(report).toEqual({ uploadsRemoved: 0, objectsRemoved: 0, directoriesRemoved: 0 });
  await client.connection.close();
}, 120_000);

it.runIf(existsSync(SARS_COV_2))(
  'a real genome, installed by the command, gives the published protein changes (skipped where ../shared/data is absent)',
  async () => {
    const file = (name: string) => join(SARS_COV_2, name);
    const { stdout } = await run(
      process.execPath,
      [
        join(projectDirectory, 'infra', 'local', 'with-stack.ts'),
        'activities/references/main.ts',
        ...['add', 'sars-cov-2', '--fasta', file('genome.fa'), '--gff', file('genes.gff3')],
      ],
      { env: { ...process.env, VARLOOM_HOME: stack.home } },
    );
    expect(stdout).toContain('installed: sars-cov-2');
    const inputFile = await premium.upload('lineage.vcf', await readFile(file('variants.vcf')));
    const id = await premium.annotate(inputFile, { genome: 'sars-cov-2', consequence_mode: 'haplotype' });
    expect(await premium.ended(id)).toMatchObject({ job_status: 'COMPLETED', genome: 'sars-cov-2' });

    const { body } = await premium.call('GET', `/annotations/${id}/result`);
    const result = await fetch(z.string().parse(body['url']));
    const lines = gunzipSync(Buffer.from(await result.arrayBuffer()))
      .toString('utf8')
      .split('\n');
    const known = (await readFile(file('known.tsv'), 'utf8')).trim().split('\n').slice(1);
    const unseen = known.filter((row) => {
      const [position = '', , , gene = '', published = ''] = row.split('\t');
      const record = lines.find((line) => line.split('\t')[1] === position);
      // `484E>484K` in the form of bcftools; the position in this haplotype stands on the right.
      const change = /^(\D+)(\d+)(\D+)$/.exec(published);
      const spelled = new RegExp(
        `\\|${gene}\\|.*\\|${change?.[2]}${change?.[1]}(>\\d+${change?.[3]?.replace('*', '\\*')})?`,
      );
      return !record || !spelled.test(record);
    });
    expect(unseen).toEqual([]);
  },
);
