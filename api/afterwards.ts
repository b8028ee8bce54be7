// What is done after an answer was given: nobody waits for it but the gateway, when it stops.

import type { Logger } from '../process/main.ts';

export class Afterwards {
  readonly #logger: Logger;
  readonly #running = new Map<string, Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What runs under the same name already is not done twice. A failure is logged: a Schedule makes good for it. */
  do(name: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    const running = work()
      .catch((error: unknown) => this.#logger.warn({ err: error, work: name }, 'not done; the schedule will do it'))
      .finally(() => this.#running.delete(name));
    this.#running.set(name, running);
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }
}
