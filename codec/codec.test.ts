// The codec server as the Temporal UI in a browser, and programs, use it.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from '../db/identity.ts';
import {
  GATEWAY,
  PayloadsMessage,
  startCodecBench,
  UI,
  type CodecBench,
  type Headers,
} from '../tests/support/codec-bench.ts';
import { WRONG_CREDENTIALS_PER_MINUTE } from './wrong-credentials.ts';

const OPERATOR = { email: 'Operator@varloom.test', subject: 'the-operator' };

let bench: CodecBench;
beforeAll(async () => {
  bench = await startCodecBench({
    OPERATORS: 'someone@else.test, operator@varloom.test,by-subject',
    CODEC_REQUESTS_PER_MINUTE: '200',
  });
});
afterAll(() => bench.close());

const encrypted = (...values: unknown[]) => bench.encrypted(...values);
const ask: CodecBench['ask'] = (...request) => bench.ask(...request);
const decode: CodecBench['decode'] = (...request) => bench.decode(...request);
const withToken: CodecBench['withToken'] = (...claims) => bench.withToken(...claims);
const valuesOf = async (answer: Response) => {
  // What the server answers is JSON of this message.
  const { payloads } = PayloadsMessage.fromObject((await answer.json()) as Record<string, unknown>);
  return payloads.map((payload) => defaultPayloadConverter.fromPayload<unknown>(payload));
};
const typeOf = async (answer: Response) => {
  const body: unknown = await answer.json();
  return [answer.status, (body as { error: { type: string } }).error.type]; // the contract's form of an error
};
const entries = () =>
  bench.owner<
    { actor: string; entity_id: string; organization_id: string; details: Record<string, unknown> }[]
  >`select * from audit_log where action = 'history.decoded' order by sequence`;

describe('who may', () => {
  it('an operator with a session of the gateway, from the page of the UI alone', async () => {
    const operator = await bench.signedUp(OPERATOR.email, OPERATOR.subject);
    const headers = await bench.withSession(operator);
    const answer = await decode(await encrypted({ jobId: 'x' }), headers);
    expect([answer.status, await valuesOf(answer)]).toEqual([200, [{ jobId: 'x' }]]);
    for (const Origin of ['http://elsewhere.test', GATEWAY, '']) {
      expect(await typeOf(await decode(await encrypted(1), { ...headers, Origin }))).toEqual([403, 'csrf_refused']);
    }
    const over = await bench.withSession(operator, { lifeSeconds: -1 });
    expect(await typeOf(await decode(await encrypted(1), over))).toEqual([401, 'unauthenticated']);
  });

  it('an operator with an access token, also at first sight, by address or subject', async () => {
    for (const headers of [
      await withToken('fresh', 'operator@VARLOOM.test'),
      await withToken('by-subject', 'x@y.test'),
    ]) {
      expect((await decode(await encrypted(1), headers)).status).toBe(200);
    }
  });

  it('no access token from before their sessions were ended', async () => {
    const headers = await withToken('by-subject', 'x@y.test');
    for (const [ended, status] of [['1 minute', 401] as const, ['-1 minute', 200] as const]) {
      await bench.owner`update users set sessions_revoked_at = now() + ${ended}::interval where subject = 'by-subject'`;
      expect((await decode(await encrypted(1), headers)).status).toBe(status);
    }
  });

  it('a program with a token for the codec', async () => {
    const answer = await decode(await encrypted(7), await bench.withServiceToken('codec', ['payloads:decode']));
    expect(await valuesOf(answer)).toEqual([7]);
  });

  it('and nobody else', async () => {
    const admin = await bench.signedUp('admin@varloom.test');
    await bench.owner`update users set role = 'admin' where user_id = ${admin.userId}`;
    const claiming = await bench.signedUp('operator@varloom.test', 'claiming');
    const cases: [Headers, number, string][] = [
      [{}, 401, 'unauthenticated'],
      [{ Origin: UI }, 401, 'unauthenticated'],
      [{ Authorization: 'Basic eDp5' }, 401, 'unauthenticated'],
      [{ Authorization: 'Bearer nonsense' }, 401, 'unauthenticated'],
      [{ Authorization: `Bearer vlst_${'x'.repeat(43)}` }, 401, 'unauthenticated'],
      [{ Authorization: `Bearer vlk_${'x'.repeat(43)}` }, 401, 'unauthenticated'],
      [{ Cookie: 'varloom_session=nonsense', Origin: UI }, 401, 'unauthenticated'],
      // Who rules over a laboratory does not rule over the installation.
      [await bench.withSession(admin), 403, 'forbidden'],
      [await withToken('x', 'admin@varloom.test'), 403, 'forbidden'],
      // Anybody may say of themselves that they are an operator.
      [await withToken('y', 'operator@varloom.test', { email_verified: undefined }), 403, 'forbidden'],
      [await withToken('y', 'operator@varloom.test', { email_verified: 'true' }), 403, 'forbidden'],
      [await withToken('y', 'operator@varloom.test', { email_verified: 'false' }), 401, 'unauthenticated'],
      [await withToken('y', 'operator@varloom.test', { email_verified: false }), 401, 'unauthenticated'],
      [await withToken('operator@varloom.test', 'admin@varloom.test'), 403, 'forbidden'],
      [await bench.withSession(claiming, { verifiedEmail: null }), 403, 'forbidden'],
      [await bench.withSession(claiming, { verifiedEmail: 'admin@varloom.test' }), 403, 'forbidden'],
      [await withToken('by-subject', 'x@y.test', { aud: 'http://elsewhere.test' }), 401, 'unauthenticated'],
      [await bench.withServiceToken('internal', ['operations:read']), 403, 'wrong_audience'],
      [await bench.withServiceToken('codec', []), 403, 'wrong_scope'],
    ];
    const before = (await entries()).length;
    for (const [headers, status, type] of cases) {
      expect(await typeOf(await decode(await encrypted(1), headers))).toEqual([status, type]);
    }
    expect((await entries()).length).toBe(before);
    const [unknown] = await bench.owner`select 1 from users where email = 'admin@varloom.test' and subject = 'x'`;
    expect(unknown).toBeUndefined();
  });
});

it('who sends wrong credentials again and again is refused without a look; who is known there goes on', async () => {
  const from = { 'X-Forwarded-For': '203.0.113.7' };
  const good = { ...(await bench.withServiceToken('codec', ['payloads:decode'])), ...from };
  const late = { ...(await bench.withServiceToken('codec', ['payloads:decode'])), ...from };
  const body = await encrypted(1);
  expect((await decode(body, good)).status).toBe(200);
  const statuses: number[] = [];
  // Should a minute begin meanwhile, it takes as many again.
  for (let n = 0; n < 2 * WRONG_CREDENTIALS_PER_MINUTE && statuses.at(-1) !== 429; n += 20) {
    const guesses = Array.from({ length: 20 }, (_, i) => ({ Authorization: `Bearer vlst_${n + i}`, ...from }));
    statuses.push(...(await Promise.all(guesses.map((guess) => decode(body, guess)))).map(({ status }) => status));
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]));
  expect(await typeOf(await decode(body, late))).toEqual([429, 'too_many_requests']);
  expect((await decode(body, good)).status).toBe(200);
  expect((await decode(body, { ...late, 'X-Forwarded-For': '203.0.113.8' })).status).toBe(200);
});

it('a head that is too large is refused', async () => {
  const answer = await decode(await encrypted(1), { 'X-Large': 'x'.repeat(17 * 1024) });
  expect(answer.status).toBe(431);
});

describe('the audit', () => {
  it('says who read how much of what, in the log of their organization, and never what it was', async () => {
    const operator = await bench.signedUp(OPERATOR.email, OPERATOR.subject);
    const headers = await bench.withSession(operator);
    const [old, mine] = [await encrypted('planted', 2), await bench.encryptedFor('review/1', 'planted', 2)];
    const told: [Headers, entity: string, unknown?][] = [
      [{ 'X-Namespace': 'lab' }, 'lab'],
      [{ 'X-Namespace': 'lab', 'X-Workflow-Id': 'review/7' }, 'review/7'],
      // Whatever the caller says, what is encrypted says whose it is.
      [{ 'X-Namespace': 'lab', 'X-Workflow-Id': 'review/7' }, 'review/1', mine],
      [{ 'X-Namespace': 'lab', 'X-Workflow-Id': 'Jane Doe <jane@doe.test>' }, 'lab'],
      [{ 'X-Namespace': 'Jane Doe' }, 'unknown'],
    ];
    for (const [extra, , body = old] of told) await decode(body, { ...headers, ...extra });
    for (const [i, entry] of (await entries()).slice(-told.length).entries()) {
      expect(entry).toMatchObject({ actor: `user:${operator.userId}`, organization_id: operator.organizationId });
      expect(entry.entity_id).toBe(told[i]?.[1]);
      const named_by = told[i]?.[2] === mine ? 'payloads' : 'caller';
      expect(entry.details).toMatchObject({ named_by, payloads: 2, requests: 1 });
      expect(JSON.stringify(entry)).not.toMatch(/planted|Jane/);
    }
  });

  it('counts every payload of many requests at once, in few entries', async () => {
    const operator = principalOf(await bench.signedUp('someone@else.test'));
    const headers = await withToken('crowd', 'someone@else.test');
    const before = (await entries()).length;
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => decode(await encrypted(1, 2), { ...headers, 'X-Namespace': 'lab' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 200));
    const made = (await entries()).slice(before);
    const sum = (field: string) => made.reduce((total, { details }) => total + Number(details[field]), 0);
    expect([sum('payloads'), sum('requests')]).toEqual([120, 60]);
    expect(made.length).toBeLessThan(60);
    expect(made.every(({ actor }) => actor !== `user:${operator.userId}`)).toBe(true);
  });

  it('records the programs of the operator for the installation', async () => {
    await decode(await encrypted(1), await bench.withServiceToken('codec', ['payloads:decode']));
    expect((await entries()).at(-1)).toMatchObject({
      actor: 'system:replay-tool',
      organization_id: '00000000-0000-0000-0000-000000000000',
    });
  });

  it('no entry, no answer', async () => {
    const headers = await bench.withServiceToken('codec', ['payloads:decode']);
    await bench.owner`alter table audit_log add constraint none check (action <> 'history.decoded') not valid`;
    try {
      const answer = await decode(await encrypted('planted-content'), headers);
      const text = await answer.text();
      expect(answer.status).toBe(500);
      expect(text).not.toContain(Buffer.from('"planted-content"').toString('base64'));
    } finally {
      await bench.owner`alter table audit_log drop constraint none`;
    }
  });
});

describe('what it answers', () => {
  let operator: Headers;
  beforeAll(async () => {
    operator = await bench.withServiceToken('codec', ['payloads:decode']);
  });

  it('encodes nothing', async () => {
    const plain = { payloads: [defaultPayloadConverter.toPayload({ signal: 'go' })] };
    const answer = await ask('/encode', PayloadsMessage.create(plain).toJSON(), operator);
    expect(await typeOf(answer)).toEqual([404, 'not_found']);
  });

  it('says no more than that it could not, when it could not', async () => {
    // JSON of the message.
    const { payloads } = (await encrypted(1)) as { payloads: { data: string }[] };
    for (const body of [{ payloads: [{ ...payloads[0], data: 'AAAA' }] }, { payloads: 'x' }, 'x', null]) {
      const answer = await decode(body, operator);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        {
          error: {
            type: 'bad_request',
            message: expect.stringContaining('These payloads cannot be decoded.') as unknown,
          },
        },
      ]);
    }
    const many = { payloads: Array.from({ length: 2_001 }, () => ({})) };
    expect(await typeOf(await decode(many, operator))).toEqual([400, 'bad_request']);
    const large = { payloads: [{ data: 'A'.repeat(8 * 1024 ** 2) }] };
    expect(await typeOf(await decode(large, operator))).toEqual([413, 'body_too_large']);
    expect(await typeOf(await ask('/elsewhere', {}, operator))).toEqual([404, 'not_found']);
  });

  it('lets the one UI read the answer, and no other page', async () => {
    const preflight = (origin: string) =>
      fetch(`${bench.address}/decode`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type,x-namespace,authorization',
        },
      });
    const allowed = await preflight(UI);
    expect(allowed.headers.get('Access-Control-Allow-Origin')).toBe(UI);
    expect(allowed.headers.get('Access-Control-Allow-Credentials')).toBe('true');
    expect(allowed.headers.get('Access-Control-Allow-Headers')).toContain('x-namespace');
    for (const origin of ['http://elsewhere.test', 'null', `${UI}.elsewhere.test`]) {
      expect((await preflight(origin)).headers.get('Access-Control-Allow-Origin')).toBeNull();
      const answer = await decode(await encrypted(1), { ...operator, Origin: origin });
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
    // The UI shows why it got nothing: it must be able to read that too.
    expect((await decode(await encrypted(1), { Origin: UI })).headers.get('Access-Control-Allow-Origin')).toBe(UI);
  });

  it('is alive, and ready', async () => {
    for (const path of ['/health', '/health/ready']) expect((await fetch(bench.address + path)).status).toBe(200);
  });

  it('bounds what one caller may ask, and not the others', async () => {
    const busy = await bench.withServiceToken('codec', ['payloads:decode']);
    const body = await encrypted(1);
    const statuses: number[] = [];
    // The program is known by its name, whichever token it uses.
    for (let i = 0; i < 10 && !statuses.includes(429); i += 1) {
      const answers = await Promise.all(Array.from({ length: 25 }, () => decode(body, busy)));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await decode(body, await withToken('by-subject', 'x@y.test'))).status).toBe(200);
  });
});

it('decodes nothing while there is no database, says so, and stops all the same', async () => {
  const { hostname, port } = new URL(bench.databaseUrl);
  const way = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => end.destroy());
    way.once('blocked', () => socket.destroy());
  });
  way.listen(0, '127.0.0.1');
  await once(way, 'listening');
  const url = new URL(bench.databaseUrl);
  const at = way.address();
  url.host = `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`;
  const server = await bench.start({ DATABASE_URL: url.href });
  const headers = await withToken('by-subject', 'x@y.test');
  expect((await decode(await encrypted(1), headers, server.address)).status).toBe(200);
  way.close();
  way.emit('blocked');
  expect(await typeOf(await decode(await encrypted(1), headers, server.address))).toEqual([503, 'unavailable']);
  expect((await fetch(`${server.address}/health/ready`)).status).toBe(503);
  expect((await fetch(`${server.address}/health`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
});
