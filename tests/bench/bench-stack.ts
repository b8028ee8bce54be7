// A whole local stack for a benchmark: its own home, free ports of the loopback, stopped and removed afterwards.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDemoFiles } from '../../infra/local/demo-genome.ts';
import { keptSecret, openHome, type Home } from '../../infra/local/home.ts';
import { localToken } from '../../infra/local/services/issuer.ts';
import type { StackFile } from '../../infra/local/stack-file.ts';
import { startStack } from '../support/services.ts';

export interface BenchStack {
  stack: StackFile;
  home: Home;
  /** The demo's VCF: small, on the demo genome. */
  vcf: { path: string; bytes: Buffer<ArrayBuffer> };
  /** A fresh access token of each seeded user. */
  tokens: string[];
}

/** By SIGINT or SIGTERM: everything that was started has been stopped by then. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Nothing is archived while a benchmark runs. */
const RETENTION_SECONDS = 86_400;
const CLOCK_TICKS_PER_SECOND = 100;

/** `env` is added to the stack's own. */
export async function withBenchStack<Result>(
  use: (bench: BenchStack) => Promise<Result>,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'varloom-bench-'));
  // The stack is in no terminal's foreground: a Ctrl-C that ends the benchmark must end the stack too.
  let interrupted = () => {};
  const interruption = new Promise<never>((_resolve, reject) => {
    interrupted = () => reject(new Interrupted('interrupted'));
  });
  interruption.catch(() => {});
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupted);
  try {
    const running = await startStack({
      home: directory,
      env: { RETENTION_SECONDS: String(RETENTION_SECONDS), ...env },
    });
    try {
      return await Promise.race([prepare(directory, running.stack).then(use), interruption]);
    } finally {
      await running.stop();
    }
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted);
    await rm(directory, { recursive: true, force: true });
  }
}

async function prepare(directory: string, stack: StackFile): Promise<BenchStack> {
  const home = openHome(directory);
  const path = join(await writeDemoFiles(home), 'demo.vcf');
  const localSecret = keptSecret(home.secrets, 'issuer-local-secret');
  const tokens = await Promise.all(
    stack.users.map(({ email }) => localToken({ issuer: stack.issuer, localSecret }, email)),
  );
  return {
    stack,
    home,
    vcf: { path, bytes: await readFile(path) },
    tokens,
  };
}

/** CPU seconds that each process has used so far, its children included, those that run and those that have ended. */
export async function cpuSecondsOf(processes: readonly { name: string; pid: number }[]): Promise<Map<string, number>> {
  const used = new Map<number, { parent: number; seconds: number }>();
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''); // it may have ended meanwhile
    // The name, in parentheses, may hold spaces. Fields 4 and 14 to 17: ppid; utime, stime, cutime and cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, each) => sum + Number(each), 0);
    used.set(pid, { parent: Number(fields[1]), seconds: ticks / CLOCK_TICKS_PER_SECOND });
  }
  const withChildren = (pid: number): number =>
    [...used]
      .filter(([, { parent }]) => parent === pid)
      .reduce((sum, [child]) => sum + withChildren(child), used.get(pid)?.seconds ?? 0);
  return new Map(processes.map(({ name, pid }) => [name, withChildren(pid)]));
}
