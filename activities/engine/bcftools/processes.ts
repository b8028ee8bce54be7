// The engine's processes: joined by kernel pipes as a shell joins them, watched for memory and time, never left behind.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

export interface Stage {
  /** What errors and the log call it. */
  name: string;
  command: string;
  arguments: readonly string[];
}

export interface StageExit {
  stage: Stage;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it said on its error stream. */
  messages: string;
}

export interface Pipe {
  readFd: number;
  writeFd: number;
}

const run = promisify(execFile);

/**
 * Pipes of the kernel, whose ends this process may keep, lend to threads or give to children.
 * Node itself would join children by sockets through its event loop.
 */
export async function makePipes(directory: string, count: number): Promise<Pipe[]> {
  const paths = Array.from({ length: count }, (_, index) => join(directory, `.pipe-${index}`));
  await run('mkfifo', ['-m', '600', ...paths]);
  return paths.map((path) => {
    // Opened for both, a named pipe waits for nobody; then each end opens at once, and blocks as a pipe should.
    const both = openSync(path, constants.O_RDWR);
    const readFd = openSync(path, constants.O_RDONLY);
    const writeFd = openSync(path, constants.O_WRONLY);
    closeSync(both);
    unlinkSync(path);
    return { readFd, writeFd };
  });
}

/** Some way to say what the user does not need to know: how a stage is called in log and provenance. */
export function commandLine(stage: Stage): string {
  const words = [basename(stage.command), ...stage.arguments];
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

export interface ProcessGroup {
  /** Starts a stage; both descriptors are the child's from now on and closed here. */
  start(stage: Stage, stdinFd: number, stdoutFd: number): void;
  /** How each stage ended, in the order of starting, once all have. */
  exits(): Promise<StageExit[]>;
  /** Ends every process that runs, by SIGTERM and after a while by SIGKILL, and waits for them. */
  stop(): Promise<void>;
  residentBytes(): number;
}

const KILL_AFTER_MS = 2_000;
const MESSAGE_CHARACTERS = 16_384;

export function createProcessGroup(directory: string): ProcessGroup {
  const children: { child: ChildProcess; ended: Promise<StageExit> }[] = [];
  const running = (): ChildProcess[] =>
    children.map(({ child }) => child).filter((child) => child.exitCode === null && child.signalCode === null);
  return {
    start: (stage, stdinFd, stdoutFd) => {
      try {
        const child = spawn(stage.command, stage.arguments, {
          cwd: directory,
          stdio: [stdinFd, stdoutFd, 'pipe'],
          // Nothing of this process's environment: it holds secrets.
          env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
        });
        children.push({ child, ended: watchExit(stage, child) });
      } finally {
        closeSync(stdinFd);
        closeSync(stdoutFd);
      }
    },
    exits: () => Promise.all(children.map(({ ended }) => ended)),
    stop: async () => {
      for (const child of running()) child.kill('SIGTERM');
      const all = Promise.allSettled(children.map(({ ended }) => ended));
      const timer = setTimeout(() => {
        for (const child of running()) child.kill('SIGKILL');
      }, KILL_AFTER_MS);
      await all;
      clearTimeout(timer);
    },
    residentBytes: () => running().reduce((sum, child) => sum + residentBytesOf(child.pid), 0),
  };
}

async function watchExit(stage: Stage, child: ChildProcess): Promise<StageExit> {
  let messages = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    messages = (messages + text).slice(-MESSAGE_CHARACTERS);
  });
  try {
    await once(child, 'close');
    return { stage, code: child.exitCode, signal: child.signalCode, messages };
  } catch (error) {
    // It could not be started: `once` rejects with the child's error event.
    return { stage, code: -1, signal: null, messages: error instanceof Error ? error.message : String(error) };
  }
}

const PAGE_BYTES = 4096;

/** 0 where the system has no /proc or the process has ended. */
export function residentBytesOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
