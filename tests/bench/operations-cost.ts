// What encrypting, tracing and measuring cost together: the same jobs through an installation with all of it and through
// one with none, over the same services, in turns: `node tests/bench/operations-cost.ts [--quick]`.

import { startSpanReceiver } from '../support/span-receiver.ts';
import { runAlone } from './alone.ts';
import { cpuSecondsOf, withBenchStack, type BenchStack } from './bench-stack.ts';
import { median, quantile, type BenchOptions, type BenchReport } from './measurements.ts';
import { assertPayloadsOf, MODES, startOwnInstallation, type Mode } from './own-installation.ts';
import { publicApi } from './public-api.ts';
import { uploadAll, watchJobs, type Input } from './throughput.ts';

const WARM_UP_JOBS = 20;
const WARM_UP_POSTS = 10;
/** A span of each process that every job brings once. */
const SPANS_OF_A_JOB = ['POST /annotations', 'StartActivity:engine.input.annotate', 'Engine annotate', 'Mail send'];
/** The last job of a round may send its mail in the next one. */
const LEAST_TRACED = 0.95;

/** What one round of one mode gave. */
interface Measured {
  jobsPerSecond: number;
  /** Of the whole stack and the installation, without this process, which scrapes and receives the spans. */
  cpuMsPerJob: number;
  postMs: number[];
}

export function benchOperations({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(
    async (bench) => {
      const { jobs, posts, rounds } = quick ? { jobs: 60, posts: 40, rounds: 3 } : { jobs: 120, posts: 100, rounds: 7 };
      const receiver = await startSpanReceiver();
      const watched = await watchJobs(bench);
      let scrapes = 0;
      let inputs: Input[] | undefined;

      const round = async (mode: Mode): Promise<Measured> => {
        const installation = await startOwnInstallation(bench, mode, receiver);
        try {
          inputs ??= await uploadAll(bench, jobs);
          const warmUp = await watched.run(inputs.slice(0, WARM_UP_JOBS));
          await assertPayloadsOf(bench, warmUp.ids[0] ?? '', mode);
          await postOneByOne(bench, inputs, WARM_UP_POSTS);

          const processes = [...bench.stack.processes, ...installation.processes];
          const before = await cpuSecondsOf(processes);
          const { completedSeconds } = await watched.run(inputs);
          const cpuSeconds = sum(await cpuSecondsOf(processes)) - sum(before);
          const postMs = await postOneByOne(bench, inputs, posts);
          const asked = installation.scrapes();
          if (mode === 'on' && Math.min(...asked) === 0) throw new Error('a process was never asked for its metrics');
          scrapes += asked.reduce((total, each) => total + each, 0);
          return { jobsPerSecond: jobs / completedSeconds, cpuMsPerJob: (cpuSeconds * 1000) / jobs, postMs };
        } finally {
          await installation.stop();
        }
      };

      try {
        const measured: Record<Mode, Measured>[] = [];
        for (let count = 0; count < rounds; count++) {
          // Who goes first changes: the database grows, and the machine has other work.
          const [first, second] = count % 2 === 0 ? MODES : MODES.toReversed();
          if (!first || !second) throw new Error('unreachable: there are two modes');
          const one = await round(first);
          const other = await round(second);
          const both = first === 'off' ? { off: one, on: other } : { off: other, on: one };
          measured.push(both);
          say(`round ${count + 1}: ${MODES.map((mode) => `${mode} ${lineOf(both[mode])}`).join('; ')}`);
        }
        const spans = receiver.raw();
        const tracedJobs = rounds * (jobs + posts + WARM_UP_JOBS + WARM_UP_POSTS);
        const traced = SPANS_OF_A_JOB.map((name) => (spans.split(name).length - 1) / tracedJobs);
        if (Math.min(...traced) < LEAST_TRACED) throw new Error(`spans are missing: ${traced.join(', ')} of each job`);
        return {
          ...figuresOf(measured),
          notes: [
            `${rounds} rounds of ${jobs} jobs at once and ${posts} jobs one by one, of ${bench.vcf.bytes.length} bytes each`,
            'on: payloads encrypted, every trace sent by OTLP, the metrics of each process asked for every five seconds',
            'off: the same processes without these; payloads are written in plain by a hook of the benchmark',
            `${(spans.length / 1000 / tracedJobs).toFixed(1)} kB of spans a job, from each process ${Math.min(...traced).toFixed(2)} traces a job or more; ${scrapes} scrapes; a history of each round was encrypted, or not, as it should`,
          ],
        };
      } finally {
        await watched.close();
        await receiver.close();
      }
    },
    { VARLOOM_PARTS: 'services' },
  );
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
        name: 'POST /annotations, p95, on / off',
        value: ratio(({ postMs }) => p95(postMs)),
        unit: 'ratio',
        target: { atMost: 1.2 },
      },
      // Tell the same where other work on the machine disturbs the clock.
      { name: 'CPU time of a job, on / off', value: ratio(({ cpuMsPerJob }) => cpuMsPerJob), unit: 'ratio' },
      {
        name: 'POST, p95 of all rounds together, on / off',
        value: p95(posts('on')) / p95(posts('off')),
        unit: 'ratio',
      },
      { name: 'POST, p50, on / off', value: ratio(({ postMs }) => median(postMs)), unit: 'ratio' },
      ...MODES.flatMap((mode) => [
        { name: `jobs, ${mode}`, value: median(each(mode, (one) => one.jobsPerSecond)), unit: 'per second' as const },
        {
          name: `CPU time of a job, ${mode}`,
          value: median(each(mode, (one) => one.cpuMsPerJob)),
          unit: 'ms' as const,
        },
        { name: `POST, p95, ${mode}`, value: median(each(mode, ({ postMs }) => p95(postMs))), unit: 'ms' as const },
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
