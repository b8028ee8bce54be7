// The count of wrong credentials, at a clock of the test.

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { VarloomError } from '../domain/errors.ts';
import { system } from '../domain/principal.ts';
import { limitWrongCredentials } from './wrong-credentials.ts';

function counting(perMinute: number) {
  const clock = { nowMs: 1_000 };
  let looks = 0;
  const find = limitWrongCredentials({
    find: async (c) => {
      looks += 1;
      if (c.req.header('Authorization') === 'good') return system('good');
      throw new VarloomError('unauthenticated', 'no');
    },
    credentialsOf: (c) => c.req.header('Authorization'),
    addressOf: (c) => c.req.header('X-From'),
    perMinute,
    nowMs: () => clock.nowMs,
  });
  const app = new Hono()
    .get('/', async (c) => {
      await find(c);
      return c.text('found');
    })
    .onError((error, c) => c.text(error instanceof VarloomError ? error.type : 'internal'));
  const ask = async (headers: Record<string, string>) => (await app.request('/', { headers })).text();
  return { clock, ask, looks: () => looks };
}

const wrong = (from: string, n = 0) => ({ Authorization: `wrong ${n}`, 'X-From': from });

it('refuses by address for the rest of the minute, without a look', async () => {
  const { clock, ask, looks } = counting(2);
  for (const n of [1, 2]) expect(await ask(wrong('here', n))).toBe('unauthenticated');
  expect(await ask(wrong('here', 3))).toBe('too_many_requests');
  expect(await ask({ Authorization: 'good', 'X-From': 'here' })).toBe('too_many_requests');
  expect(looks()).toBe(2);
  expect(await ask({ Authorization: 'good', 'X-From': 'there' })).toBe('found');
  // Known by now, also from here.
  expect(await ask({ Authorization: 'good', 'X-From': 'here' })).toBe('found');
  clock.nowMs += 60_000;
  expect(await ask(wrong('here', 4))).toBe('unauthenticated');
});

it('does not count who shows nothing: there is nothing to guess', async () => {
  const { ask } = counting(1);
  for (let n = 0; n < 3; n += 1) expect(await ask({ 'X-From': 'here' })).toBe('unauthenticated');
  expect(await ask({ Authorization: 'good', 'X-From': 'here' })).toBe('found');
});

it('keeps a bounded number of addresses, the latest', async () => {
  const { ask } = counting(1);
  for (let n = 0; n <= 10_000; n += 1) await ask(wrong(`address ${n}`));
  expect(await ask(wrong('address 10000'))).toBe('too_many_requests');
  expect(await ask(wrong('address 0'))).toBe('unauthenticated');
});
