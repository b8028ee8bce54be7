// How a process of ours lives: one clear line when it cannot start, and a graceful stop. Its logs are in `log.ts`.

import { BadSettings } from './settings.ts';

export { createLogger, type Logger } from './log.ts';

export interface RunningProcess {
  /** Stops taking work, finishes what runs, frees everything. Called once. */
  stop(): Promise<void>;
  /** Settles when the process ends by itself; rejects with the reason when it must not go on. */
  ended?: Promise<void>;
}

/** A start that is about to be done is waited for, to be undone in order; one that waits for others may take minutes. */
const NEARLY_STARTED_MS = 2000;

/**
 * Runs `start`, then waits for SIGTERM or SIGINT and stops; a second signal ends at once. Told to stop while it starts, the
 * process ends with 0 as well; connections that were open by then close with it.
 */
export async function runProcess(name: string, start: () => Promise<RunningProcess>): Promise<void> {
  const told = Promise.withResolvers<'told to stop'>();
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals > 1) process.exit(130);
    told.resolve('told to stop');
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);

  let running: RunningProcess;
  try {
    const starting = start();
    const first = await Promise.race([starting, told.promise]);
    if (first === 'told to stop') {
      const late = setTimeout(() => process.exit(0), NEARLY_STARTED_MS);
      running = await starting;
      clearTimeout(late);
    } else {
      running = first;
    }
  } catch (error) {
    if (signals > 0) process.exit(0);
    const reason =
      error instanceof BadSettings
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`${name} cannot start: ${reason}\n`);
    process.exit(1);
  }
  let exitCode = 0;
  try {
    await Promise.race([told.promise, running.ended ?? new Promise<never>(() => {})]);
  } catch (error) {
    process.stderr.write(`${name} ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    exitCode = 1;
  }
  await running.stop();
  process.exit(exitCode);
}
