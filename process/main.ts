// How a process of ours lives: JSON logs on stdout, one clear line when it cannot start, and a graceful stop.

import { pino, type Logger } from 'pino';
import { BadSettings } from './settings.ts';

export type { Logger } from 'pino';

export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    // Never the request, the headers or the settings: what is logged is listed at each call.
    redact: { paths: ['*.authorization', '*.cookie', '*.password'], remove: true },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

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
