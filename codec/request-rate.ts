// How many requests one caller may make in a minute, counted by this process alone: there are few operators, and one such
// server.

import { VarloomError } from '../domain/errors.ts';

const MINUTE_MS = 60_000;

/** Counts a request of `who`. @throws VarloomError `too_many_requests` */
export type RequestRate = (who: string) => void;

export function createRequestRate(perMinute: number, nowMs: () => number = () => performance.now()): RequestRate {
  let counts = new Map<string, number>();
  let endsAtMs = nowMs() + MINUTE_MS;
  return (who) => {
    if (nowMs() >= endsAtMs) {
      counts = new Map();
      endsAtMs = nowMs() + MINUTE_MS;
    }
    const count = (counts.get(who) ?? 0) + 1;
    counts.set(who, count);
    if (count > perMinute) throw new VarloomError('too_many_requests', `More than ${perMinute} requests in a minute.`);
  };
}
