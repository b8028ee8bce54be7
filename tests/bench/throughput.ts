// Many small jobs at once, through the public API, beside bare workflows with the same number of remote steps on the same
// server: once with nothing in the engine's place, once with the bare pipeline on the same file. Runs are interleaved
// and the quickest counts: `node tests/bench/throughput.ts [--quick]`.

import postgres from 'postgres';
import { Client, Connection } from '@temporalio/client';
import { workflowIds, jobId } from '../../domain/ids.ts';
import { startBareWorkers } from './bare/workers.ts';
import { cpuSecondsOf, withBenchStack, type BenchStack } from './bench-stack.ts';
import { runAlone } from './alone.ts';
import type { BenchOptions, BenchReport } from './measurements.ts';
import { publicApi } from './public-api.ts';

const JOBS = 200;
const RUN_LIMIT_MS = 180_000;
/** How many requests upload inputs at once, before any clock runs. */
const UPLOADERS = 8;

export function benchThroughput({ quick, say }: BenchOptions): Promise<BenchReport> {
  return withBenchStack(async (bench) => {
    const jobs = quick ? 60 : JOBS;
    const rounds = quick ? 3 : 5;
    say(`uploading ${jobs} files`);
    const inputs = await uploadAll(bench, jobs);
    const ours = await watchJobs(bench);
    // The first jobs fetch the reference genome and start the engine's threads.
    const warmUp = await ours.run(inputs.slice(0, 20));
    const bare = await startBareWorkers(bench);
    try {
      const steps = await remoteStepsBeforeTimer(bench, warmUp.ids[0] ?? '');
      const nothing = { engineStep: 'bare.engine.nothing', hasLocalSteps: false } as const;
      const pipeline = { engineStep: 'bare.engine.pipeline', hasLocalSteps: false } as const;
      await bare.run(20, 'told', nothing);
      await bare.run(20, 'told', pipeline);

      const samples = { ours_s: [], ours_told_s: [], bare_s: [], bare_pipeline_s: [] } as Record<Series, number[]>;
      const cpu = new Map<string, Map<string, number>>();
      const processes = [...bench.stack.processes, ...bare.processes];
      const usingCpu = async <Run>(who: string, run: () => Promise<Run>): Promise<Run> => {
        const before = await cpuSecondsOf(processes);
        const result = await run();
        cpu.set(who, difference(before, await cpuSecondsOf(processes), jobs));
        return result;
      };
      for (let round = 0; round < rounds; round++) {
        const run = await usingCpu('ours', () => ours.run(inputs));
        samples.ours_s.push(run.completedSeconds);
        samples.ours_told_s.push(run.toldSeconds);
        samples.bare_s.push(await usingCpu('bare', () => bare.run(jobs, 'told', nothing)));
        samples.bare_pipeline_s.push(await usingCpu('bare pipeline', () => bare.run(jobs, 'told', pipeline)));
        say(
          `round ${round + 1}: ${Object.entries(samples)
            .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)}`)
            .join(', ')}`,
        );
      }
      const total = (who: string) => [...(cpu.get(who)?.values() ?? [])].reduce((sum, ms) => sum + ms, 0);
      const least = (series: Series) => Math.min(...samples[series]);
      return {
        figures: [
          {
            name: 'ours / bare workflow running the pipeline',
            value: least('bare_pipeline_s') / least('ours_s'),
            unit: 'ratio',
            target: { atLeast: 0.7 },
          },
          { name: 'ours, mail sent / the same', value: least('bare_pipeline_s') / least('ours_told_s'), unit: 'ratio' },
          { name: 'ours / bare workflow doing nothing', value: least('bare_s') / least('ours_s'), unit: 'ratio' },
          // Tells the same where other work on the machine disturbs the clock.
          { name: 'the first by CPU time of the stack', value: total('bare pipeline') / total('ours'), unit: 'ratio' },
          { name: 'remote activities before the retention timer', value: steps, unit: 'count', target: { atMost: 6 } },
          { name: 'ours', value: jobs / least('ours_s'), unit: 'per second' },
          { name: 'bare workflow running the pipeline', value: jobs / least('bare_pipeline_s'), unit: 'per second' },
          { name: 'bare workflow doing nothing', value: jobs / least('bare_s'), unit: 'per second' },
        ],
        samples,
        notes: [
          `${jobs} jobs of ${bench.vcf.bytes.length} bytes at once`,
          'CPU of the last runs, in ms a job, which other work on the machine changes little:',
          ...[...cpu].map(([who, parts]) => `  ${who}: ${cpuLine(parts)}`),
        ],
      };
    } finally {
      await bare.stop();
      await ours.close();
    }
  });
}

type Series = 'ours_s' | 'ours_told_s' | 'bare_s' | 'bare_pipeline_s';

export interface Input {
  inputFile: string;
  token: string;
}

/** Spread over all seeded users, as fairness between users is a part of what is measured. */
export async function uploadAll({ stack, tokens, vcf }: BenchStack, count: number): Promise<Input[]> {
  const inputs: Input[] = [];
  let next = 0;
  const uploader = async () => {
    for (let index = next++; index < count; index = next++) {
      const token = tokens[index % tokens.length] ?? '';
      const inputFile = await publicApi(stack.api, token).upload('demo.vcf', vcf.bytes);
      inputs.push({ inputFile, token });
    }
  };
  await Promise.all(Array.from({ length: UPLOADERS }, uploader));
  return inputs;
}

export interface OurRun {
  ids: string[];
  /** From the first request to the last job's COMPLETED. */
  completedSeconds: number;
  /** … to the last mail sent. */
  toldSeconds: number;
}

export interface WatchedJobs {
  run(inputs: readonly Input[]): Promise<OurRun>;
  close(): Promise<void>;
}

/** Hears of changes as the gateway does, on one connection: two hundred streams would be a load of their own. */
export async function watchJobs({ stack }: BenchStack): Promise<WatchedJobs> {
  const owner = postgres(stack.database, { max: 2, onnotice: () => {} });
  let heard = () => {};
  const changes = new Map<string, number>();
  await owner.listen('varloom_job', (id) => {
    changes.set(id, (changes.get(id) ?? 0) + 1);
    heard();
  });

  async function allCompleted(ids: readonly string[]): Promise<boolean> {
    const counts = await owner<{ status: string; count: number }[]>`
      select status, count(*)::int as count from jobs where job_id = any(${[...ids]}::uuid[]) group by status`;
    const of = (status: string) => counts.find((row) => row.status === status)?.count ?? 0;
    if (of('FAILED') + of('CANCELLED') > 0) throw new Error(`${of('FAILED')} jobs failed`);
    return of('COMPLETED') === ids.length;
  }

  return {
    async run(inputs) {
      changes.clear();
      const deadline = AbortSignal.timeout(RUN_LIMIT_MS);
      deadline.addEventListener('abort', () => heard());
      const startedAt = performance.now();
      const since = () => (performance.now() - startedAt) / 1000;
      const ids = await Promise.all(
        inputs.map(({ inputFile, token }) => publicApi(stack.api, token).annotate(inputFile, 'demo')),
      );
      for (;;) {
        const changed = new Promise<void>((resolve) => (heard = resolve));
        // A job tells of its start and of its end: before that there is nothing to ask for.
        if (ids.every((id) => (changes.get(id) ?? 0) >= 2) && (await allCompleted(ids))) break;
        await changed;
        deadline.throwIfAborted();
      }
      const completedSeconds = since();
      const sent = async () => {
        const [row] = await owner<{ count: number }[]>`
          select count(*)::int as count from mail_messages where job_id = any(${ids}::uuid[]) and sent_at is not null`;
        return row?.count === ids.length;
      };
      while (!(await sent())) {
        deadline.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, 20)); // nothing tells of a sent mail
      }
      return { ids, completedSeconds, toldSeconds: since() };
    },
    close: () => owner.end({ timeout: 5 }),
  };
}

async function remoteStepsBeforeTimer({ stack }: BenchStack, id: string): Promise<number> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const client = new Client({ connection, namespace: stack.temporal.namespace });
    const { events } = await client.workflow.getHandle(workflowIds.annotation(jobId(id))).fetchHistory();
    const timer = events?.findIndex(({ timerStartedEventAttributes }) => timerStartedEventAttributes) ?? -1;
    if (timer < 0) throw new Error('the job waits for no retention timer');
    return events?.slice(0, timer).filter((event) => event.activityTaskScheduledEventAttributes).length ?? 0;
  } finally {
    await connection.close();
  }
}

/** In milliseconds a job. */
function difference(before: Map<string, number>, after: Map<string, number>, jobs: number): Map<string, number> {
  return new Map([...after].map(([name, seconds]) => [name, ((seconds - (before.get(name) ?? 0)) * 1000) / jobs]));
}

function cpuLine(parts: Map<string, number>): string {
  const sum = [...parts.values()].reduce((total, ms) => total + ms, 0);
  const shown = [...parts].filter(([, ms]) => ms >= 0.5).toSorted(([, a], [, b]) => b - a);
  return `${sum.toFixed(0)} = ${shown.map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(' + ')}`;
}

if (import.meta.main) await runAlone('throughput', benchThroughput);
