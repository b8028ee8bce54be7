// How often the worker of an annotation has died. An attempt says in its heartbeats that it is under way, and before a failure
// that is tried again that it is not. Temporal hands the last heartbeat to the next attempt: one under way has died.

import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { VarloomError } from '../../domain/errors.ts';
import type { JobPhase } from '../../domain/jobs.ts';

/** More is no accident of machines. Each takes the heartbeat timeout to be noticed, and others' annotations with it. */
export const MOST_DEATHS = 5;
/** From so many on an annotation runs beside no other with as many, so that one that kills does not take the same ones along each time. */
const SUSPECT_DEATHS = 2;

/** What heartbeats tell the next attempt. Those of releases before this one told the phase alone. */
const left = z.object({ deaths: z.int().min(0), isUnderWay: z.boolean() });

/** The one place from which an annotation heartbeats. */
export interface Attempt {
  /** Of workers, during the attempts before this one. */
  readonly deaths: number;
  /** Waits, alive, while another suspect runs in this process; then the attempt is under way until `work` has ended. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  beat(phase: JobPhase | undefined): void;
  /** A worker may die sooner than it first heartbeats: an annotation that is not new says at once that the engine begins. */
  beforeEngine(): void;
  /** To be called last, before a failure that is tried again. */
  endInOrder(): void;
  /** The same, when the machine has killed the engine: it could have been the worker. */
  endKilled(): void;
}

/** Those of one process share `turns`. */
export function openAttempt(turns: Turns): Attempt {
  const context = Context.current();
  const { attempt, heartbeatDetails, heartbeatTimeoutMs = 0 } = context.info;
  // An operator who resets the activity gives it all of its attempts again.
  const before = attempt === 1 ? undefined : left.safeParse(heartbeatDetails).data;
  const deaths = before === undefined ? 0 : before.deaths + Number(before.isUnderWay);
  let isUnderWay = false;
  let isToldSo = false;
  let hasWaited = false;

  const beat = (phase?: JobPhase) => {
    context.heartbeat({ deaths, isUnderWay, phase });
    isToldSo = isUnderWay;
    hasWaited ||= !isUnderWay;
  };
  return {
    deaths,
    beat,
    async inTurn(work) {
      const begin = async () => {
        isUnderWay = true;
        if (hasWaited) {
          // The SDK sends a second heartbeat when most of the timeout is over, and the worker may be dead by then.
          beat();
          await context.sleep(heartbeatTimeoutMs);
        }
        return work();
      };
      return deaths < SUSPECT_DEATHS ? begin() : turns(begin, context.cancelled);
    },
    beforeEngine() {
      if (attempt > 1 && !isToldSo) beat();
    },
    endInOrder() {
      isUnderWay = false;
      // What was not told was not heard; and each heartbeat is a request.
      if (isToldSo) beat();
    },
    endKilled() {
      if (!isToldSo) beat();
    },
  };
}

/** @throws VarloomError `engine_worker_lost` */
export function refuseDeadly({ deaths }: Pick<Attempt, 'deaths'>, mostDeaths: number): void {
  if (deaths < mostDeaths) return;
  const message = `${deaths} workers died while they annotated this file.`;
  throw new VarloomError('engine_worker_lost', message, { deaths });
}

/** Does one `work` after the other; rejects when `cancelled` does before the turn comes. */
export type Turns = <Result>(work: () => Promise<Result>, cancelled: Promise<never>) => Promise<Result>;

export function takeTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return async (work, cancelled) => {
    const before = last;
    const over = Promise.withResolvers<void>();
    last = before.then(() => over.promise);
    try {
      await Promise.race([before, cancelled]);
      return await work();
    } finally {
      over.resolve();
    }
  };
}
