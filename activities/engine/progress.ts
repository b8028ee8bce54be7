// A running annotation tells Temporal that it lives, and its owner how far it is, neither oftener than is useful.

import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { JobProgress } from '../../domain/jobs.ts';

export interface Progress {
  set: (state: JobProgress) => void;
  end: () => void;
}

const HEARTBEAT_EVERY_MS = 2_500;
const REPORT_EVERY_MS = 500;

/**
 * Heartbeats and calls `report` with the latest state until `end`. A report that fails is logged and forgotten, and
 * none begins before the last has ended. A job shorter than half a second reports nothing.
 */
export function followProgress(report: (state: JobProgress) => Promise<void>, logger: Pick<Logger, 'warn'>): Progress {
  const context = Context.current();
  let latest: JobProgress | undefined;
  let reported: JobProgress | undefined;
  let isReporting = false;

  const heartbeat = setInterval(() => context.heartbeat(latest?.phase), HEARTBEAT_EVERY_MS);
  const reporter = setInterval(() => {
    if (latest === undefined || latest === reported || isReporting) return;
    reported = latest;
    isReporting = true;
    report(latest)
      .catch((error: unknown) => logger.warn({ err: error }, 'progress could not be reported'))
      .finally(() => (isReporting = false));
  }, REPORT_EVERY_MS);

  context.heartbeat();
  return {
    set: (state) => {
      latest = state;
    },
    end: () => {
      clearInterval(heartbeat);
      clearInterval(reporter);
    },
  };
}
