// The count of requests that all gateways share. It has connections of its own: a request that is to be refused must not
// wait for those that are served.

import postgres from 'postgres';
import { APPLICATION_ROLE } from './client.ts';

export interface RateLimitCounts {
  /**
   * Takes up to `wanted` of the requests that `key` may still make in this minute, of `limit`; of all gateways together no
   * more are given out. The minute is Postgres's, so that the gateways' clocks need not agree.
   */
  take(key: string, limit: number, wanted: number): Promise<Lease>;
  /** Forgets what was counted in minutes that are over. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

export interface Lease {
  granted: number;
  /** Given out in this minute, to all gateways. */
  taken: number;
  /** Until the minute is over; never more than 60,000. */
  endsInMs: number;
}

/** What does not answer soon is not waited for. */
const STATEMENT_TIMEOUT_MS = 500;

export function openRateLimitCounts(options: { url: string; applicationName: string }): RateLimitCounts {
  const connection = postgres(options.url, {
    max: 2,
    connect_timeout: 2,
    idle_timeout: 300,
    onnotice: () => {},
    connection: {
      application_name: options.applicationName,
      role: APPLICATION_ROLE,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      // Row-level security reads it: there is one statement, and it needs no transaction around it.
      'varloom.principal_kind': 'system',
    },
  });

  return {
    async take(key, limit, wanted) {
      const [row] = await connection<{ taken: string; left: number }[]>`
        with clock as (select extract(epoch from clock_timestamp())::float8 as now)
        insert into rate_limits as counted (key, minute, taken)
        select ${key}, floor(now / 60)::int, ${wanted} from clock
        on conflict (key) do update set
          taken = excluded.taken + case when counted.minute = excluded.minute then counted.taken else 0 end,
          minute = excluded.minute
        returning taken, ((minute + 1) * 60.0 - (select now from clock))::float8 * 1000 as left`;
      if (!row) throw new Error('the count was not returned');
      const taken = Number(row.taken);
      const before = taken - wanted;
      return {
        granted: Math.max(0, Math.min(wanted, limit - before)),
        taken: Math.min(taken, limit),
        endsInMs: Math.min(60_000, Math.max(1, row.left)),
      };
    },
    async forget() {
      await connection`delete from rate_limits where minute < floor(extract(epoch from clock_timestamp()) / 60)::int - 1`;
    },
    close: () => connection.end({ timeout: 1 }),
  };
}
