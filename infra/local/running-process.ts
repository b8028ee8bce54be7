// Starts one process with its log, waits until it is ready, and stops it: first by request, then by force.
import { spawn } from 'node:child_process';
import { addAbortListener } from 'node:events';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isRunning } from '../process-identity.ts';
import type { ProcessIdentity } from '../process-identity.ts';

/** How a process is run. Everything that a restart needs is here. */
export interface ProcessPlan {
  name: string;
  command: string;
  args: string[];
  /** Added to the environment of this process; undefined removes a name. */
  env?: Record<string, string | undefined>;
  uid?: number;
  gid?: number;
  /** Before each start, restarts included. */
  prepare?: () => Promise<void> | void;
  /** Asked again and again while the process starts; `output` is what this run has logged so far. */
  isReady: (output: () => string) => Promise<boolean> | boolean;
  readyWithinSeconds: number;
  stopSignal: NodeJS.Signals;
  stopWithinSeconds: number;
}

export interface RunningProcess {
  name: string;
  pid: number;
  identity: ProcessIdentity;
  /** Settles when the process is gone, with how it ended. Never rejects. */
  ended: Promise<string>;
  /** Asks it to end, and ends it by force after the plan's limit. Safe to call again. */
  stop: () => Promise<void>;
  lastLines: () => string;
}

const POLL_MILLISECONDS = 40;
const SHOWN_LINES = 12;
const READ_BYTES = 64 * 1024;

/**
 * Starts the plan and waits until it is ready; output goes to `logFile`, after what is there.
 * Throws an Error that names the process, how it failed, its last lines and its log. `abort` stops it while it starts.
 */
export async function startProcess(plan: ProcessPlan, logFile: string, abort?: AbortSignal): Promise<RunningProcess> {
  await plan.prepare?.();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const logStart = fstatSync(log).size;
  const child = spawn(plan.command, plan.args, {
    env: { ...process.env, ...plan.env },
    stdio: ['ignore', log, log],
    detached: true, // a group of its own: Ctrl-C must not reach it before the stack stops things in order
    ...(plan.uid === undefined ? {} : { uid: plan.uid }),
    ...(plan.gid === undefined ? {} : { gid: plan.gid }),
  });
  closeSync(log);

  let over: string | undefined;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve((over = `could not be started (${error.message})`)));
    child.once('exit', (code, signal) => resolve((over = signal ? `was ended by ${signal}` : `exited with ${code}`)));
  });
  const lastLines = () => readLog(logFile, logStart).trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  const fail = (what: string) =>
    new Error(`${plan.name} ${what}. Its last lines:\n${indent(lastLines())}\n  The whole log: ${logFile}`);

  const pid = child.pid;
  if (pid === undefined) throw fail(await ended);
  const identity = identify(pid) ?? { pid, startedAt: '' };
  const stop = async () => {
    if (over !== undefined) return;
    signalGroup(pid, plan.stopSignal);
    if (await settlesWithin(ended, plan.stopWithinSeconds)) return;
    signalGroup(pid, 'SIGKILL');
    await ended;
  };

  const deadline = Date.now() + plan.readyWithinSeconds * 1000;
  for (;;) {
    if (over !== undefined) throw fail(over);
    if (abort?.aborted) {
      await stop();
      throw fail('was stopped while it started');
    }
    if (await plan.isReady(() => readLog(logFile, logStart))) break;
    if (Date.now() > deadline) {
      await stop();
      throw fail(`was not ready within ${plan.readyWithinSeconds} s`);
    }
    await Promise.race([pause(POLL_MILLISECONDS), ended]);
  }
  // The readiness may have been another process's answer on the same port.
  if (over !== undefined) throw fail(over);
  return { name: plan.name, pid, identity, ended, stop, lastLines };
}

/** Runs a plan-like program to its end. Throws as `startProcess` does when it exits non-zero. */
export async function runToEnd(
  name: string,
  command: string,
  args: string[],
  env: Record<string, string | undefined>,
  logFile: string,
  limitSeconds: number,
  abort?: AbortSignal,
): Promise<void> {
  const running = await startProcess(
    {
      name,
      command,
      args,
      env,
      isReady: () => true,
      readyWithinSeconds: limitSeconds,
      stopSignal: 'SIGTERM',
      stopWithinSeconds: 5,
    },
    logFile,
  ).catch((error: unknown) => {
    // Ended at once: fine when it ended well.
    if (error instanceof Error && error.message.startsWith(`${name} exited with 0.`)) return undefined;
    throw error;
  });
  if (!running) return;
  const aborted = new Promise<void>((resolve) => abort && addAbortListener(abort, () => resolve()));
  const over = Promise.race([running.ended, aborted.then(() => running.stop()).then(() => running.ended)]);
  const how = (await settlesWithin(over, limitSeconds)) ? await over : undefined;
  if (how === 'exited with 0') return;
  await running.stop();
  const what = how ?? `took longer than ${limitSeconds} s`;
  throw new Error(`${name} ${what}. Its last lines:\n${indent(running.lastLines())}\n  The whole log: ${logFile}`);
}

/** Keeps the log of the previous run as `.1`. */
export function rotateLog(logFile: string): void {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.1`);
}

/** Ends what an earlier run left behind: by request, and by force after `limitSeconds`. */
export async function endOrphans(
  identities: ProcessIdentity[],
  { signal, limitSeconds }: { signal: NodeJS.Signals; limitSeconds: number },
): Promise<void> {
  const alive = () => identities.filter(isRunning);
  for (const { pid } of alive()) signalGroup(pid, signal);
  const deadline = Date.now() + limitSeconds * 1000;
  while (alive().length > 0 && Date.now() < deadline) await pause(POLL_MILLISECONDS);
  for (const { pid } of alive()) signalGroup(pid, 'SIGKILL');
  while (alive().length > 0) await pause(POLL_MILLISECONDS);
}

export function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // No such group (the process made its own), or gone: try the process itself, then leave it.
    }
  }
}

async function settlesWithin(promise: Promise<unknown>, seconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(seconds * 1000, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return inTime;
}

/** The newest part of the log, from `from` on. */
function readLog(path: string, from: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const size = fstatSync(file).size;
    const start = Math.max(from, size - READ_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const length = readSync(file, buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
