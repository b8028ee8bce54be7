// Small shells that start the engine's processes. To start a process from a large one like this takes milliseconds of its
// only event loop, the more the larger it has grown; so a shell is kept for the next run, and told what to start.

import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a run sees of its shell. */
export interface Shell {
  /** Paths of named pipes for a run to use. Nobody may have them open when it has ended: they serve the next one too. */
  pipes(): Promise<readonly string[]>;
  /**
   * Runs `script`, which may write to `streams` error streams (descriptors FIRST_ERROR_FD and up) and lines to STATUS_FD.
   * Resolves when it has ended and all that it said has come; it must leave nothing running. Also when the shell was lost.
   * @throws Error when there is no shell on this machine
   */
  run(script: string, streams: number, onStatus: (line: string) => void): Promise<void>;
  /** The end of what was said on each error stream since `run` was called. */
  messages(): readonly string[];
  /** When nothing else helps. The shell is then lost; what it started is not. */
  kill(): void;
}

export interface ShellPool {
  /** Lends a shell to `use`, and takes it back when that has ended well: who knows what else has its pipes open. */
  withShell<Result>(use: (shell: Shell) => Promise<Result>): Promise<Result>;
  /** Ends the idle shells; those lent out end when they come back. */
  close(): Promise<void>;
}

/** One digit each, as the plainest shells want it. */
export const FIRST_ERROR_FD = 3;
export const STATUS_FD = 9;
export const MOST_STREAMS = STATUS_FD - FIRST_ERROR_FD;

/** Enough for MOST_STREAMS stages that all begin a chain of their own. */
const PIPES = 2 * MOST_STREAMS;

const MESSAGE_CHARACTERS = 16_384;

export function createShellPool(mostIdle: number): ShellPool {
  const idle: KeptShell[] = [];
  let closed = false;
  return {
    withShell: async (use) => {
      let shell = idle.pop();
      // Somebody may have killed it while it was idle.
      while (shell?.isUsable === false) shell = idle.pop();
      shell ??= new KeptShell();
      shell.ref();
      let isReusable = false;
      try {
        const result = await use(shell);
        isReusable = shell.isUsable && !closed && idle.length < mostIdle;
        return result;
      } finally {
        if (isReusable) {
          shell.unref();
          idle.push(shell);
        } else await shell.end();
      }
    },
    close: async () => {
      closed = true;
      await Promise.all(idle.splice(0).map((shell) => shell.end()));
    },
  };
}

/** As one word of the shell's. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

class KeptShell implements Shell {
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #failure: unknown;
  #texts: string[] = [];
  #onStatus: (line: string) => void = () => {};
  #onSaid: () => void = () => {};
  #isRunning = false;
  isUsable = true;
  readonly #directory = mkdtempSync(join(tmpdir(), 'varloom-pipes-'));
  readonly #pipes = Array.from({ length: PIPES }, (_, index) => join(this.#directory, String(index)));
  readonly #pipesMade: Promise<unknown>;

  constructor() {
    const streams = Array.from({ length: MOST_STREAMS }, () => 'pipe' as const);
    // It ends by itself, and removes its pipes, when its standard input does: so also when this process is killed.
    this.#child = spawn('/bin/sh', ['-s'], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore', ...streams],
      // Nothing of this process's environment: it holds secrets.
      env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    });
    this.#closed = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', (error) => {
        this.#failure = error;
        resolve();
      });
    }).then(() => {
      this.isUsable = false;
      rmSync(this.#directory, { recursive: true, force: true });
    });
    this.#child.stdin?.on('error', () => {});
    // It outlives what it starts, whatever signal they get.
    const prelude = [
      `trap '' TERM INT HUP`,
      `exec ${STATUS_FD}>&1`,
      `trap 'rm -rf ${quoted(this.#directory).replaceAll("'", `'\\''`)}' EXIT`,
      `mkfifo -m 600 ${this.#pipes.map(quoted).join(' ')}`,
      `echo made >&${STATUS_FD}`,
    ];
    this.#child.stdin?.write(`${prelude.join('\n')}\n`);
    const made = Promise.withResolvers<void>();
    this.#onStatus = () => made.resolve();
    this.#pipesMade = Promise.race([made.promise, this.#closed]);
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#onStatus(line));
    }
    for (let index = 0; index < MOST_STREAMS; index++) this.#listen(index);
  }

  async pipes(): Promise<readonly string[]> {
    await this.#pipesMade;
    if (this.#failure !== undefined) throw this.#failure;
    return this.#pipes;
  }

  async run(script: string, streams: number, onStatus: (line: string) => void): Promise<void> {
    await this.pipes();
    // Status lines and messages come by different pipes: each stream tells by this mark that it has said all.
    const mark = `end of ${randomUUID()}`;
    const allSaid = Promise.withResolvers<void>();
    let isDone = false;
    this.#texts = Array.from({ length: streams }, () => '');
    this.#onSaid = () => {
      if (isDone && this.#texts.every((text) => text.endsWith(`${mark}\n`))) allSaid.resolve();
    };
    this.#onStatus = (line) => {
      if (line === mark) {
        isDone = true;
        this.#onSaid();
      } else onStatus(line);
    };
    const marks = Array.from({ length: streams }, (_, index) => `echo ${mark} >&${FIRST_ERROR_FD + index}\n`);
    this.#isRunning = true;
    this.#child.stdin?.write(`${script}\n${marks.join('')}echo ${mark} >&${STATUS_FD}\n`);
    await Promise.race([allSaid.promise, this.#closed]);
    this.#isRunning = false;
    if (this.#failure !== undefined) throw this.#failure;
    this.#texts = this.#texts.map((text) => (text.endsWith(`${mark}\n`) ? text.slice(0, -mark.length - 1) : text));
  }

  messages(): readonly string[] {
    return this.#texts;
  }

  kill(): void {
    this.isUsable = false;
    this.#child.kill('SIGKILL');
  }

  async end(): Promise<void> {
    // One that still runs something is not waited for: nobody would hear of it.
    if (this.#isRunning) this.kill();
    this.isUsable = false;
    this.ref();
    this.#child.stdin?.end();
    await this.#closed;
  }

  /** While it works it keeps the process alive; while idle it does not. */
  ref(): void {
    this.#child.ref();
    for (const handle of this.#handles()) handle.ref();
  }

  unref(): void {
    this.#child.unref();
    for (const handle of this.#handles()) handle.unref();
  }

  *#handles(): Iterable<{ ref(): void; unref(): void }> {
    for (const stream of this.#child.stdio) {
      // What `spawn` makes for 'pipe' is a socket; its type does not say so.
      if (stream && 'unref' in stream) yield stream as unknown as { ref(): void; unref(): void };
    }
  }

  #listen(index: number): void {
    const stream = this.#child.stdio[FIRST_ERROR_FD + index];
    if (!(stream instanceof Object) || !('setEncoding' in stream)) return;
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => {
      this.#texts[index] = ((this.#texts[index] ?? '') + part).slice(-MESSAGE_CHARACTERS);
      this.#onSaid();
    });
    stream.on('error', () => {});
  }
}
