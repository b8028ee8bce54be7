// The sandbox's time: the machine's, moved forward by tests; and the acts that become due as it passes.
// Stripe's own test clocks stand still for their customers until they are advanced.
import type { SandboxStore } from './store.ts';

export type DueAct =
  'checkout.expire' | 'subscription.end_period' | 'subscription.expire_incomplete' | 'invoice.retry' | 'charge.dispute';

export type DueActs = Record<DueAct, (id: string) => void>;

const GLOBAL = '';
const LONGEST_WAIT_MS = 60_000;

const machineSeconds = (): number => Math.floor(Date.now() / 1000);

export class SandboxClock {
  readonly #store: SandboxStore;
  #acts: DueActs | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: SandboxStore) {
    this.#store = store;
  }

  /** Unix seconds, for the customers of `testClock`, else for all others. */
  now(testClock: string | null = null): number {
    if (testClock !== null) return this.#store.need('test_helpers.test_clock', testClock).frozen_time;
    return machineSeconds() + Number(this.#store.note('clock offset') ?? 0);
  }

  /** Plans `act` for `id`; planning it again moves it. */
  plan(act: DueAct, id: string, at: number, testClock: string | null = null): void {
    this.#store.database
      .prepare('INSERT OR REPLACE INTO due_acts (act, id, at, clock) VALUES (?, ?, ?, ?)')
      .run(act, id, at, testClock ?? GLOBAL);
    if (testClock === null) this.#wake();
  }

  unplan(act: DueAct, id: string): void {
    this.#store.database.prepare('DELETE FROM due_acts WHERE act = ? AND id = ?').run(act, id);
  }

  /** From now on, what becomes due is done; what became due while the sandbox was down, at once. */
  start(acts: DueActs): void {
    this.#acts = acts;
    this.#wake();
  }

  stop(): void {
    this.#acts = undefined;
    clearTimeout(this.#timer);
  }

  /** Moves time forward; what becomes due on the way is done in its order and at its time. */
  advance(seconds: number): void {
    const target = this.now() + seconds;
    this.#doUntil(GLOBAL, target, (at) => this.#setGlobal(at));
    this.#setGlobal(target);
    this.#wake();
  }

  advanceTestClock(id: string, frozenTime: number): void {
    const set = (at: number) => this.#store.change('test_helpers.test_clock', id, { frozen_time: at });
    this.#doUntil(id, frozenTime, set);
    set(frozenTime);
  }

  #setGlobal(at: number): void {
    this.#store.setNote('clock offset', String(at - machineSeconds()));
  }

  #doUntil(clock: string, target: number, moveTo: (at: number) => void): void {
    const next = this.#store.database.prepare(
      'SELECT act, id, at FROM due_acts WHERE clock = ? AND at <= ? ORDER BY at, rowid LIMIT 1',
    );
    for (let due = next.get(clock, target); due && this.#acts; due = next.get(clock, target)) {
      const acts = this.#acts;
      const { act, id, at } = due;
      this.#store.act(() => {
        // Written by `plan`, and by nobody else.
        this.unplan(act as DueAct, String(id));
        if (Number(at) > this.now(clock === GLOBAL ? null : clock)) moveTo(Number(at));
        acts[act as DueAct](String(id));
      });
    }
  }

  #wake(): void {
    if (!this.#acts) return;
    clearTimeout(this.#timer);
    const row = this.#store.database.prepare('SELECT min(at) AS at FROM due_acts WHERE clock = ?').get(GLOBAL);
    if (typeof row?.['at'] !== 'number') return;
    const waitMs = Math.min(Math.max(0, (row['at'] - this.now()) * 1000), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => {
      this.#doUntil(GLOBAL, this.now(), () => {});
      this.#wake();
    }, waitMs).unref();
  }
}
