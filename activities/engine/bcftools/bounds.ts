// Ends a run that takes more memory or time than it may: its signal then aborts with an `engine_out_of_bounds`.

import { VarloomError } from '../../../domain/errors.ts';
import type { EngineLimits } from '../engine.ts';

export interface Bounds {
  /** Aborts with the caller's signal, or when a bound is passed. */
  signal: AbortSignal;
  watchMemory: (residentBytes: () => number) => void;
  end: () => void;
}

const LOOK_EVERY_MS = 100;

export function watchBounds(
  callerSignal: AbortSignal,
  limits: Pick<EngineLimits, 'memoryBytes' | 'wallSeconds'>,
): Bounds {
  const passed = new AbortController();
  let residentBytes: (() => number) | undefined;
  const clock = setTimeout(() => {
    const message = `The engine took longer than the limit of ${limits.wallSeconds} seconds.`;
    passed.abort(new VarloomError('engine_out_of_bounds', message, { limit_seconds: limits.wallSeconds }));
  }, limits.wallSeconds * 1000);
  const gauge = setInterval(() => {
    if (residentBytes === undefined || residentBytes() <= limits.memoryBytes) return;
    const message = `The engine took more memory than the limit of ${limits.memoryBytes} bytes.`;
    passed.abort(new VarloomError('engine_out_of_bounds', message, { limit_bytes: limits.memoryBytes }));
  }, LOOK_EVERY_MS);
  return {
    signal: AbortSignal.any([callerSignal, passed.signal]),
    watchMemory: (measure) => {
      residentBytes = measure;
    },
    end: () => {
      clearTimeout(clock);
      clearInterval(gauge);
    },
  };
}
