// The undo steps of a saga. Record an undo before the act that it undoes: an act that fails half-way, or whose answer
// is lost, is then undone too. So each undo must be harmless when there is nothing to undo.

import { CancellationScope, log } from '@temporalio/workflow';

export interface Undo {
  /** What an operator reads in the log: `remove what the engine published`. */
  what: string;
  run: () => Promise<unknown>;
}

export class Compensations {
  readonly #undos: Undo[] = [];

  /** Call it before the act. */
  add(undo: Undo): void {
    this.#undos.push(undo);
  }

  /** What was done so far is to stay. */
  clear(): void {
    this.#undos.length = 0;
  }

  /**
   * Undoes everything, last act first, out of reach of cancellation. An undo that fails for good is logged and does
   * not keep the others from running; its failure is thrown at the end.
   */
  async run(): Promise<void> {
    let failure: unknown;
    await CancellationScope.nonCancellable(async () => {
      for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
        try {
          await undo.run();
        } catch (error) {
          log.error('An undo step failed for good', { undo: undo.what });
          failure ??= error;
        }
      }
    });
    if (failure !== undefined) throw failure;
  }
}
