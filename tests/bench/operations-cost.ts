// What encrypting, tracing and measuring cost together: the same jobs through an installation with all of it and through
// one with none, each over services of its own, in turns: `node tests/bench/operations-cost.ts [--quick]`.

import { startSpanReceiver, type SpanReceiver } from '../support/span-receiver.ts';
import { runAlone } from './alone.ts';
import { cpuSecondsOf, withBenchStack, type BenchStack } from './bench-stack.ts';
import { median, quantile, type BenchOptions, type BenchReport } from './measurements.ts';
import { assertPayloadsOf, MODES, startOwnInstallation, type Mode, type OwnInstallation } from './own-installation.ts';
import { publicApi } from './public-api.ts';
import { uploadAll, watchJobs, type Input, type WatchedJobs } from './throughput.ts';

/** Until what runs often has been compiled. */
const WARM_UP_JOBS = 60;
const WARM_UP_POSTS = 30;
/** A span of each process that every job brings once. */
const SPANS_OF_A_JOB = ['POST /annotations', 'StartActivity:engine.input.annotate', 'Engine annotate', 'Mail send'];
/** The last job of a round may send its mail in the next one. */
const LEAST_TRACED = 0.95;

/** What one turn of one mode gave. */
interface Measured {
  jobsPerSecond: number;
  /** Of the installation and its services, without this process, which scrapes and receives the spans. */
  cpuMsPerJob: number;
  postMs: number[];
}

export async function benchOperations({ quick, say }: BenchOptions): Promise<BenchReport> {
  const counts = quick ? { jobs: 40, posts: 30, rounds: 4 } : { jobs: 60, posts: 60, rounds: 14 };
  const receiver = await startSpanReceiver();
  try {
    // Both run all the time, warm: the machine, which other work slows for seconds or minutes, then slows both alike.
    const options = { jobs: counts.jobs, receiver };
    return await withSide('off', options, (off) =>
      withSide('on', options, (on) => compare({ off, on }, { ...counts, receiver, say })),
    );
  } finally {
    await receiver.close();
  }
}

interface Comparison {
  jobs: number;
  posts: number;
  rounds: number;
  receiver: SpanReceiver;
  say: BenchOptions['say'];
}

async function compare(
  sides: Record<Mode, Side>,
  { jobs, posts, rounds, receiver, say }: Comparison,
): Promise<BenchReport> {
  const measured: Record<Mode, Measured>[] = [];
  const turn = (mode: Mode) => measure(sides[mode], { jobs, posts });
  for (let count = 0; count < rounds; count++) {
    // Who goes first changes: the databases grow, and the machine has other work.
    const isOffFirst = count % 2 === 0;
    const first = await turn(isOffFirst ? 'off' : 'on');
    const second = await turn(isOffFirst ? 'on' : 'off');
    const both = isOffFirst ? { off: first, on: second } : { off: second, on: first };
    measured.push(both);
    say(`round ${count + 1}: ${MODES.map((mode) => `${mode} ${lineOf(both[mode])}`).join('; ')}`);
  }
  const spans = receiver.raw();
  const tracedJobs = WARM_UP_JOBS + WARM_UP_POSTS + rounds * (jobs + posts);
  const traced = SPANS_OF_A_JOB.map((name) => (spans.split(name).length - 1) / tracedJobs);
  if (Math.min(...traced) < LEAST_TRACED) throw new Error(`spans are missing: ${traced.join(', ')} of each job`);
  return {
    ...figuresOf(measured),
    notes: [
      `${rounds} rounds of ${jobs} jobs at once and ${posts} jobs one by one, of ${sides.on.bench.vcf.bytes.length} bytes each, after ${WARM_UP_JOBS} and ${WARM_UP_POSTS} to warm up`,
      'on: payloads encrypted, every trace sent by OTLP, the metrics of each process asked for every five seconds',
      'off: the same processes without these; payloads are written in plain by a hook of the benchmark',
      `${(spans.length / 1000 / tracedJobs).toFixed(1)} kB of spans a job, from each process ${Math.min(...traced).toFixed(2)} traces a job or more; ${sides.on.installation.scrapes()} scrapes; a history of each was encrypted, or not, as it should`,
    ],
  };
}

/** One of the two installations, ready to be measured. */
interface Side {
  bench: BenchStack;
  installation: OwnInstallation;
  inputs: readonly Input[];
  watched: WatchedJobs;
}

/** Over services of its own. */
const withSide = <Result>(
  mode: Mode,
  { jobs, receiver }: { jobs: number; receiver: SpanReceiver },
  use: (side: Side) => Promise<Result>,
): Promise<Result> =>
  withBenchStack(
    async (bench) => {
      const installation = await startOwnInstallation(bench, mode, receiver);
      const watched = await watchJobs(bench);
      try {
        const inputs = await uploadAll(bench, Math.max(jobs, WARM_UP_JOBS));
        const { ids } = await watched.run(inputs.slice(0, WARM_UP_JOBS));
        await assertPayloadsOf(bench, ids[0] ?? '', mode);
        await postOneByOne(bench, inputs, WARM_UP_POSTS);
        return await use({ bench, installation, inputs: inputs.slice(0, jobs), watched });
      } finally {
        await watched.close();
        await installation.stop();
      }
    },
    { VARLOOM_PARTS: 'services' },
  );

function measure(
  { bench, installation, inputs, watched }: Side,
  { jobs, posts }: { jobs: number; posts: number },
): Promise<Measured> {
  return installation.scraped(async () => {
    const processes = [...bench.stack.processes, ...installation.processes];
    const before = await cpuSecondsOf(processes);
    const { completedSeconds } = await watched.run(inputs);
    const cpuSeconds = sum(await cpuSecondsOf(processes)) - sum(before);
    const postMs = await postOneByOne(bench, inputs, posts);
    return { jobsPerSecond: jobs / completedSeconds, cpuMsPerJob: (cpuSeconds * 1000) / jobs, postMs };
  });
}

/** Milliseconds of each POST /annotations up to its answer. The next one is sent when the job has ended. */
async function postOneByOne({ stack }: BenchStack, inputs: readonly Input[], count: number): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let index = 0; index < count; index++) {
    const input = inputs[index % inputs.length];
    if (!input) throw new Error('there are no inputs');
    const api = publicApi(stack.api, input.token);
    const startedAt = performance.now();
    const id = await api.annotate(input.inputFile, 'demo');
    milliseconds.push(performance.now() - startedAt);
    const status = await api.ended(id);
    if (status !== 'COMPLETED') throw new Error(`the job ended ${status}`);
  }
  return milliseconds;
}

const sum = (parts: ReadonlyMap<string, number>): number =>
  [...parts.values()].reduce((total, each) => total + each, 0);

const p95 = (samples: readonly number[]): number => quantile(samples, 0.95);

const lineOf = ({ jobsPerSecond, cpuMsPerJob, postMs }: Measured): string =>
  `${jobsPerSecond.toFixed(1)} jobs/s, ${cpuMsPerJob.toFixed(0)} ms CPU a job, POST p50 ${median(postMs).toFixed(1)} and p95 ${p95(postMs).toFixed(1)} ms`;

function figuresOf(measured: readonly Record<Mode, Measured>[]): Pick<BenchReport, 'figures' | 'samples'> {
  const each = (mode: Mode, value: (one: Measured) => number) => measured.map((both) => value(both[mode]));
  const ratio = (value: (one: Measured) => number) => median(measured.map(({ on, off }) => value(on) / value(off)));
  const posts = (mode: Mode) => measured.flatMap((both) => both[mode].postMs);
  return {
    figures: [
      {
        name: 'job throughput, on / off',
        value: ratio(({ jobsPerSecond }) => jobsPerSecond),
        unit: 'ratio',
        target: { atLeast: 0.9 },
      },
      {
        // Of a round there are too few to speak of their p95.
        name: 'POST /annotations, p95, on / off',
        value: p95(posts('on')) / p95(posts('off')),
        unit: 'ratio',
        target: { atMost: 1.2 },
      },
      // Tell the same where other work on the machine disturbs the clock.
      { name: 'CPU time of a job, on / off', value: ratio(({ cpuMsPerJob }) => cpuMsPerJob), unit: 'ratio' },
      { name: 'POST, p50, on / off', value: median(posts('on')) / median(posts('off')), unit: 'ratio' },
      ...MODES.flatMap((mode) => [
        { name: `jobs, ${mode}`, value: median(each(mode, (one) => one.jobsPerSecond)), unit: 'per second' as const },
        {
          name: `CPU time of a job, ${mode}`,
          value: median(each(mode, (one) => one.cpuMsPerJob)),
          unit: 'ms' as const,
        },
        { name: `POST, p95, ${mode}`, value: p95(posts(mode)), unit: 'ms' as const },
      ]),
    ],
    samples: Object.fromEntries(
      MODES.flatMap((mode): [string, number[]][] => [
        [`${mode}, jobs per second`, each(mode, ({ jobsPerSecond }) => jobsPerSecond)],
        [`${mode}, CPU of a job, ms`, each(mode, ({ cpuMsPerJob }) => cpuMsPerJob)],
        [`${mode}, POST, ms`, posts(mode)],
      ]),
    ),
  };
}

if (import.meta.main) await runAlone('operations', benchOperations);
