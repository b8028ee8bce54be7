// Keyset paging, newest first unless said otherwise: a cursor is the (time, id) of the last row of the page before, as
// opaque text.

import { and, eq, gt, lt, or, sql, type AnyColumn, type SQL } from 'drizzle-orm';
import { isId } from '../domain/ids.ts';
import { VarloomError } from '../domain/errors.ts';

export interface Page<Row> {
  rows: Row[];
  /** Pass it to get the next page; null on the last. */
  next: string | null;
}

export interface PageRequest {
  limit: number;
  cursor?: string | undefined;
}

// Microseconds matter: two rows of one millisecond must not be skipped, and JavaScript dates end at milliseconds.
export const cursorTime = (time: AnyColumn): SQL<string> =>
  sql<string>`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The condition for rows after the cursor, or undefined on the first page. `isOne` tells an id of these rows. */
export function afterCursor(
  cursor: string | undefined,
  time: AnyColumn,
  id: AnyColumn,
  isOne: (text: string) => boolean = isId,
): SQL | undefined {
  if (cursor === undefined) return undefined;
  const { lastTime, lastId } = readCursor(cursor, isOne);
  // Spelled so that the index on (…, time desc, id desc) is walked from the cursor on.
  return and(sql`${time} <= ${lastTime}`, or(sql`${time} < ${lastTime}`, and(eq(time, lastTime), lt(id, lastId))));
}

/** The same for a list whose oldest rows come first. */
export function afterCursorAscending(cursor: string | undefined, time: AnyColumn, id: AnyColumn): SQL | undefined {
  if (cursor === undefined) return undefined;
  const { lastTime, lastId } = readCursor(cursor, isId);
  return and(sql`${time} >= ${lastTime}`, or(sql`${time} > ${lastTime}`, and(eq(time, lastTime), gt(id, lastId))));
}

function readCursor(cursor: string, isOne: (text: string) => boolean): { lastTime: SQL; lastId: string } {
  const [at, lastId] = Buffer.from(cursor, 'base64url').toString('utf8').split('/');
  if (!at || !lastId || !isOne(lastId) || !isCursorTime(at)) {
    throw new VarloomError('invalid_request', 'The cursor is not one that this list gave.', { cursor: 'invalid' });
  }
  return { lastTime: sql`${at}::timestamptz`, lastId };
}

/** Exactly what `cursorTime` writes, of a day that there is: anything else Postgres would refuse as our fault. */
function isCursorTime(text: string): boolean {
  if (!/^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return false;
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === text.slice(0, 19);
}

// The indexes are `desc nulls last`, as Drizzle makes them. An order that says only `desc` means nulls first: Postgres
// would then read and sort every row of the owner, though no column here can be null.
export const newestFirst = (time: AnyColumn, id: AnyColumn): SQL[] => [
  sql`${time} desc nulls last`,
  sql`${id} desc nulls last`,
];

/** Cuts the one row too many that tells whether there is a next page. */
export function toPage<Row extends { cursorTime: string; cursorId: string }>(rows: Row[], limit: number): Page<Row> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    rows: rows.slice(0, limit),
    next: last ? Buffer.from(`${last.cursorTime}/${last.cursorId}`).toString('base64url') : null,
  };
}
