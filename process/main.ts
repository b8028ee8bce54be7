// How a process of ours lives: JSON logs on stdout, one clear line when it cannot start, and a graceful stop.

import { pino, type Logger } from 'pino';
import { BadSettings } from './settings.ts';

export type { Logger } from 'pino';

export function createLogger(name: string, level: string): Logger {
  return pino({
    name,
    level,
    // Never the request, the headers or the settings: what is logged is listed at each call.
    serializers: { err: describeError },
    redact: { paths: ['*.authorization', '*.cookie', '*.password'], remove: true },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

interface DescribedError {
  type: string;
  code?: unknown;
  message?: string;
  at?: string[];
  cause?: DescribedError;
}

/**
 * What may be logged of an error. The message of a failed query holds its parameters, and that of an expected error may
 * quote a user's file: of these only the kind is told. Frames say where, without the message that a stack begins with.
 */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const isQuery = 'query' in error && 'params' in error;
  const kind = 'type' in error && typeof error.type === 'string' ? error.type : undefined;
  return {
    type: kind ?? error.name,
    ...('code' in error ? { code: error.code } : {}),
    ...(isQuery || kind !== undefined ? {} : { message: error.message }),
    at: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && depth < 4 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
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
