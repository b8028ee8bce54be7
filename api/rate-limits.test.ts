// Limits of requests, as callers meet them: at gateways that share a database and count with a limiter each.

import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRateLimitCounts, type RateLimitCounts } from '../db/rate-limits.ts';
import { rateLimits } from '../db/schema/index.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../tests/support/gateway.ts';
import { createApp } from './app.ts';
import { createRateLimiter, type Limits } from './rate-limits.ts';

let gateway: TestGateway;
let counts: RateLimitCounts;
/** How often Postgres was asked. */
let asked = 0;
beforeAll(async () => {
  gateway = await startTestGateway();
  const opened = openRateLimitCounts({ url: gateway.own.url, applicationName: 'test-limits' });
  counts = { ...opened, take: (...lease) => ((asked += 1), opened.take(...lease)) };
});
afterAll(async () => {
  await counts?.close();
  await gateway?.close();
});

const UNLIMITED: Limits = { principal: 0, uploads: 0, address: 0, signIn: 0, badCredentials: 0 };
const silent = pino({ level: 'silent' });

type Ask = (
  path: string,
  options?: { headers?: Record<string, string>; method?: string; from?: string },
) => Promise<Response>;

/** One more gateway; `from` is the address that a request comes from. */
function another(limits: Partial<Limits>, rateLimitCounts = counts, logger = silent): Ask {
  const app = createApp({
    ...gateway.dependencies,
    rateLimits: createRateLimiter(rateLimitCounts, { ...UNLIMITED, ...limits }, logger),
  });
  return async (path, { headers = {}, method = 'GET', from = '192.0.2.1' } = {}) =>
    app.request(path, { method, headers }, { incoming: { socket: { remoteAddress: from } } });
}

/** Runs `story` until it has run within one minute of Postgres's clock: a new minute gives everybody their limit again. */
async function withinOneMinute<T>(story: () => Promise<T>): Promise<T> {
  const left = async () => (await counts.take(`clock:${randomUUID()}`, 1, 1)).endsInMs;
  for (;;) {
    const before = await left();
    const told = await story();
    if ((await left()) < before) return told;
  }
}

const statuses = (answers: Response[]) => {
  const found: Record<number, number> = {};
  for (const { status } of answers) found[status] = (found[status] ?? 0) + 1;
  return found;
};
const times = <T>(n: number, act: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => act(i));
const by = (user: TestUser) => ({ headers: user.headers.token });

describe('a principal', () => {
  it('makes as many requests a minute as the limit says, at all gateways together', async () => {
    const told = await withinOneMinute(async () => {
      const user = await gateway.user();
      const gateways = [another({ principal: 10 }), another({ principal: 10 }), another({ principal: 10 })];
      return statuses(
        await Promise.all(
          times(40, (i) => gateways[i % 3]?.('/me', by(user)) ?? Promise.reject(new Error('no gateway'))),
        ),
      );
    });
    expect(told).toEqual({ 200: 10, 429: 30 });
  });

  it('is told the limit, what is left and until when; and, when nothing is, to wait', async () => {
    const { passed, refused } = await withinOneMinute(async () => {
      const ask = another({ principal: 3 });
      const user = await gateway.user();
      const [first, second, , last] = [
        await ask('/me', by(user)),
        await ask('/me', by(user)),
        await ask('/me', by(user)),
        await ask('/me', by(user)),
      ];
      return { passed: [first, second], refused: last };
    });
    expect(passed.map(({ headers }) => headers.get('RateLimit-Remaining'))).toEqual(['2', '1']);
    expect(passed.map(({ headers }) => headers.get('RateLimit-Limit'))).toEqual(['3', '3']);
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('Retry-After'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get('RateLimit-Reset')).toBe(String(seconds));
    expect(await refused.json()).toMatchObject({
      code: 429,
      error: { type: 'rate_limited', details: { limit_per_minute: 3, retry_after_seconds: seconds } },
    });
  });

  it('does not spend what is another’s, whatever the address', async () => {
    const told = await withinOneMinute(async () => {
      const ask = another({ principal: 2 });
      const users = await Promise.all(times(3, () => gateway.user()));
      return statuses(await Promise.all(users.flatMap((user) => times(2, () => ask('/me', by(user))))));
    });
    expect(told).toEqual({ 200: 6 });
  });

  it('uploads and submits less often than it asks', async () => {
    const [uploads, reads] = await withinOneMinute(async () => {
      const ask = another({ principal: 100, uploads: 2 });
      const { headers } = by(await gateway.user());
      const upload = () =>
        ask('/uploads', { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' } });
      return [await Promise.all(times(4, upload)), await Promise.all(times(4, () => ask('/annotations', { headers })))];
    });
    expect(statuses(uploads)[429]).toBe(2);
    expect(statuses(reads)).toEqual({ 200: 4 });
  });

  it('costs Postgres one question in many', async () => {
    const { questions, told } = await withinOneMinute(async () => {
      const ask = another({ principal: 600 });
      const { headers } = by(await gateway.user());
      const before = asked;
      const answers: Response[] = [];
      for (let i = 0; i < 90; i += 1) answers.push(await ask('/me', { headers }));
      return { questions: asked - before, told: statuses(answers) };
    });
    expect(told).toEqual({ 200: 90 });
    expect(questions).toBe(3);
  });
});

describe('a network address', () => {
  it('has a limit for what anyone may call, and a stricter one for sign-ins', async () => {
    const [login, description, other, health] = await withinOneMinute(async () => {
      const ask = another({ address: 5, signIn: 2 });
      const [from, elsewhere] = [randomAddress(), randomAddress()];
      return Promise.all([
        Promise.all(times(4, () => ask('/auth/login', { from }))),
        Promise.all([...times(3, () => ask('/me', { from })), ...times(4, () => ask('/openapi.json', { from }))]),
        Promise.all(times(2, () => ask('/auth/login', { from: elsewhere }))),
        Promise.all(times(20, () => ask('/health', { from }))),
      ]);
    });
    expect(statuses(login)).toEqual({ 303: 2, 429: 2 });
    expect(statuses(description)[429]).toBe(2);
    expect(statuses(other)).toEqual({ 303: 2 });
    expect(statuses(health)).toEqual({ 200: 20 });
  });

  it('is the caller’s own behind a proxy of ours, and the proxy’s own word is not taken from anybody else', async () => {
    const [strangers, proxied] = await withinOneMinute(async () => {
      const ask = another({ signIn: 2 });
      const from = randomAddress();
      const claiming = () => ({ 'X-Forwarded-For': randomAddress() });
      const through = (address: string) => ({ 'X-Forwarded-For': `198.51.100.7, ${address}` });
      const callers = times(3, randomAddress);
      return [
        await Promise.all(times(4, () => ask('/auth/login', { from, headers: claiming() }))),
        await Promise.all(
          callers.map((address) => ask('/auth/login', { from: '10.0.0.9', headers: through(address) })),
        ),
      ];
    });
    expect(statuses(strangers)).toEqual({ 303: 2, 429: 2 });
    expect(statuses(proxied)).toEqual({ 303: 3 });
  });

  it('that sends wrong credentials is refused without a look, while who is known there goes on', async () => {
    const { guesses, known, right } = await withinOneMinute(async () => {
      const ask = another({ badCredentials: 3 });
      const from = randomAddress();
      const [user, late] = [await gateway.user(), await gateway.user()];
      await ask('/me', { ...by(user), from });
      const guess = (token: string) => ask('/me', { from, headers: { Authorization: `Bearer ${token}` } });
      const tried: Response[] = [];
      for (const token of times(6, () => `vlk_${randomUUID()}`)) tried.push(await guess(token));
      return {
        guesses: tried,
        known: await ask('/me', { ...by(user), from }),
        right: await ask('/me', { ...by(late), from }),
      };
    });
    expect(statuses(guesses)).toEqual({ 401: 3, 429: 3 });
    expect(known.status).toBe(200);
    // Known by then: had the guess been right, it would not have been told.
    expect(right.status).toBe(429);
  });
});

describe('while requests cannot be counted together', () => {
  /** Counts in memory until it is told to fail. */
  function breakable() {
    const state = { tries: 0, isBroken: true };
    const given: RateLimitCounts = {
      take: (key, limit, wanted) => {
        state.tries += 1;
        if (state.isBroken) return Promise.reject(new Error('no such database'));
        return Promise.resolve({ granted: Math.min(wanted, limit), taken: wanted, endsInMs: 60_000 });
      },
      forget: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    return { state, given };
  }

  it('a gateway counts by itself, which is told once', async () => {
    const lines: string[] = [];
    const { state, given } = breakable();
    const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
    const ask = another({ principal: 3 }, given, logger);
    const [user, other] = [await gateway.user(), await gateway.user()];
    expect(statuses(await Promise.all(times(8, () => ask('/me', by(user)))))).toEqual({ 200: 3, 429: 5 });
    expect((await ask('/me', by(other))).status).toBe(200);
    expect(state.tries).toBe(1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ msg: 'rate limits cannot be counted together: this gateway counts by itself' }),
    ]);
  });

  it('wrong credentials are counted too', async () => {
    const ask = another({ badCredentials: 2 }, breakable().given);
    const from = randomAddress();
    const tried: Response[] = [];
    for (const token of times(5, () => `vlk_${randomUUID()}`)) {
      tried.push(await ask('/me', { headers: { Authorization: `Bearer ${token}` }, from }));
    }
    expect(statuses(tried)).toEqual({ 401: 2, 429: 3 });
  });

  it('who has spent a lease has what nobody else has taken, and no more', async () => {
    const { state, given } = breakable();
    state.isBroken = false;
    const ask = another({ principal: 40 }, given);
    const user = await gateway.user();
    // Leases are of two.
    for (const _ of times(2, (n) => n)) expect((await ask('/me', by(user))).status).toBe(200);
    state.isBroken = true;
    const told: Response[] = [];
    for (const _ of times(45, (n) => n)) told.push(await ask('/me', by(user)));
    expect(statuses(told)).toEqual({ 200: 38, 429: 7 });
  });
});

it('what was counted is forgotten', async () => {
  await gateway.database.write({ kind: 'system', name: 'test' }, (tx) =>
    tx.insert(rateLimits).values({ key: 'of long ago', minute: 1, taken: 1 }),
  );
  await counts.take('of now', 10, 1);
  await counts.forget();
  const keys = await gateway.database.write({ kind: 'system', name: 'test' }, (tx) =>
    tx.select({ key: rateLimits.key }).from(rateLimits),
  );
  expect(keys.map(({ key }) => key)).toContain('of now');
  expect(keys.map(({ key }) => key)).not.toContain('of long ago');
});

/** One that no other test of this file has. */
function randomAddress(): string {
  const group = () => randomUUID().slice(0, 4);
  return `2001:db8:${group()}:${group()}::1`;
}
