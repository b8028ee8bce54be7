// Acts of one workflow that must not be mixed with each other: each begins when the one before it has ended.

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `act` when every act before it has ended, however it ended. */
  take<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
