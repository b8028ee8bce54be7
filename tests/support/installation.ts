// Gateways and workers as an installation runs them: processes of their own, which come, stop and are replaced one by one,
// over the services of a stack.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { openHome, projectDirectory, readJson } from '../../infra/local/home.ts';

/** The settings that the stack of this home gives its processes. */
export const settingsOf = (home: string) =>
  z.record(z.string(), z.string()).parse(readJson(openHome(home).settingsFile));

export interface InstalledProcess {
  name: string;
  pid: number;
  /** Everything it has printed. */
  output: () => string;
  /** The port that it said it listens on; undefined for a worker. */
  port: number | undefined;
  /** SIGTERM; resolves with exit code and how long it took. */
  stop: () => Promise<{ code: number | null; seconds: number }>;
  kill: () => Promise<void>;
}

const READY = /"msg":"(?:gateway|worker|codec) ready"/;

/** Starts a program with these settings alone; resolves when it says that it is ready, rejects with its output when it ends first. */
export async function startInstalled(
  name: string,
  program: string,
  settings: Readonly<Record<string, string | undefined>>,
): Promise<InstalledProcess> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(projectDirectory, program)], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (READY.test(text)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', () => reject(new Error(`${name} ended before it was ready:\n${text}`)));
  });
  const port = /"port":(\d+)[^\n]*"msg":"(?:gateway|codec) ready"/.exec(text)?.[1];
  return {
    name,
    pid,
    output: () => text,
    port: port === undefined ? undefined : Number(port),
    async stop() {
      const since = performance.now();
      await ended(child, 'SIGTERM');
      return { code: child.exitCode, seconds: (performance.now() - since) / 1000 };
    },
    kill: () => ended(child, 'SIGKILL'),
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
