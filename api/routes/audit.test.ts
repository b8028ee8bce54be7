// The audit log over the API: for administrators of the organization only, newest first, filtered, by pages or as CSV.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOfEntry } from '../../db/audit/entry-hash.ts';
import { recordChange } from '../../db/changes.ts';
import { ROLES, system } from '../../domain/principal.ts';
import { startTestGateway, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';

interface Entry {
  seq: number;
  at: string;
  actor: string;
  action: string;
  entity: string;
  entity_id: string;
  details: Record<string, unknown>;
  hash: string;
}

let gateway: TestGateway;
let admin: TestUser;
let stranger: TestUser;
beforeAll(async () => {
  gateway = await startTestGateway();
  admin = await gateway.user({ role: 'admin' });
  stranger = await gateway.user({ role: 'admin' });
  for (const user of [admin, stranger]) await recordSome(user, 120);
});
afterAll(() => gateway.close());

async function recordSome(user: TestUser, entries: number) {
  await gateway.database.write(system('test'), async (tx) => {
    for (let i = 0; i < entries; i += 1) {
      const [entity, actor] = [
        i % 3 === 0 ? 'sample' : 'delivery',
        i % 2 === 0 ? user.principal : system('test'),
      ] as const;
      const details = { i, formula: '=1+1', quote: 'a "b", c' };
      const change = { entity, entityId: `id-${i}`, action: `${entity}.created`, details } as const;
      await recordChange(tx, actor, { ...change, organizationId: user.principal.organizationId });
    }
  });
}

const read = async (query = '', user = admin) => {
  const answer = await user.token('GET', `/audit${query}`);
  expect([answer.status, answer.error]).toEqual([200, undefined]);
  // The fields that matter are asserted by the tests.
  return answer.body as { entries: Entry[]; next: string | null };
};
const readAll = async (query = '', limit = 50) => {
  const entries: Entry[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await read(`?limit=${limit}${cursor && `&cursor=${cursor}`}${query && `&${query}`}`);
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    entries.push(...page.entries);
    cursor = page.next;
  }
  return entries;
};
const csv = async (query = '') => {
  const response = await gateway.app.request(`/audit?format=csv${query}`, { headers: admin.headers.token });
  return { response, text: await response.text() };
};

describe('who may read it', () => {
  it.for(ROLES)('role %s: an administrator may, nobody else', async (role) => {
    const user = await gateway.user({ role });
    for (const query of ['', '?format=csv']) {
      for (const call of [user.session, user.token]) {
        const answer = await call('GET', `/audit${query}`);
        expect([answer.status, answer.error?.type]).toEqual(role === 'admin' ? [200, undefined] : [403, 'forbidden']);
      }
    }
  });

  it('nobody who is not signed in, and no program with an API key', async () => {
    expect((await gateway.anyone('GET', '/audit')).status).toBe(401);
    const key = await admin.withKey();
    expect((await key('GET', '/audit')).error?.type).toBe('forbidden');
  });

  it('shows an administrator their own organization, whatever is asked for', async () => {
    const foreign = await gateway.database.read(stranger.principal, (tx) => tx.query.auditLog.findMany());
    const theirs = new Set(foreign.map(({ hash }) => hash));
    expect(theirs.size).toBeGreaterThan(120);
    const seen = await readAll();
    expect(seen.filter(({ hash }) => theirs.has(hash))).toEqual([]);
    expect((await csv()).text).not.toContain(stranger.user.userId);
    expect((await read(`?actor=user:${stranger.user.userId}`)).entries).toEqual([]);
  });
});

describe('the list', () => {
  it('is newest first, whole, and without repetition over its pages', async () => {
    const page = (await read()).entries;
    const entries = await readAll('', 7);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from(entries, (_, i) => entries.length - i));
    expect(entries.at(-1)?.seq).toBe(1);
    // Reading was recorded meanwhile.
    expect(page).toEqual(entries.filter(({ seq }) => seq <= (page[0]?.seq ?? 0)).slice(0, 50));
  });

  it('is not moved by what is recorded while it is read', async () => {
    const first = await read('?limit=10');
    await recordSome(admin, 3);
    const second = await read(`?limit=10&cursor=${first.next}`);
    expect(second.entries[0]?.seq).toBe((first.entries.at(-1)?.seq ?? 0) - 1);
  });

  it('is filtered by entity, one entity, actor and time, together too', async () => {
    const all = await readAll();
    const samples = await readAll('entity=sample');
    expect(samples).toEqual(all.filter(({ entity }) => entity === 'sample'));
    expect(samples.length).toBeGreaterThan(39);
    expect(await readAll('entity=sample/id-3')).toEqual(samples.filter(({ entity_id }) => entity_id === 'id-3'));
    expect(await readAll('entity=delivery/id-3')).toEqual([]);
    const actor = `user:${admin.user.userId}`;
    const mine = all.filter((entry) => entry.actor === actor && entry.entity === 'sample');
    expect(await readAll(`actor=${encodeURIComponent(actor)}&entity=sample`, 5)).toEqual(mine);
    const [from, to] = [all[100]?.at ?? '', all[40]?.at ?? ''];
    const between = all.filter(({ at }) => at >= from && at < to);
    expect(between.length).toBeGreaterThan(0);
    expect(await readAll(`from=${from}&to=${to}`, 9)).toEqual(between);
    const untilThen = `to=${all[0]?.at}`;
    expect(await readAll(`${untilThen}&from=${encodeURIComponent(from.replace(/\d{3}Z$/, '+00:00'))}`)).toEqual(
      await readAll(`${untilThen}&from=${from.replace(/\d{3}Z$/, 'Z')}`),
    );
    expect(await readAll('from=2999-01-01T00:00:00Z')).toEqual([]);
  });

  it.for([
    'limit=0',
    'limit=201',
    'cursor=nonsense',
    'from=yesterday',
    'from=0000-01-01T00:00:00Z',
    'to=2026-02-30T00:00:00Z',
    'format=xml',
    'entity=',
    'actor=%00',
    'other=1',
  ])('refuses %s', async (query) => {
    const answer = await admin.token('GET', `/audit?${query}`);
    expect([answer.status, answer.error?.type]).toEqual([422, 'invalid_request']);
  });
});

describe('who has read it', () => {
  it('is in it: each request once, with what was asked for', async () => {
    await read('?entity=sample&limit=3');
    await csv('&actor=nobody');
    const actor = `user:${admin.user.userId}`;
    const { entries } = await read('?entity=audit_log&limit=2');
    expect(entries).toMatchObject([
      { action: 'audit_log.exported', actor, details: { actor: 'nobody' } },
      { action: 'audit_log.read', actor, details: { entity: 'sample' } },
    ]);
  });

  it('is not who was refused', async () => {
    const before = (await read('?entity=audit_log&limit=1')).entries[0]?.seq ?? 0;
    await admin.token('GET', '/audit?limit=0');
    await admin.token('GET', '/audit?cursor=nonsense');
    const { entries } = await read(`?entity=audit_log&limit=2`);
    expect(entries.map(({ seq }) => seq)).toEqual([before + 1, before]);
  });
});

describe('as CSV', () => {
  /** RFC 4180, as simply as it can be read. */
  const parse = (text: string) =>
    text
      .split('\r\n')
      .slice(0, -1)
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
          quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
        ),
      );

  it('has every entry that matches, as a file', async () => {
    const { response, text } = await csv('&entity=sample');
    expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.get('Content-Disposition')).toBe('attachment; filename="audit.csv"');
    const [header, ...rows] = parse(text);
    expect(header).toEqual(['seq', 'at', 'actor', 'action', 'entity', 'entity_id', 'details', 'prev_hash', 'hash']);
    const listed = await readAll('entity=sample');
    expect(rows.map(([seq, , , , , , details, , hash]) => [seq, JSON.parse(details ?? ''), hash])).toEqual(
      listed.map(({ seq, details, hash }) => [String(seq), details, hash]),
    );
    expect((await csv('&limit=2')).text.split('\r\n')).toHaveLength(4);
    expect((await csv('&actor=nobody')).text).toBe(`${header?.join(',')}\r\n`);
  });

  it('is streamed beyond one page of the database, and lets its reader compute every hash anew', async () => {
    await recordSome(admin, 2_300);
    const [, ...rows] = parse((await csv()).text);
    expect(rows.length).toBeGreaterThan(2_400);
    const { organizationId } = admin.principal;
    const oldestFirst = rows.toReversed();
    let hash = oldestFirst[0]?.[7];
    for (const row of oldestFirst) {
      const [seq = '', at = '', actor = '', action = '', entity = '', entityId = '', details = '', prevHash = ''] = row;
      expect(prevHash).toBe(hash);
      hash = hashOfEntry({ prevHash, organizationId, seq, at, actor, action, entity, entityId, details });
      expect(hash).toBe(row[8]);
    }
  });

  it('answers an error as an error, not as half a file', async () => {
    const { response } = await csv('&cursor=nonsense');
    expect([response.status, response.headers.get('Content-Type')]).toEqual([422, 'application/json']);
  });

  it('stops when its reader leaves', async () => {
    const response = await gateway.app.request('/audit?format=csv', { headers: admin.headers.token });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
    expect((await read('?limit=1')).entries).toHaveLength(1);
  });
});
