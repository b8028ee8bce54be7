// The demo jobs: one in every state that lasts. A job is known by its owner and its file's name, and made once.

import { Buffer } from 'node:buffer';
import { inputFile, jobListItem, type JobListItem } from '../../domain/http.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../support/vcf.ts';
import type { Program } from '../support/program.ts';
import { everyPage, expectAnswer, until } from './asking.ts';
import type { Report } from './report.ts';

const genome = makeGenome(DEMO_PLAN);

/** A VCF of the reference genome `demo`, the same for the same seed. */
export const demoVcf = (seed: number, count: number): Buffer =>
  Buffer.from(writeVcf(genome, demoVariants(genome, { seed, count })));

export const jobsOf = (owner: Program): Promise<JobListItem[]> => everyPage(owner, '/annotations', 'jobs', jobListItem);

interface DemoJob {
  owner: 'free' | 'premium';
  fileName: string;
  content: () => Buffer;
  /** What is done with the job once it is submitted. */
  settle: (owner: Program, id: string) => Promise<unknown>;
  /** What it is then. */
  wanted: string;
}

const ends = (owner: Program, id: string) => owner.ended(id);

const DEMO_JOBS: readonly DemoJob[] = [
  { owner: 'premium', fileName: 'family-trio.vcf', content: () => demoVcf(11, 3000), settle: ends, wanted: 'live' },
  {
    owner: 'free',
    fileName: 'exome.vcf',
    content: () => demoVcf(12, 500),
    wanted: 'archived',
    settle: async (owner, id) => {
      await owner.ended(id);
      await owner.call('PUT', `/annotations/${id}/retention`, { retention_seconds: 0 });
      await until(`the result of ${id} to be archived`, async () => (await owner.job(id)).result_state === 'archived');
    },
  },
  {
    owner: 'free',
    fileName: 'withdrawn.vcf',
    content: () => demoVcf(13, 100),
    wanted: 'deleted',
    settle: async (owner, id) => {
      await owner.ended(id);
      await owner.call('DELETE', `/annotations/${id}/data`);
      await until(`the data of ${id} to be erased`, async () => (await owner.job(id)).result_state === 'deleted');
    },
  },
  { owner: 'free', fileName: 'notes.txt', content: () => Buffer.from('not a VCF\n'), settle: ends, wanted: 'FAILED' },
  {
    owner: 'premium',
    fileName: 'cancelled.vcf',
    content: () => demoVcf(14, 150_000),
    wanted: 'CANCELLED',
    settle: async (owner, id) => {
      await owner.call('DELETE', `/annotations/${id}`);
      await owner.ended(id);
    },
  },
];

/** @throws Error when a job does not come to what it is to show */
export async function seedJobs(people: Record<'free' | 'premium', Program>, report: Report): Promise<void> {
  const known = { free: await jobsOf(people.free), premium: await jobsOf(people.premium) };
  for (const { owner, fileName, content, settle, wanted } of DEMO_JOBS) {
    const what = `${fileName} of ${owner}`;
    if (known[owner].some((job) => isThere(job, fileName, wanted))) {
      report.found();
      continue;
    }
    const person = people[owner];
    const id = await person.annotate(await person.upload(fileName, content()));
    await settle(person, id);
    const { job_status, result_state } = await person.job(id);
    const actual = job_status === 'COMPLETED' ? result_state : job_status;
    if (actual !== wanted) throw new Error(`${what} is ${actual} instead of ${wanted}`);
    report.made(wanted, what);
  }
  await seedFile(people.free, report);
}

/** An erased job has forgotten its file's name: any one shows the same. */
const isThere = ({ job_details, result_state }: JobListItem, fileName: string, wanted: string): boolean =>
  job_details.file_name === fileName || (wanted === 'deleted' && result_state === 'deleted');

async function seedFile(owner: Program, report: Report): Promise<void> {
  const fileName = 'not-submitted-yet.vcf';
  const what = `${fileName} of free, which waits to be submitted`;
  const files = await everyPage(owner, '/annotate/files', 'files', inputFile);
  if (files.some(({ file_name }) => file_name === fileName)) {
    report.found();
    return;
  }
  await owner.upload(fileName, demoVcf(15, 100));
  report.made('uploaded', what);
}

/** The completed annotation of this file; annotates it when nobody has yet. */
export async function completedJob(
  owner: Program,
  known: readonly JobListItem[],
  file: { name: string; seed: number; count: number },
): Promise<string> {
  const found = known.find((job) => job.job_details.file_name === file.name && job.job_status === 'COMPLETED');
  if (found) return found.job_id;
  const input = await owner.upload(file.name, demoVcf(file.seed, file.count));
  const started = await owner.call('POST', '/annotations', { input_file: input, genome: 'demo' });
  const { job_id } = expectAnswer(started, 201, jobListItem.pick({ job_id: true }));
  const { job_status } = await owner.ended(job_id);
  if (job_status !== 'COMPLETED') throw new Error(`the annotation of ${file.name} is ${job_status}`);
  return job_id;
}
