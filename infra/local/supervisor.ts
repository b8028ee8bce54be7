// Keeps the processes of a stack running: notes them on disk, restarts what dies, and stops all in reverse order.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readJson, writeJson } from './home.ts';
import type { Home } from './home.ts';
import { identify, isIdentity, isRunning, pidsWithEnvironment } from '../process-identity.ts';
import { endOrphans, indent, rotateLog, runToEnd, startProcess } from './running-process.ts';
import type { ProcessPlan, RunningProcess } from './running-process.ts';

const RESTARTS_PER_MINUTE = 5;
const MINUTE_MILLISECONDS = 60_000;
const FIRST_BACKOFF_MILLISECONDS = 100;

/** In the environment of each process of a stack, and of their children: its value is the home. */
export const STACK_MARK = 'VARLOOM_STACK_HOME';

export interface SupervisorEvents {
  /** One line or more for the person at the terminal. */
  say: (text: string) => void;
  /** A process runs again under another pid. */
  restarted: () => void;
}

interface Part {
  plan: ProcessPlan;
  logFile: string;
  provision: (() => Promise<void>) | undefined;
  running: RunningProcess;
  diedAt: number[];
}

export class Supervisor {
  readonly #home: Home;
  readonly #events: SupervisorEvents;
  readonly #notes: string;
  readonly #parts: Part[] = [];
  readonly #starting = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(home: Home, events: SupervisorEvents) {
    this.#home = home;
    this.#events = events;
    this.#notes = join(home.run, 'processes.json');
  }

  get processes(): { name: string; pid: number }[] {
    return this.#parts.map(({ running }) => ({ name: running.name, pid: running.pid }));
  }

  /** Ends what an earlier stack of this home left running when it was killed. Answers how many processes that were. */
  async endLeftovers(): Promise<number> {
    const noted = readJson(this.#notes);
    const marked = pidsWithEnvironment(STACK_MARK, this.#home.directory).map(identify);
    const all = [...(Array.isArray(noted) ? noted : []), ...marked].filter(isIdentity).filter(isRunning);
    const leftovers = [...new Map(all.map((identity) => [identity.pid, identity])).values()];
    // SIGINT, not SIGTERM: to Postgres the latter means to wait until everybody has left.
    await endOrphans(leftovers, { signal: 'SIGINT', limitSeconds: 10 });
    return leftovers.length;
  }

  /**
   * Starts a part and keeps it running; `provision` is called after each start. Throws when the first start fails.
   */
  async start(plan: ProcessPlan, provision?: () => Promise<void>): Promise<RunningProcess> {
    const logFile = join(this.#home.logs, `${plan.name}.log`);
    rotateLog(logFile);
    const marked = { ...plan, env: { ...plan.env, [STACK_MARK]: this.#home.directory } };
    const running = await this.#launch(marked, logFile);
    const part: Part = { plan: marked, logFile, provision, running, diedAt: [] };
    this.#parts.push(part);
    this.#note();
    await provision?.();
    if (!this.#stopping.signal.aborted) this.#watch(part);
    return running;
  }

  /** Runs a program of the stack to its end. Throws when it fails, or when the stack stops meanwhile. */
  async run(
    name: string,
    command: string,
    args: string[],
    env: ProcessPlan['env'],
    limitSeconds: number,
  ): Promise<void> {
    const logFile = join(this.#home.logs, `${name}.log`);
    rotateLog(logFile);
    const marked = { ...env, [STACK_MARK]: this.#home.directory };
    await this.#track(runToEnd(name, command, args, marked, logFile, limitSeconds, this.#stopping.signal));
  }

  /** Stops all parts, the last started first. Each gets its time, then is ended by force. */
  async stopAll(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#starting);
    for (const { running } of this.#parts.toReversed()) await running.stop();
    writeJson(this.#notes, []);
  }

  #launch(plan: ProcessPlan, logFile: string): Promise<RunningProcess> {
    return this.#track(startProcess(plan, logFile, this.#stopping.signal));
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#starting.add(work);
    try {
      return await work;
    } finally {
      this.#starting.delete(work);
    }
  }

  #note(): void {
    writeJson(
      this.#notes,
      this.#parts.map(({ running }) => ({ name: running.name, ...running.identity })),
    );
  }

  #watch(part: Part): void {
    // Never rejects: #revive tells failures itself.
    void part.running.ended.then((how) => (this.#stopping.signal.aborted ? undefined : this.#revive(part, how)));
  }

  async #revive(part: Part, how: string): Promise<void> {
    const { name, pid } = part.running;
    this.#events.say(
      `${name} (pid ${pid}) ${how}. Its last lines:\n${indent(part.running.lastLines())}\n  The whole log: ${part.logFile}`,
    );
    for (;;) {
      const now = Date.now();
      part.diedAt = [...part.diedAt.filter((time) => now - time < MINUTE_MILLISECONDS), now];
      if (part.diedAt.length > RESTARTS_PER_MINUTE) {
        return this.#events.say(
          `UNHEALTHY: ${name} ended ${part.diedAt.length} times within a minute and is not started again.\n` +
            `  Read ${part.logFile}, correct the cause, then stop this stack (Ctrl-C) and start it again (npm start).`,
        );
      }
      const backoff = FIRST_BACKOFF_MILLISECONDS * 2 ** (part.diedAt.length - 1);
      await pause(backoff, undefined, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) return;
      try {
        part.running = await this.#launch(part.plan, part.logFile);
        this.#note();
        if (this.#stopping.signal.aborted) return await part.running.stop();
        this.#watch(part);
        await part.provision?.();
        // Said last: who reads it finds the new pid wherever it is written.
        this.#events.restarted();
        return this.#events.say(`${name} runs again (pid ${part.running.pid})`);
      } catch (error) {
        this.#events.say(error instanceof Error ? error.message : String(error));
        // A part that runs, but could not be provisioned, is watched already.
        if (isRunning(part.running.identity)) return;
      }
    }
  }
}
