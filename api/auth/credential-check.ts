// Looks at credentials, and counts by network address those that are none. Who sends wrong ones again and again is refused
// without a look; not so what was seen to be good: many people may share an address.

import { VarloomError } from '../../domain/errors.ts';
import type { ApiContext, Dependencies } from '../context.ts';
import { hashOf } from './hash.ts';

const MOST_KNOWN = 10_000;

export type CredentialCheck = <T>(c: ApiContext, credentials: string | undefined, look: () => Promise<T>) => Promise<T>;

/** `look` throws VarloomError `unauthenticated` for credentials that are none. */
export function createCredentialCheck({
  rateLimits,
  clientNetwork,
}: Pick<Dependencies, 'rateLimits' | 'clientNetwork'>): CredentialCheck {
  const known = new Set<string>();

  return async (c, credentials, look) => {
    const address = clientNetwork(c);
    if (credentials === undefined || credentials === '') {
      await rateLimits.count(c, 'address', address);
      return look();
    }
    const hash = hashOf(credentials);
    if (!known.has(hash)) rateLimits.refuseIfSpent(c, 'badCredentials', address);
    try {
      const found = await look();
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(hash);
      return found;
    } catch (error) {
      if (error instanceof VarloomError && error.type === 'unauthenticated') {
        known.delete(hash);
        await rateLimits.count(c, 'badCredentials', address);
      }
      throw error;
    }
  };
}
