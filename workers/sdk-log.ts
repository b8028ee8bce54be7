// The SDK's own log lines, those of its native core too, in the same form as ours: left to itself, the core writes text for
// people to the console, past the list of what may be told.

import type { LogExporterConfig, Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from '../process/log.ts';

export interface SdkLogging {
  logger: TemporalLogger;
  /** For the runtime's `telemetryOptions.logging`. */
  ofCore: LogExporterConfig;
}

export const sdkLogging = (logger: Logger): SdkLogging => ({
  logger: asTemporalLogger(logger),
  ofCore: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
});

function asTemporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string | symbol, unknown>) =>
      logger[level](withError(meta), message);
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    log(
      level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR',
      message: string,
      meta?: Record<string | symbol, unknown>,
    ) {
      const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
      at(levels[level])(message, meta);
    },
  };
}

/** The SDK names it `error`; our logger knows what may be told of an `err`. */
function withError(meta: Record<string | symbol, unknown> = {}): Record<string | symbol, unknown> {
  const { error, ...rest } = meta;
  return error === undefined ? rest : { ...rest, err: error };
}
