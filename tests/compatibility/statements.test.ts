// A process of any release works on the schema of today: every statement that it issues is understood as it was then.
// `npm run statements:record` records those of the version in package.json.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { APPLICATION_ROLE } from '../../db/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/services.ts';
import { recordRelease, recordedReleases } from './release.ts';
import { describe, readRecord, recordOf, reviewable, troublesOf, type Described } from './statements.ts';

let own: TestDatabase;
let app: postgres.Sql;
beforeAll(async () => {
  own = await createTestDatabase();
  app = postgres(own.url, { max: 1, onnotice: () => {}, connection: { role: APPLICATION_ROLE } });
  const heard = process.env['VARLOOM_HEARD'];
  if (heard) recordRelease('statements', '.sql', await recordFrom(heard));
});
afterAll(async () => {
  await app.end();
  await own.drop();
});

async function recordFrom(directory: string): Promise<string> {
  const texts = readdirSync(directory).flatMap((name) =>
    z.array(z.string()).parse(JSON.parse(readFileSync(join(directory, name), 'utf8'))),
  );
  const described: Described[] = [];
  for (const statement of reviewable(texts)) {
    // Tests send some that are refused on purpose.
    const one = await describe(app, statement).catch(() => undefined);
    if (one) described.push(one);
  }
  return recordOf(described);
}

const recorded = () =>
  recordedReleases('statements', '.sql').map(({ release, text }) => ({ release, statements: readRecord(text) }));

it('every statement of every release is understood as it was', async () => {
  const releases = recorded();
  expect(releases).not.toEqual([]);
  const short = releases.filter(({ statements }) => statements.length < 100);
  expect(short).toEqual([]);
  for (const { release, statements } of releases) {
    expect({ release, troubles: await troublesOf(app, statements) }).toEqual({ release, troubles: [] });
  }
});

it.for([
  ['a dropped column', 'alter table jobs drop column genome', /"?genome"? does not exist/],
  ['a renamed column', 'alter table jobs rename column genome to reference', /"?genome"? does not exist/],
  ['a renamed table', 'alter table jobs rename to annotations', /"jobs" does not exist/],
  ['another type', 'alter table jobs alter column traceparent type bytea using null', /traceparent bytea/],
  ['a required column without a default', 'alter table jobs add column lane text not null', /leaves out lane$/],
] as const)('%s is caught', async ([, change, trouble]) => {
  const statements = recorded().flatMap((release) => release.statements);
  const about = statements.filter(({ statement }) => /\bjobs\b/.test(statement));
  const changed = await createTestDatabase();
  const changedOwner = postgres(changed.ownerUrl, { max: 1, onnotice: () => {} });
  const changedApp = postgres(changed.url, { max: 1, onnotice: () => {}, connection: { role: APPLICATION_ROLE } });
  try {
    await changedOwner.unsafe(change);
    const troubles = await troublesOf(changedApp, about);
    expect(troubles.some((one) => trouble.test(one))).toBe(true);
  } finally {
    await Promise.all([changedOwner.end(), changedApp.end()]);
    await changed.drop();
  }
});

it('takes lists of any length for one statement, and leaves out what has a value in it', () => {
  expect(
    reviewable([
      'select a from t where b in ($1, $2, $3)',
      'select a from t where b in ($1, $2)',
      'select a\n  from t where b in ($1, $2, $3, $4)',
      'insert into t (a, b) values ($1, $2), ($3, $4)',
      'insert into t (a, b) values ($1, $2)',
      "select a from t where b = '6a1c1c9e-0000-4000-8000-000000000000'",
    ]),
  ).toEqual(['insert into t (a, b) values ($1, $2)', 'select a from t where b in ($1, $2)']);
});
