// Bare workers beside a stack: as many processes as ours has, on task queues of their own, on the same server.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { BenchStack } from '../bench-stack.ts';
import type { BarePipeline, BareProgress } from './activities.ts';
import type { BareWorkerOrders } from './worker.ts';
import type { BareJob, bareJob } from './workflow.ts';

export interface BareWorkers {
  processes: { name: string; pid: number }[];
  pipeline: BarePipeline;
  /** Starts `count` workflows at once and resolves when all have come to `step`; in seconds since the first start. */
  run(count: number, step: BareProgress['step'], job: Pick<BareJob, 'engineStep' | 'hasLocalSteps'>): Promise<number>;
  stop(): Promise<void>;
}

const QUEUES = { orchestration: 'bare-orchestration', io: 'bare-io', engine: 'bare-engine' } as const;
const RUN_LIMIT_MS = 120_000;

/** A job must have run before: the reference genome is taken from the engine worker's cache. */
export async function startBareWorkers(bench: BenchStack): Promise<BareWorkers> {
  const pipeline = await preparePipeline(bench);
  const { address, namespace } = bench.stack.temporal;
  const slots = { orchestration: 20, io: 20, engine: availableParallelism() };
  const listeners = new Set<(progress: BareProgress) => void>();
  const kinds = ['orchestration', 'io', 'engine'] as const;
  const children = kinds.map((kind) =>
    startWorker({ address, namespace, kind, queue: QUEUES[kind], slots: slots[kind], pipeline }, (progress) =>
      listeners.forEach((listen) => listen(progress)),
    ),
  );
  await Promise.all(children.map((child) => readyOf(child)));
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  let runs = 0;

  return {
    processes: kinds.map((kind, index) => ({ name: `bare-${kind}`, pid: children[index]?.pid ?? 0 })),
    pipeline,
    async run(count, step, job) {
      runs += 1;
      const input: BareJob = { ...job, engineQueue: QUEUES.engine, ioQueue: QUEUES.io };
      const ids = Array.from({ length: count }, (_, index) => `bare/${runs}/${index}`);
      // The last step of all is waited for too: it must not run into the next measurement.
      const missing = new Map([step, 'told' as const].map((each) => [each, new Set(ids)]));
      const startedAt = performance.now();
      let seconds = 0;
      const all = new Promise<void>((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error('the bare workflows did not end')), RUN_LIMIT_MS);
        const listen = (progress: BareProgress) => {
          const here = missing.get(progress.step);
          if (!here?.delete(progress.workflowId)) return;
          if (progress.step === step && here.size === 0) seconds = (performance.now() - startedAt) / 1000;
          if ([...missing.values()].some(({ size }) => size > 0)) return;
          clearTimeout(limit);
          listeners.delete(listen);
          resolve();
        };
        listeners.add(listen);
      });
      const start = (workflowId: string) =>
        client.workflow.start<typeof bareJob>('bareJob', {
          workflowId,
          taskQueue: QUEUES.orchestration,
          args: [input],
        });
      await Promise.all([all, ...ids.map(start)]);
      return seconds;
    },
    async stop() {
      await connection.close();
      await Promise.all(
        children.map(async (child) => {
          const ended = child.exitCode === null ? once(child, 'exit') : undefined;
          if (child.connected) child.disconnect();
          await ended;
        }),
      );
    },
  };
}

function startWorker(orders: BareWorkerOrders, tell: (progress: BareProgress) => void): ChildProcess {
  const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
    env: { ...process.env, BARE_WORKER: JSON.stringify(orders) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('message', (message) => {
    // The other message is `ready`; all come from `worker.ts`.
    if (typeof message === 'object') tell(message as BareProgress);
  });
  return child;
}

async function readyOf(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`a bare worker ended with ${code}`)));
    child.on('message', (message) => message === 'ready' && resolve());
  });
}

async function preparePipeline({ home, vcf }: BenchStack): Promise<BarePipeline> {
  const cache = join(home.work, 'references');
  const [reference] = await readdir(cache);
  if (reference === undefined) throw new Error('no job has run: the engine worker has fetched no reference');
  const file = (name: string) => join(cache, reference, name);
  const directory = join(home.data, 'bare');
  await mkdir(directory, { recursive: true });
  const knownHeader = join(directory, 'known.hdr');
  await writeFile(knownHeader, '##INFO=<ID=KNOWN_VARIANT,Number=.,Type=String,Description="Known">\n');
  return {
    input: vcf.path,
    fasta: file('genome.fa'),
    gff: file('genes.gff3.gz'),
    known: file('known.tsv.gz'),
    knownHeader,
    directory,
  };
}
