// The audit of decoding. The UI asks once for each payload that it shows: what one operator asks while an entry is written
// waits for the next, and is one entry. Nobody gets an answer before the entry that counts it is committed.

import type { Decoding } from '../db/decodings.ts';
import { actorOf, type Principal } from '../domain/principal.ts';

export type Audit = (operator: Principal, decoding: Omit<Decoding, 'requests'>) => Promise<void>;

interface Lane {
  next: { decoding: Decoding; written: Promise<void> } | undefined;
}

export function createAudit(write: (operator: Principal, decoding: Decoding) => Promise<void>): Audit {
  /** For each operator and history that an entry is being written for. */
  const lanes = new Map<string, { lane: Lane; writing: Promise<void> }>();

  const start = (key: string, lane: Lane, operator: Principal, decoding: Decoding): Promise<void> => {
    const writing = write(operator, decoding);
    lanes.set(key, { lane, writing });
    const ended = () => {
      if (!lane.next) lanes.delete(key);
    };
    writing.then(ended, ended);
    return writing;
  };

  return (operator, asked) => {
    const key = JSON.stringify([actorOf(operator), asked.namespace, asked.workflowId]);
    const busy = lanes.get(key);
    if (!busy) return start(key, { next: undefined }, operator, { ...asked, requests: 1 });
    const { lane, writing } = busy;
    if (lane.next) {
      lane.next.decoding.payloads += asked.payloads;
      lane.next.decoding.requests += 1;
      return lane.next.written;
    }
    const decoding = { ...asked, requests: 1 };
    const startNext = () => {
      lane.next = undefined;
      return start(key, lane, operator, decoding);
    };
    lane.next = { decoding, written: writing.then(startNext, startNext) };
    return lane.next.written;
  };
}
