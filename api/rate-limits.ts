// How many requests one may make in a minute. All gateways count together in Postgres; each takes a lease of some at a time
// and spends it by itself, so that most requests cost nothing. Where counting fails, each gateway counts by itself.

import { VarloomError } from '../domain/errors.ts';
import type { Lease, RateLimitCounts } from '../db/rate-limits.ts';
import type { Logger } from '../process/main.ts';
import { wholeNumber } from '../process/settings.ts';
import type { ApiContext } from './context.ts';

const perMinute = (usual: number) => wholeNumber(0, 1_000_000).default(usual);

/** Requests a minute; 0 means: not limited. */
export const rateLimitSettings = {
  RATE_LIMIT_PRINCIPAL_PER_MINUTE: perMinute(600),
  RATE_LIMIT_ADDRESS_PER_MINUTE: perMinute(120),
  RATE_LIMIT_SIGN_IN_PER_MINUTE: perMinute(30),
  RATE_LIMIT_UPLOADS_PER_MINUTE: perMinute(120),
  RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE: perMinute(30),
};

/**
 * `principal`: a user, or a program with a service token, whatever they ask. `uploads`: what of it begins or changes work.
 * By network address: `address`, who sends no credentials; `signIn`; `badCredentials`, who sends wrong ones.
 */
export type LimitName = 'principal' | 'uploads' | 'address' | 'signIn' | 'badCredentials';

export type Limits = Record<LimitName, number>;

export const limitsFrom = (settings: Record<keyof typeof rateLimitSettings, number>): Limits => ({
  principal: settings.RATE_LIMIT_PRINCIPAL_PER_MINUTE,
  uploads: settings.RATE_LIMIT_UPLOADS_PER_MINUTE,
  address: settings.RATE_LIMIT_ADDRESS_PER_MINUTE,
  signIn: settings.RATE_LIMIT_SIGN_IN_PER_MINUTE,
  badCredentials: settings.RATE_LIMIT_BAD_CREDENTIALS_PER_MINUTE,
});

export interface RateLimiter {
  /** Counts one request of `who`; undefined is nobody that could be counted. @throws VarloomError `rate_limited` */
  count(c: ApiContext, limit: LimitName, who: string | undefined): Promise<void>;
  /** Counts nothing. @throws VarloomError `rate_limited` when it is known that nothing is left */
  refuseIfSpent(c: ApiContext, limit: LimitName, who: string | undefined): void;
}

/** Of a limit a gateway takes this share at a time: what it has not spent when the minute ends is lost to the others. */
const LEASES_A_LIMIT = 20;
/** Counting that takes longer is given up: this gateway counts by itself then. */
const PATIENCE_MS = 500;
/** After a failure Postgres is not asked for so long. */
const PAUSE_MS = 5_000;
const MINUTE_MS = 60_000;
/** Strangers can have any number of addresses. Forgetting leases loses what was left of them, and nothing else. */
const MOST_KEYS = 50_000;

interface Held {
  /** Of the lease, and of what the other gateways have not taken. */
  own: number;
  unleased: number;
  /** `performance.now()` of the end of the minute. */
  endsAt: number;
}

export function createRateLimiter(counts: RateLimitCounts, limits: Limits, logger: Logger): RateLimiter {
  const held = new Map<string, Held>();
  const asking = new Map<string, Promise<void>>();
  let isFailing = false;
  let pausedUntil = 0;
  let tidyAt = 0;

  return {
    async count(c, name, who) {
      const limit = limits[name];
      if (limit === 0 || who === undefined) return;
      const key = `${name}:${who}`;
      for (;;) {
        const mine = isPaused() ? alone(key, limit) : current(key);
        if (mine && mine.own > 0) {
          mine.own -= 1;
          return tell(c, limit, mine);
        }
        if (mine && mine.unleased === 0) return refuse(c, limit, mine);
        // One asks for all that come meanwhile.
        if (!asking.has(key)) asking.set(key, lease(key, limit));
        await asking.get(key);
      }
    },

    refuseIfSpent(c, name, who) {
      const mine = who === undefined ? undefined : current(`${name}:${who}`);
      if (mine && mine.own === 0 && mine.unleased === 0) refuse(c, limits[name], mine);
    },
  };

  function current(key: string): Held | undefined {
    const mine = held.get(key);
    return mine && performance.now() < mine.endsAt ? mine : undefined;
  }

  function isPaused(): boolean {
    return performance.now() < pausedUntil;
  }

  /** While nobody can say what the other gateways let pass, this one lets all pass that they were not known to have taken. */
  function alone(key: string, limit: number): Held {
    const mine = current(key) ?? keep(key, { own: limit, unleased: 0, endsAt: performance.now() + MINUTE_MS });
    mine.own += mine.unleased;
    mine.unleased = 0;
    return mine;
  }

  function keep(key: string, mine: Held): Held {
    if (held.size >= MOST_KEYS) held.clear();
    held.set(key, mine);
    return mine;
  }

  async function lease(key: string, limit: number): Promise<void> {
    try {
      const wanted = Math.max(1, Math.floor(limit / LEASES_A_LIMIT));
      const { granted, taken, endsInMs } = await soon(counts.take(key, limit, wanted));
      keep(key, { own: granted, unleased: limit - taken, endsAt: performance.now() + endsInMs });
      if (isFailing) logger.info('rate limits are counted again');
      isFailing = false;
      tidy(endsInMs);
    } catch (err) {
      if (!isFailing) logger.warn({ err }, 'rate limits cannot be counted together: this gateway counts by itself');
      isFailing = true;
      pausedUntil = performance.now() + PAUSE_MS;
    } finally {
      asking.delete(key);
    }
  }

  /** Once a minute, by whichever request comes then, and not waited for. */
  function tidy(endsInMs: number): void {
    const now = performance.now();
    if (now < tidyAt) return;
    tidyAt = now + endsInMs;
    for (const [key, { endsAt }] of held) if (endsAt <= now) held.delete(key);
    counts.forget().catch((err: unknown) => logger.debug({ err }, 'old counts of rate limits not forgotten'));
  }
}

async function soon(work: Promise<Lease>): Promise<Lease> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of several limits the tightest is told. */
function tell(c: ApiContext, limit: number, { own, unleased, endsAt }: Held): void {
  const remaining = own + unleased;
  if (remaining >= (c.get('rateLimitRemaining') ?? Number.POSITIVE_INFINITY)) return;
  c.set('rateLimitRemaining', remaining);
  c.header('RateLimit-Limit', String(limit));
  c.header('RateLimit-Remaining', String(remaining));
  c.header('RateLimit-Reset', String(secondsUntil(endsAt)));
}

function refuse(c: ApiContext, limit: number, mine: Held): never {
  tell(c, limit, mine);
  const seconds = secondsUntil(mine.endsAt);
  c.header('Retry-After', String(seconds));
  throw new VarloomError('rate_limited', `${limit} requests a minute are allowed here, and these were made.`, {
    limit_per_minute: limit,
    retry_after_seconds: seconds,
  });
}

const secondsUntil = (endsAt: number) => Math.max(1, Math.ceil((endsAt - performance.now()) / 1000));
