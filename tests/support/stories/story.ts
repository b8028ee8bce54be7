// What goes on over the public API while something happens to the installation: sagas that are brought to where they wait,
// and go on to their end afterwards.

import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { z } from 'zod';
import { downloadLink, type Job } from '../../../domain/http.ts';
import { jobId, workflowIds } from '../../../domain/ids.ts';
import type { Program, RunningStack } from '../program.ts';
import { DEMO_PLAN, demoVariants, makeGenome, writeVcf } from '../vcf.ts';
import type { PartnerPrograms } from './partner-programs.ts';

export interface Story {
  name: string;
  /** Brings its sagas to where they wait. @throws at the first request that is not answered as it should be */
  begin(): Promise<void>;
  /** Lets them go on to their end, and asserts what came of it. @throws as `begin` */
  finish(): Promise<void>;
  /** Of the sagas that it has begun so far. */
  workflowIds(): string[];
}

/** What stories are told on. */
export interface Stage {
  stack: RunningStack;
  partners: PartnerPrograms;
}

const PATIENCE = { timeout: 90_000, interval: 250 };

/** Reads until what is read is as awaited, and answers it. A read that fails ends it: tried again, it would go unseen. */
export async function awaited<T>(what: string, read: () => Promise<T>, isSo: (found: T) => boolean): Promise<T> {
  const last: { found?: T; failure?: unknown } = {};
  const look = async () => {
    try {
      last.found = await read();
      return isSo(last.found) ? what : JSON.stringify(last.found);
    } catch (error) {
      last.failure = error;
      return what;
    }
  };
  await expect.poll(look, PATIENCE).toBe(what);
  if (last.found === undefined || 'failure' in last) throw last.failure;
  return last.found;
}

const genome = makeGenome(DEMO_PLAN);
const variants = demoVariants(genome, { seed: 11, count: 20 });
const vcf = Buffer.from(writeVcf(genome, variants));

/** Uploads and submits a small file; answers the job's id. */
export async function submitted(program: Program): Promise<string> {
  const input_file = await program.upload('story.vcf', vcf);
  const key = { 'Idempotency-Key': randomUUID() };
  const made = { status: 201, shape: z.object({ job_id: z.uuid() }) };
  return (await program.ask('POST', '/annotations', made, { input_file }, key)).job_id;
}

export const annotationId = (job: string): string => workflowIds.annotation(jobId(job));

export async function completed(program: Program, id: string): Promise<Job> {
  const job = await awaited(
    `annotation ${id} to end`,
    () => program.job(id),
    ({ completed_at }) => completed_at !== null,
  );
  expect(job).toMatchObject({ job_status: 'COMPLETED', summary: { records: variants.length } });
  return job;
}

/** Submits a small file and waits until it is annotated; answers the job's id, which `begun` is told as soon as there is one. */
export async function annotated(program: Program, begun: (job: string) => void = () => {}): Promise<string> {
  const job = await submitted(program);
  begun(job);
  await completed(program, job);
  return job;
}

/** Each result is in this state. */
export const inState = (program: Program, ids: readonly string[], state: Job['result_state']) =>
  awaited(
    `results to be ${state}`,
    async () => Promise.all(ids.map(async (id) => (await program.job(id)).result_state)),
    (states) => states.every((one) => one === state),
  );

/** The owner's link leads to the whole result. */
export async function expectDownload(program: Program, id: string): Promise<void> {
  const { url } = await program.ask('GET', `/annotations/${id}/result`, { shape: downloadLink });
  expect(recordsIn(await fetched(url))).toBe(variants.length);
}

export async function fetched(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new Error(`GET ${new URL(url).pathname}: ${answer.status} ${bytes.toString()}`);
  return bytes;
}

const recordsIn = (bgzf: Buffer): number =>
  gunzipSync(bgzf)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')).length;
