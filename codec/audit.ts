// The audit of decoding. The UI asks once for each payload that it shows: what one operator asks while entries are written
// waits for the next ones, and is one entry for each workflow. Nobody gets an answer before the entry that counts it is committed.

import type { Decoding } from '../db/decodings.ts';
import { actorOf, type Principal } from '../domain/principal.ts';

/** What one request reads of one workflow. */
export type Asked = Omit<Decoding, 'requests'>;

/** A request without payloads has read nothing: there is no entry of it. */
export type Audit = (operator: Principal, asked: readonly Asked[]) => Promise<void>;

interface Lane {
  writing: Promise<void>;
  next: { decodings: Map<string, Decoding>; written: Promise<void> } | undefined;
}

export function createAudit(write: (operator: Principal, decodings: Decoding[]) => Promise<void>): Audit {
  /** For each operator that entries are being written for. */
  const lanes = new Map<string, Lane>();

  const start = (operator: Principal, decodings: Map<string, Decoding>): Promise<void> => {
    const actor = actorOf(operator);
    const lane: Lane = { writing: write(operator, [...decodings.values()]), next: undefined };
    lanes.set(actor, lane);
    const ended = () => {
      if (!lane.next) lanes.delete(actor);
    };
    lane.writing.then(ended, ended);
    return lane.writing;
  };

  return async (operator, asked) => {
    if (asked.length === 0) return;
    const busy = lanes.get(actorOf(operator));
    if (!busy) return start(operator, added(new Map(), asked));
    if (!busy.next) {
      const decodings = new Map<string, Decoding>();
      const startNext = () => start(operator, decodings);
      busy.next = { decodings, written: busy.writing.then(startNext, startNext) };
    }
    added(busy.next.decodings, asked);
    return busy.next.written;
  };
}

function added(decodings: Map<string, Decoding>, asked: readonly Asked[]): Map<string, Decoding> {
  for (const one of asked) {
    const key = JSON.stringify([one.namespace, one.workflowId, one.namedBy]);
    const known = decodings.get(key);
    if (!known) decodings.set(key, { ...one, requests: 1 });
    else {
      known.payloads += one.payloads;
      known.requests += 1;
    }
  }
  return decodings;
}
