// One gateway and three workers over the services of a benchmark's stack, either as operators run them (payloads encrypted,
// traced, measured) or with nothing of that, and the proof that they ran so.

import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { jobId, workflowIds } from '../../domain/ids.ts';
import { ENCRYPTED_ENCODING } from '../../temporal/payload-codec.ts';
import { settingsOf, startInstalled, type InstalledProcess } from '../support/installation.ts';
import type { SpanReceiver } from '../support/span-receiver.ts';
import type { BenchStack } from './bench-stack.ts';

export const MODES = ['off', 'on'] as const;
/** Encryption, traces and metrics, all of them. */
export type Mode = (typeof MODES)[number];

/** Three times as often as the Prometheus that we ship asks. */
const SCRAPE_MS = 5000;
const QUEUES = ['orchestration', 'io', 'engine'] as const;
const LIMITS = ['PRINCIPAL', 'UPLOADS', 'ADDRESS', 'SIGN_IN', 'BAD_CREDENTIALS'];
const UNLIMITED = Object.fromEntries(LIMITS.map((name) => [`RATE_LIMIT_${name}_PER_MINUTE`, '0']));
const HOOK = import.meta.resolve('./payload-hook.ts');

export interface OwnInstallation {
  processes: readonly InstalledProcess[];
  /** While `work` lasts, and at its beginning, each process is asked for its metrics, if they are on. @throws Error if one refused */
  scraped<Result>(work: () => Promise<Result>): Promise<Result>;
  /** How often all of them together were asked. */
  scrapes(): number;
  /** SIGTERM, all at once. @throws Error if one does not exit with 0 */
  stop(): Promise<void>;
}

export async function startOwnInstallation(
  { stack, home }: BenchStack,
  mode: Mode,
  receiver: SpanReceiver,
): Promise<OwnInstallation> {
  const observed = {
    NODE_OPTIONS: `--import=${HOOK}`,
    ...receiver.env,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', // what a process speaks that is not told otherwise
    OTEL_TRACES_SAMPLER: 'always_on',
    OPERATIONS_PORT: '0',
  };
  const plain = { NODE_OPTIONS: `--import=${HOOK}?plain` };
  const settings = { ...settingsOf(home.directory), ...UNLIMITED, ...(mode === 'on' ? observed : plain) };
  const starting = [
    startInstalled('gateway', 'api/main.ts', { ...settings, PORT: new URL(stack.api).port }),
    ...QUEUES.map((queue) =>
      startInstalled(`worker-${queue}`, 'workers/main.ts', { ...settings, WORKER_QUEUES: queue }),
    ),
  ];
  const started = (await Promise.allSettled(starting)).flatMap((each) =>
    each.status === 'fulfilled' ? [each.value] : [],
  );
  // A benchmark that is interrupted ends without waiting for anything.
  const killAll = () => started.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
  process.once('exit', killAll);
  const stop = async () => {
    const stopped = await Promise.all(started.map((each) => each.stop()));
    process.off('exit', killAll);
    const failed = started.filter((_, index) => stopped[index]?.code !== 0);
    if (failed.length > 0) throw new Error(`did not stop well: ${failed.map(({ name }) => name).join(', ')}`);
  };
  try {
    const processes = await Promise.all(starting);
    let scrapes = 0;
    return {
      processes,
      async scraped(work) {
        if (mode === 'off') return work();
        const scraping = scrapeAll(processes);
        try {
          return await work();
        } finally {
          scrapes += await scraping.stop();
        }
      },
      scrapes: () => scrapes,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every process, one request at a time each, as Prometheus does. `stop` answers how often. @throws Error if one refused */
function scrapeAll(processes: readonly InstalledProcess[]): { stop(): Promise<number> } {
  let count = 0;
  const scrape = async (process_: InstalledProcess) => {
    const port = /"port":(\d+)[^\n]*"msg":"operations ready"/.exec(process_.output())?.[1];
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(10_000) });
    const text = await answer.text();
    if (!text.includes('varloom_build_info')) throw new Error(`${process_.name}: no metrics: ${answer.status}`);
    count++;
  };
  const stopping = new AbortController();
  const running = processes.map(async (process_) => {
    while (!stopping.signal.aborted) {
      await scrape(process_);
      await delay(SCRAPE_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  });
  const ended = Promise.all(running);
  ended.catch(() => {}); // told by `stop`
  return {
    async stop() {
      stopping.abort();
      await ended;
      return count;
    },
  };
}

/** @throws Error unless the history of this job holds its input as `mode` says: encrypted, or in plain */
export async function assertPayloadsOf({ stack: { temporal } }: BenchStack, id: string, mode: Mode): Promise<void> {
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const { workflow } = new Client({ connection, namespace: temporal.namespace });
    const { events } = await workflow.getHandle(workflowIds.annotation(jobId(id))).fetchHistory();
    const payloads = (events ?? []).flatMap((event) => [
      ...(event.workflowExecutionStartedEventAttributes?.input?.payloads ?? []),
      ...(event.activityTaskCompletedEventAttributes?.result?.payloads ?? []),
    ]);
    if (payloads.length < 2) throw new Error(`job ${id} has no payloads to look at`);
    for (const { metadata } of payloads) {
      const encoding = Buffer.from(metadata?.['encoding'] ?? []).toString('utf8');
      if ((encoding === ENCRYPTED_ENCODING) !== (mode === 'on')) {
        throw new Error(`with encryption ${mode}, a payload of job ${id} is ${encoding}`);
      }
    }
  } finally {
    await connection.close();
  }
}
