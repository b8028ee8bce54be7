// Cancellation scopes as Temporal's workflows know them, for the simulation.

import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<Scope>();

export class Scope {
  readonly cancellable: boolean;
  readonly #parent: Scope | undefined;
  readonly #listeners = new Set<() => void>();
  #isCancelled = false;

  constructor({ cancellable = true }: { cancellable?: boolean } = {}) {
    this.cancellable = cancellable;
    this.#parent = current.getStore();
  }

  static current(): Scope {
    const scope = current.getStore();
    if (!scope) throw new Error('there is no workflow here');
    return scope;
  }

  static nonCancellable<T>(act: () => Promise<T>): Promise<T> {
    return new Scope({ cancellable: false }).run(act);
  }

  /** One that no other scope is around. */
  static root(): Scope {
    return current.exit(() => new Scope());
  }

  get consideredCancelled(): boolean {
    return this.cancellable && this.#isReached;
  }

  get #isReached(): boolean {
    return this.#isCancelled || (this.cancellable && this.#parent !== undefined && this.#parent.#isReached);
  }

  run<T>(act: () => T): T {
    return current.run(this, act);
  }

  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls when a cancellation reaches what runs here. Returns how to stop listening. */
  onCancel(listener: () => void): () => void {
    if (!this.cancellable) return () => {};
    this.#listeners.add(listener);
    const stopAbove = this.#parent?.onCancel(listener);
    return () => {
      this.#listeners.delete(listener);
      stopAbove?.();
    };
  }
}
