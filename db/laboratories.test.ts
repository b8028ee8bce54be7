// Founding a laboratory, and the command that does it.

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import type { Database } from './client.ts';
import { registerUser, type User } from './identity.ts';
import { ensureLaboratory, joinLaboratory } from './laboratories.ts';
import { auditLog, organizations, partners, users } from './schema/index.ts';

let own: OwnDatabase;
let database: Database;
const asSystem = system('test');
beforeAll(async () => {
  own = await ownDatabase();
  ({ database } = own);
});
afterAll(() => own.close());

const register = (isEmailVerified = true) => {
  const subject = randomUUID();
  const email = `${subject}@varloom.test`;
  return registerUser(database, { issuer: 'http://issuer.test', subject, email, isEmailVerified });
};
const ofOrganization = async ({ userId }: User) => {
  const [row] = await database.write(asSystem, (tx) =>
    tx
      .select({ name: organizations.name, kind: organizations.kind, role: users.role })
      .from(users)
      .innerJoin(organizations, eq(organizations.organizationId, users.organizationId))
      .where(eq(users.userId, userId)),
  );
  return row;
};
const owning = async (user: User) => {
  const row = { partnerId: randomUUID(), organizationId: user.organizationId, name: 'P' };
  await database.write(asSystem, (tx) => tx.insert(partners).values(row));
  return user;
};
/** Answers what it printed; rejects, with what it printed, when it fails. */
const command = async (...args: string[]) => {
  const env = { ...process.env, DATABASE_URL: own.url };
  return (await promisify(execFile)(process.execPath, ['db/found-laboratory.ts', ...args], { env })).stdout;
};

it('is the same laboratory each time, also when two make it at once', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => ensureLaboratory(database, asSystem, 'One')));
  expect(new Set(ids).size).toBe(1);
  expect(await ensureLaboratory(database, asSystem, 'Another')).not.toBe(ids[0]);
});

it('is joined by who owns nothing, and keeps who has joined', async () => {
  const organizationId = await ensureLaboratory(database, asSystem, 'Joined');
  const to = { organizationId, role: 'technical' } as const;
  const [free, bound] = [await register(), await owning(await register())];
  expect(await joinLaboratory(database, asSystem, free.userId, to)).toBe(true);
  expect(await joinLaboratory(database, asSystem, free.userId, { ...to, role: 'member' })).toBe(true);
  expect(await ofOrganization(free)).toEqual({ name: 'Joined', kind: 'laboratory', role: 'technical' });
  expect(await joinLaboratory(database, asSystem, bound.userId, to)).toBe(false);
  expect(await ofOrganization(bound)).toEqual({ name: 'Personal', kind: 'personal', role: 'member' });
});

it('is founded with its administrator by a command, which may be repeated', async () => {
  const founder = await register();
  for (const _ of [1, 2]) {
    expect(await command('Founded', founder.email)).toBe(`${founder.email} is an administrator of Founded\n`);
  }
  expect(await ofOrganization(founder)).toEqual({ name: 'Founded', kind: 'laboratory', role: 'admin' });
  const entries = await database.write(asSystem, (tx) =>
    tx.select({ action: auditLog.action }).from(auditLog).where(eq(auditLog.actor, 'system:laboratory-cli')),
  );
  expect(entries.map(({ action }) => action).toSorted()).toEqual(['organization.created', 'user.joined', 'user.left']);
  await database.write(asSystem, (tx) =>
    tx.update(users).set({ role: 'member' }).where(eq(users.userId, founder.userId)),
  );
  await command('Founded', founder.email);
  expect(await ofOrganization(founder)).toMatchObject({ role: 'admin' });
});

it('says why it is not founded, and leaves nothing behind', async () => {
  const bound = await owning(await register());
  await expect(command('Unfounded', bound.email)).rejects.toThrow('cannot become a member');
  const unverified = await register(false);
  await expect(command('Unfounded', unverified.email)).rejects.toThrow('has not said that it is theirs. Ask them');
  await expect(command('Unfounded', 'nobody@varloom.test')).rejects.toThrow('Nobody with this e-mail address');
  await expect(command('Unfounded')).rejects.toThrow('usage: ');
  const names = await database.write(asSystem, (tx) => tx.select({ name: organizations.name }).from(organizations));
  expect(names).not.toContainEqual({ name: 'Unfounded' });
});
