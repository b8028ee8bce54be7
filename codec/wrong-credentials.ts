// Wrong credentials are counted by network address: who sends them again and again is refused without a look, and costs
// nothing more. Credentials that were seen to be good pass: many people may share an address.

import type { Context } from 'hono';
import { hashOf } from '../api/auth/authenticate.ts';
import { VarloomError } from '../domain/errors.ts';
import type { FindOperator } from './operators.ts';

const MINUTE_MS = 60_000;
/** Strangers can have any number of addresses: of more than so many the oldest are forgotten. */
const MOST_ADDRESSES = 10_000;
const MOST_KNOWN = 1_000;

/**
 * For each address in a minute. The UI asks once for each payload of a history, also when the session of who looks at it
 * has ended: they are not to be locked out when they have signed in again.
 */
export const WRONG_CREDENTIALS_PER_MINUTE = 300;

export interface WrongCredentialsParts {
  find: FindOperator;
  /** Undefined when there are none: then nothing needs to be looked up. */
  credentialsOf: (c: Context) => string | undefined;
  addressOf: (c: Context) => string | undefined;
  perMinute?: number;
  nowMs?: () => number;
}

/** @throws VarloomError `too_many_requests`, and what `find` throws */
export function limitWrongCredentials({
  find,
  credentialsOf,
  addressOf,
  perMinute = WRONG_CREDENTIALS_PER_MINUTE,
  nowMs = () => performance.now(),
}: WrongCredentialsParts): FindOperator {
  const failures = new Map<string, number>();
  const known = new Set<string>();
  let endsAtMs = 0;

  const countOf = (address: string) => {
    if (nowMs() >= endsAtMs) {
      failures.clear();
      endsAtMs = nowMs() + MINUTE_MS;
    }
    return failures.get(address) ?? 0;
  };

  return async (c) => {
    const credentials = credentialsOf(c);
    if (credentials === undefined) return find(c);
    const address = addressOf(c) ?? 'unknown';
    const hash = hashOf(credentials);
    if (!known.has(hash) && countOf(address) >= perMinute) {
      throw new VarloomError('too_many_requests', `More than ${perMinute} wrong credentials in a minute.`);
    }
    try {
      const operator = await find(c);
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(hash);
      return operator;
    } catch (error) {
      if (error instanceof VarloomError && error.type === 'unauthenticated') {
        known.delete(hash);
        const count = countOf(address) + 1;
        // The latest ones stand last.
        failures.delete(address);
        failures.set(address, count);
        const [oldest] = failures.keys();
        if (failures.size > MOST_ADDRESSES && oldest !== undefined) failures.delete(oldest);
      }
      throw error;
    }
  };
}
