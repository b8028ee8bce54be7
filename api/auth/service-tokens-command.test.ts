// The command that makes, lists and revokes the tokens of the operator's own programs.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { INSTALLATION } from '../../db/references.ts';
import { auditLog } from '../../db/schema/index.ts';
import { useServiceToken } from '../../db/service-tokens.ts';
import { system } from '../../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../../tests/support/own-database.ts';
import { hashOf } from './hash.ts';

let own: OwnDatabase;
beforeAll(async () => {
  own = await ownDatabase();
});
afterAll(() => own?.close());

/** Answers what it printed; rejects, with what it printed, when it fails. */
const command = async (...args: string[]) => {
  const env = { ...process.env, DATABASE_URL: own.url };
  return (await promisify(execFile)(process.execPath, ['api/auth/issue-service-token.ts', ...args], { env })).stdout;
};
const isTaken = async (token: string) => (await useServiceToken(own.database, hashOf(token))) !== undefined;

it('makes a token, shows it without its secret, and ends it at once, all of which is recorded', async () => {
  const [secret, kept] = [
    (await command('--audience', 'internal', '--caller', 'dashboard', '--days', '30')).trim(),
    (await command('--audience', 'codec', '--caller', 'replay-tool')).trim(),
  ];
  expect(await isTaken(secret)).toBe(true);
  const listed = await command('list');
  expect(listed).not.toContain(secret);
  const lines = listed.trim().split('\n');
  const line = (lines.find((text) => text.includes('dashboard')) ?? '').split('\t');
  const [id = ''] = line;
  expect(lines).toHaveLength(2);
  expect(line).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    'internal',
    'dashboard',
    'operations:read',
    expect.stringMatching(/^.{4,20}…$/),
    expect.stringMatching(/^expires 20\d\d-/),
    expect.stringMatching(/^last used 20\d\d-/),
  ]);

  expect(await command('revoke', id)).toBe(`${id} is revoked\n`);
  expect([await isTaken(secret), await isTaken(kept)]).toEqual([false, true]);
  expect(await command('list')).not.toContain(id);
  await expect(command('revoke', id)).rejects.toThrow('There is no such token');
  await expect(command('revoke', randomUUID())).rejects.toThrow('There is no such token');

  const recorded = await own.database.write(system('test'), (tx) =>
    tx
      .select({
        entityId: auditLog.entityId,
        action: auditLog.action,
        actor: auditLog.actor,
        details: auditLog.details,
      })
      .from(auditLog)
      .where(eq(auditLog.organizationId, INSTALLATION))
      .orderBy(asc(auditLog.sequence)),
  );
  const about = { caller: 'dashboard', audience: 'internal' };
  const actor = 'system:token-cli';
  const expires_at = expect.any(String) as string;
  expect(recorded.filter(({ entityId }) => entityId === id)).toEqual([
    {
      entityId: id,
      actor,
      action: 'service_token.created',
      details: { ...about, scopes: ['operations:read'], expires_at },
    },
    { entityId: id, actor, action: 'service_token.revoked', details: about },
  ]);
  expect(JSON.stringify(recorded)).not.toContain(secret);
});

it.for<[string[], string]>([
  [['revoke'], 'needs the id'],
  [['revoke', 'x'], 'needs the id'],
  [['lists'], 'is no command'],
  [['list', '--caller', 'x'], 'takes no options'],
  [['--audience', 'partner', '--caller', 'x'], '--audience is internal or codec'],
])('says what is wrong with %j', async ([args, reason]) => {
  await expect(command(...args)).rejects.toThrow(new RegExp(`${reason}[^]*usage: `));
});
