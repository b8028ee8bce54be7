// How a process of ours lives: one clear line when it cannot start, and a graceful stop. Its logs are in `log.ts`.

import { BadSettings } from './settings.ts';

export { createLogger, type Logger } from './log.ts';

export interface RunningProcess {
  /** Stops taking work, finishes what runs, frees everything. Called once. */
  stop(): Promise<void>;
  /** Settles when the process ends by itself; rejects with the reason when it must not go on. */
  ended?: Promise<void>;
}

/** Runs `start`, then waits for SIGTERM or SIGINT and stops; a second signal ends at once. */
export async function runProcess(name: string, start: () => Promise<RunningProcess>): Promise<void> {
  let running: RunningProcess;
  try {
    running = await start();
  } catch (error) {
    const reason =
      error instanceof BadSettings
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`${name} cannot start: ${reason}\n`);
    process.exit(1);
  }
  const signalled = new Promise<void>((resolve) => {
    let signals = 0;
    const onSignal = () => {
      signals += 1;
      if (signals > 1) process.exit(130);
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  let exitCode = 0;
  try {
    await Promise.race([signalled, running.ended ?? new Promise<never>(() => {})]);
  } catch (error) {
    process.stderr.write(`${name} ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    exitCode = 1;
  }
  await running.stop();
  process.exit(exitCode);
}
