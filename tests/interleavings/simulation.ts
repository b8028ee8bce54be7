// Temporal in one thread, for workflows in random order: every answer, signal, timer and cancellation comes after a delay of
// its own, by a clock that is moved from one to the next. What runs is decided by the seed alone. It is stricter than the
// real server where that finds mistakes: a local activity may act twice, or act although its cancellation was answered.

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  ChildWorkflowFailure,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import { ContinueAsNew, type Handler, type Run, type Workflow } from './execution.ts';
import { Scope } from './scope.ts';
import type { Random } from './random.ts';

/** What workflows remember by their run is not mixed up with that of an earlier seed. */
let runs = 0;

const MOST_EVENTS = 60_000;
const MOST_ATTEMPTS = 60;

const cancelled = () => new CancelledFailure('cancelled');

export class Simulation {
  static readonly #of = new AsyncLocalStorage<{ simulation: Simulation; run: Run }>();
  readonly random: Random;
  /** The activities, by name. */
  readonly #activities: ReadonlyMap<string, (input: never) => Promise<unknown>>;
  readonly #setClock: (ms: number) => void;
  readonly #queue: { atMs: number; order: number; act: () => void | Promise<void> }[] = [];
  readonly #runs = new Map<string, Run>();
  /** Every history gets too long after so many commands. */
  readonly commandsPerRun: number;
  nowMs: number;
  #sequence = 0;

  constructor(options: {
    random: Random;
    startMs: number;
    activities: ReadonlyMap<string, (input: never) => Promise<unknown>>;
    setClock: (ms: number) => void;
  }) {
    this.random = options.random;
    this.nowMs = options.startMs;
    this.#activities = options.activities;
    this.#setClock = options.setClock;
    this.commandsPerRun = this.random.isLucky(0.2) ? 20 + this.random.below(40) : 10_000;
  }

  /** The run whose code this is. */
  static get here(): { simulation: Simulation; run: Run } {
    const here = Simulation.#of.getStore();
    if (!here) throw new Error('there is no workflow here');
    return here;
  }

  after(ms: number, act: () => void | Promise<void>): void {
    this.#queue.push({ atMs: this.nowMs + ms, order: (this.#sequence += 1), act });
  }

  /** Most things take moments; some take minutes. */
  get delayMs(): number {
    const scale = this.random.pick([1, 20, 20, 200, 200, 2000, 30_000, 600_000]);
    return this.random.next() * scale;
  }

  /** Goes on until nothing is left to happen. */
  async run(): Promise<void> {
    for (let events = 0; ; events++) {
      if (events > MOST_EVENTS) throw new Error('it never comes to rest');
      let first = 0;
      this.#queue.forEach((one, index) => {
        const best = this.#queue[first];
        if (best && (one.atMs < best.atMs || (one.atMs === best.atMs && one.order < best.order))) first = index;
      });
      const [next] = this.#queue.splice(first, 1);
      if (!next) return;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.#setClock(this.nowMs);
      await next.act();
      // News that come together are seen together.
      if (this.random.isLucky(0.1) && this.#queue.length > 0) continue;
      await this.#settle();
    }
  }

  running(id: string): Run | undefined {
    const run = this.#runs.get(id);
    return run?.end.isDone === false ? run : undefined;
  }

  ending(id: string): Run['end'] | undefined {
    return this.#runs.get(id)?.end;
  }

  /** Those that have not ended, though nothing is left that could wake them. */
  get stuck(): string[] {
    return [...this.#runs.values()].filter(({ end }) => !end.isDone).map(({ id }) => id);
  }

  start(id: string, workflow: Workflow, args: unknown[]): Run {
    if (this.running(id)) throw new WorkflowExecutionAlreadyStartedError('it runs already', id, workflow.name);
    const run: Run = {
      id,
      runId: `run-${(runs += 1)}`,
      workflow,
      scope: Scope.root(),
      handlers: new Map(),
      validators: new Map(),
      early: [],
      conditions: [],
      activeHandlers: 0,
      commands: 0,
      end: { isDone: false },
      onEnd: [],
    };
    this.#runs.set(id, run);
    this.#begin(run, args);
    return run;
  }

  signal(run: Run, name: string, args: unknown[] = []): void {
    const handler = run.handlers.get(name);
    if (handler) void this.#handle(run, handler, args).catch(() => {});
    else run.early.push({ name, args });
  }

  /** Rejects when it is refused. */
  async update(run: Run, name: string, args: unknown[]): Promise<unknown> {
    const handler = run.handlers.get(name);
    if (!handler) throw new Error(`no handler for ${name}`);
    const validator = run.validators.get(name);
    if (validator) this.inside(run, () => validator(...(args as never[])));
    return this.#handle(run, handler, args);
  }

  inside<T>(run: Run, act: () => T): T {
    return Simulation.#of.run({ simulation: this, run }, () => run.scope.run(act));
  }

  #begin(run: Run, args: unknown[]): void {
    const finish = (end: Omit<Run['end'], 'isDone'>) => {
      if (run.end.isDone) return;
      Object.assign(run.end, end, { isDone: true });
      for (const listener of run.onEnd) listener();
    };
    // The arguments are those that the workflow takes: `start` was given both.
    this.inside(run, () => run.workflow(...(args as never[]))).then(
      (result) => finish({ result }),
      (failure: unknown) => {
        if (!(failure instanceof ContinueAsNew)) return finish({ failure });
        // The same execution goes on: who waits for its end waits on.
        const { id, workflow, onEnd, scope } = run;
        run.end.isDone = true;
        const next = this.start(id, workflow, failure.args);
        next.onEnd.push(...onEnd);
        if (scope.consideredCancelled) next.scope.cancel();
      },
    );
  }

  async #handle(run: Run, handler: Handler, args: unknown[]): Promise<unknown> {
    run.activeHandlers += 1;
    try {
      return await this.inside(run, () => handler(...(args as never[])));
    } finally {
      run.activeHandlers -= 1;
    }
  }

  /** None of its code runs any more; what it has started goes on. */
  terminate(run: Run): void {
    Object.assign(run.end, { isDone: true, failure: new TerminatedFailure('terminated') });
    for (const listener of run.onEnd) listener();
  }

  /** Lets all code run as far as it goes, conditions included. */
  async #settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const waiting = [...this.#runs.values()].flatMap((run) =>
        run.end.isDone ? [] : run.conditions.map((one) => one),
      );
      const ready = waiting.find(({ isTrue }) => isTrue());
      if (!ready) return;
      ready.go();
    }
  }

  /** A promise that a cancellation of the scope rejects at once. */
  wait<T>(begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void): Promise<T> {
    const { run } = Simulation.here;
    const scope = Scope.current();
    if (scope.consideredCancelled) return Promise.reject(cancelled());
    return new Promise<T>((resolve, reject) => {
      let isOver = false;
      const over = (act: () => void) => {
        if (isOver) return;
        isOver = true;
        stopListening();
        stop();
        if (!run.end.isDone) act();
      };
      const stopListening = scope.onCancel(() => over(() => reject(cancelled())));
      const stop = begin(
        (value) => over(() => resolve(value)),
        (error) => over(() => reject(error)),
      );
    });
  }

  callActivity(name: string, input: unknown, isLocal: boolean): Promise<unknown> {
    const scope = Scope.current();
    if (scope.consideredCancelled) return Promise.reject(cancelled());
    const activity = this.#activities.get(name);
    if (!activity) return Promise.reject(new Error(`there is no activity ${name}`));
    // It is given what its proxy was given.
    const perform = () => activity(input as never);
    const { run } = Simulation.here;
    run.commands += 1;
    return new Promise((resolve, reject) => {
      let isOver = false;
      let hasActed = false;
      const over = (act: () => void) => {
        if (isOver) return;
        isOver = true;
        stopListening();
        if (!run.end.isDone) act();
      };
      const failed = (cause: Error) =>
        new ActivityFailure(cause.message, name, '1', 'NON_RETRYABLE_FAILURE', '', cause);
      const stopListening = scope.onCancel(() =>
        this.after(this.delayMs, () => {
          // What has acted mostly says so; but it may have heard of the cancellation just then.
          if (!hasActed || this.random.isLucky(0.2)) over(() => reject(failed(cancelled())));
        }),
      );
      const attempt = (number: number): void =>
        this.after(this.delayMs, async () => {
          // A local activity may be under way already when its cancellation is answered.
          if (run.end.isDone) isOver = true;
          if (isOver && !(isLocal && this.random.isLucky(0.3))) return;
          try {
            let output = await perform();
            // A workflow task that is refused is run again, and what is local with it.
            if (isLocal && this.random.isLucky(0.1)) output = await perform();
            hasActed = true;
            this.after(this.delayMs, () => over(() => resolve(output)));
          } catch (error) {
            if (isOver) return;
            const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true;
            if (isFinal) return this.after(this.delayMs, () => over(() => reject(failed(error))));
            if (number > MOST_ATTEMPTS) throw error;
            this.after(1000 * Math.min(2 ** number, 300), () => attempt(number + 1));
          }
        });
      attempt(1);
    });
  }

  /** Answers when it has started; `end` settles when it has ended. */
  startChild(id: string, workflow: Workflow, args: unknown[]): Promise<{ end: Promise<unknown> }> {
    const scope = Scope.current();
    Simulation.here.run.commands += 1;
    return this.wait((resolve, reject) => {
      let isWanted = true;
      this.after(this.delayMs, () => {
        if (!isWanted) return;
        if (this.running(id)) {
          return reject(new WorkflowExecutionAlreadyStartedError('it runs already', id, workflow.name));
        }
        const child = this.start(id, workflow, args);
        const end = new Promise((done, fail) => {
          const answer = () =>
            this.after(this.delayMs, () => {
              const { failure, result } = this.ending(id) ?? {};
              if (failure === undefined) return done(result);
              const cause = failure instanceof Error ? failure : new Error('the child failed');
              fail(
                new ChildWorkflowFailure(
                  'default',
                  { workflowId: id, runId: child.runId },
                  '',
                  'NON_RETRYABLE_FAILURE',
                  cause,
                ),
              );
            });
          child.onEnd.push(answer);
          // It is waited for until it has really ended.
          scope.onCancel(() => this.after(this.delayMs, () => this.running(id)?.scope.cancel()));
        });
        end.catch(() => {});
        resolve({ end });
      });
      return () => void (isWanted = false);
    });
  }
}
