// Which errors of what we depend on are told as a reason to try again.

import { pino } from 'pino';
import { expect, it } from 'vitest';
import { errorOf } from './errors.ts';

const logger = pino({ level: 'silent' });
/** As the database's client throws it, and as the query builder wraps it. */
const failed = (code: string) => new Error('Failed query', { cause: Object.assign(new Error('no'), { code }) });

it.for([
  ['a deadlock that Postgres has ended', '40P01', 'unavailable'],
  ['two transactions that could not be put in order', '40001', 'unavailable'],
  ['a server that is stopping', '57P01', 'unavailable'],
  ['too many connections', '53300', 'unavailable'],
  ['a statement that is wrong', '42601', 'internal'],
  ['a row that is there already', '23505', 'internal'],
] as const)('%s', ([, code, type]) => {
  expect(errorOf(failed(code), logger, 'r').type).toBe(type);
});
