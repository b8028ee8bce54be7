// A running annotation tells Temporal that it lives, and its owner how far it is, neither oftener than is useful.

import type { Logger } from 'pino';
import type { JobProgress } from '../../domain/jobs.ts';
import type { Attempt } from './attempts.ts';

export interface Progress {
  set: (state: JobProgress) => void;
  end: () => void;
}

const EVERY_MS = 500;

/**
 * Heartbeats, of which the SDK sends as many as the timeout needs, and calls `report` with the latest state until `end`.
 * A report that fails is logged and forgotten, and none begins before the last has ended. A job shorter than half a
 * second does neither: a heartbeat at the start would be one more request for each small job.
 */
export function followProgress(
  attempt: Pick<Attempt, 'beat'>,
  report: (state: JobProgress) => Promise<void>,
  logger: Pick<Logger, 'warn'>,
): Progress {
  let latest: JobProgress | undefined;
  let reported: JobProgress | undefined;
  let isReporting = false;

  const timer = setInterval(() => {
    attempt.beat(latest?.phase);
    if (latest === undefined || latest === reported || isReporting) return;
    reported = latest;
    isReporting = true;
    report(latest)
      .catch((error: unknown) => logger.warn({ err: error }, 'progress could not be reported'))
      .finally(() => (isReporting = false));
  }, EVERY_MS);

  return {
    set: (state) => {
      latest = state;
    },
    end: () => clearInterval(timer),
  };
}
