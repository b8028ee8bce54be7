// One job's life over the public API: upload, annotation with live progress, e-mail, download, archiving.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

export interface Tour {
  api: string;
  /** Where the local mail server lists what it received; null when mail leaves by a real server. */
  mailApi: string | null;
  token: string;
  owner: string;
  genome: string;
  /** Path of the VCF to annotate. */
  vcf: string;
  say: (line: string) => void;
}

/** The demo does not wait out the usual window of minutes: an owner may shorten it. */
const RETENTION_SECONDS = 5;
const PATIENCE_MS = 120_000;

const errorAnswer = z.object({ error: z.object({ type: z.string(), message: z.string() }) });
const counts = z.record(z.string(), z.number());
const jobAnswer = z.object({
  job_status: z.string(),
  result_state: z.string().nullable(),
  log: z.string().nullable(),
  summary: z
    .object({
      records: z.number(),
      consequences: counts,
      types: counts,
      ti_tv: z.number().nullable(),
      known: z.number().nullable(),
      novel: z.number().nullable(),
    })
    .nullable(),
  error: z.object({ type: z.string(), message: z.string() }).optional(),
});
const jobEvent = z.object({
  job_status: z.string(),
  progress: z.object({ phase: z.string(), records: z.number(), percent: z.number() }),
});

/** Throws an Error that says which step failed and why. Answers the job, which is archived now, and its records. */
export async function takeTour(tour: Tour): Promise<{ jobId: string; records: number }> {
  const { say } = tour;
  const inputFile = await upload(tour);
  const { job_id: id } = await call(tour, 'POST', '/annotations', z.object({ job_id: z.string() }), {
    input_file: inputFile,
    genome: tour.genome,
  });
  say(`submitted   job ${id}`);
  await watch(tour, id);

  const job = await call(tour, 'GET', `/annotations/${id}`, jobAnswer);
  if (job.job_status !== 'COMPLETED') {
    throw new Error(`the job ended ${job.job_status}: ${job.error?.message ?? 'no reason was given'}`);
  }
  const { summary } = job;
  if (!summary) throw new Error('the job is complete and has no summary');
  say(
    `summary     ${summary.records} records; Ti/Tv ${summary.ti_tv?.toFixed(2)}; ${summary.known} known, ${summary.novel} novel`,
  );
  for (const [consequence, count] of Object.entries(summary.consequences).toSorted(([, a], [, b]) => b - a)) {
    say(`              ${String(count).padStart(6)}  ${consequence}`);
  }

  await findMail(tour, id);
  await download(tour, id, summary.records);

  await call(tour, 'PUT', `/annotations/${id}/retention`, z.object({}), { retention_seconds: RETENTION_SECONDS });
  say(`retention   shortened to ${RETENTION_SECONDS} s by its owner`);
  await until(async () => (await call(tour, 'GET', `/annotations/${id}`, jobAnswer)).result_state === 'archived', {
    what: 'the result to be archived',
  });
  const refused = await fetch(`${tour.api}/annotations/${id}/result`, { headers: headers(tour) });
  const { error } = errorAnswer.parse(await refused.json());
  say(`archived    the download is refused now: ${refused.status} ${error.type}`);
  const after = await call(tour, 'GET', `/annotations/${id}`, jobAnswer);
  if (!after.log) throw new Error('the log was to stay, and is gone');
  say(`log         stays: ${after.log.split('\n').length} lines, at ${tour.api}/jobs/${id}`);
  return { jobId: id, records: summary.records };
}

async function upload(tour: Tour): Promise<string> {
  const bytes = await readFile(tour.vcf);
  const answer = await call(
    tour,
    'POST',
    '/uploads',
    z.object({
      input_file: z.string(),
      upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
    }),
    { file_name: basename(tour.vcf), size_bytes: bytes.length },
  );
  const form = new FormData();
  for (const [name, value] of Object.entries(answer.upload.fields)) form.append(name, value);
  form.append('file', new Blob([bytes]));
  const sent = await fetch(answer.upload.url, { method: 'POST', body: form });
  if (!sent.ok) throw new Error(`the store refused the upload: ${sent.status} ${await sent.text()}`);
  tour.say(`uploaded    ${basename(tour.vcf)}, ${bytes.length} bytes, straight to the store`);
  return answer.input_file;
}

/** Shows the job's progress as the server tells it, until the job ends. */
async function watch(tour: Tour, id: string): Promise<void> {
  const answer = await fetch(`${tour.api}/annotations/${id}/events`, {
    headers: headers(tour),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.body) throw new Error(`no progress is told: ${answer.status}`);
  let shown = '';
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^event: job\ndata: (.*)$/m.exec(block)?.[1];
      if (!data) continue;
      const { job_status, progress } = jobEvent.parse(JSON.parse(data));
      const line = `progress    ${job_status.padEnd(9)} ${progress.phase}, ${progress.records} records, ${Math.round(progress.percent)} %`;
      if (line !== shown) tour.say(line);
      shown = line;
    }
  }
}

async function findMail({ mailApi, owner, say }: Tour, id: string): Promise<void> {
  if (!mailApi) return;
  const mails = z.array(
    z.object({ subject: z.string(), text: z.string(), to: z.array(z.object({ address: z.string() })) }),
  );
  const find = async () =>
    mails.parse(await (await fetch(mailApi)).json()).find((mail) => mail.text.includes(`/jobs/${id}`));
  await until(async () => (await find()) !== undefined, { what: 'the e-mail' });
  say(`e-mail      to ${owner}: "${(await find())?.subject}"`);
}

export async function download(tour: Tour, id: string, records: number): Promise<void> {
  const { url } = await call(tour, 'GET', `/annotations/${id}/result`, z.object({ url: z.string() }));
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the store refused the download: ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  // BGZF is gzip in many members; Node inflates them all.
  const lines = gunzipSync(bytes).toString('utf8').split('\n');
  const annotated = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (annotated.length !== records) throw new Error(`the result has ${annotated.length} records instead of ${records}`);
  const example = annotated.find((line) => line.includes('BCSQ=missense'))?.split('\t');
  tour.say(`downloaded  ${bytes.length} bytes, ${annotated.length} records, such as`);
  if (example) tour.say(`              ${example.slice(0, 5).join(' ')} ${/BCSQ=[^;]*/.exec(example[7] ?? '')?.[0]}`);
}

const headers = ({ token }: Tour) => ({
  Authorization: `Bearer ${token}`,
  Accept: 'application/json',
  'Content-Type': 'application/json',
});

export async function call<T>(
  tour: Tour,
  method: string,
  path: string,
  answer: z.ZodType<T>,
  body?: unknown,
): Promise<T> {
  const response = await fetch(tour.api + path, {
    method,
    headers: headers(tour),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const json: unknown = await response.json();
  if (response.ok) return answer.parse(json);
  const refused = errorAnswer.safeParse(json);
  throw new Error(`${method} ${path}: ${response.status} ${refused.data?.error.message ?? ''}`);
}

export async function until(holds: () => Promise<boolean>, { what }: { what: string }): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
