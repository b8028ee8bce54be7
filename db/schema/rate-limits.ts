// How many requests of a minute are spoken for. Not logged by Postgres: after a crash counting starts anew, and no backup
// holds it.

import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { systemRowsPolicy } from './columns.ts';

export const rateLimits = pgTable(
  'rate_limits',
  {
    /** Which limit, and of whom: `principal:user:<id>`, `anonymous:192.0.2.7`. */
    key: text('key').primaryKey(),
    /** The minute that is counted, since 1970. */
    minute: integer('minute').notNull(),
    /** Requests that were asked for in it; may be more than there are. */
    taken: bigint('taken', { mode: 'number' }).notNull(),
  },
  () => [systemRowsPolicy()],
);
