// Members of a laboratory: who may change them, that it counts at once, and who cannot be moved.

import { randomUUID } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeys, auditLog, users } from '../../db/schema/index.ts';
import { member, organization } from '../../domain/http.ts';
import { ROLES, system } from '../../domain/principal.ts';
import { startTestGateway, type Call, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';
import { addReference, completed, uploaded } from '../../tests/support/gateway-steps.ts';

let gateway: TestGateway;
let foreign: TestUser;
const asSystem = system('test');

beforeAll(async () => {
  gateway = await startTestGateway();
  await addReference(gateway, 'demo');
  foreign = await gateway.user({ role: 'admin', laboratory: 'Foreign' });
});
afterAll(() => gateway.close());

/** A new laboratory with one member of the role, and its administrator. */
async function laboratory() {
  const name = `Laboratory ${randomUUID()}`;
  const admin = await gateway.user({ role: 'admin', laboratory: name });
  const other = await gateway.user({ role: 'member', laboratory: name, name: 'A member' });
  return { name, admin, other };
}
const setRole = (who: TestUser, whom: TestUser, role: string) =>
  who.token('PUT', `/organization/members/${whom.user.userId}`, { body: { role } });
const add = (who: TestUser, email: string) => who.token('POST', '/organization/members', { body: { email } });
const remove = (who: TestUser, whom: TestUser) => who.token('DELETE', `/organization/members/${whom.user.userId}`);
const endSessions = (who: TestUser, whom: TestUser) =>
  who.token('DELETE', `/organization/members/${whom.user.userId}/sessions`);
/** A token of a second after now: tokens say whole seconds. */
const tokenOf = async ({ user }: TestUser, claims: Record<string, unknown> = {}): Promise<Call> => {
  const iat = Math.floor(Date.now() / 1000) + 1;
  const said = { sub: user.subject, email: user.email, aud: gateway.settings.OIDC_AUDIENCE, iat, ...claims };
  return gateway.caller({ Authorization: `Bearer ${await gateway.issuer.sign(said)}` });
};
const membersOf = async (who: Pick<TestUser, 'token'>) => {
  const { code: _code, status: _status, ...body } = (await who.token('GET', '/organization')).body;
  return organization.strict().parse(body);
};
const auditOf = (organizationId: string, about: TestUser) =>
  gateway.database.write(asSystem, (tx) =>
    tx
      .select({ action: auditLog.action, actor: auditLog.actor, details: auditLog.details })
      .from(auditLog)
      .where(and(eq(auditLog.organizationId, organizationId), eq(auditLog.entityId, about.user.userId)))
      .orderBy(asc(auditLog.sequence)),
  );

describe('an organization', () => {
  it('shows its members to each of them, and nobody of others', async () => {
    const { name, admin, other } = await laboratory();
    for (const who of [admin, other]) {
      const shown = await membersOf(who);
      expect(shown).toMatchObject({ organization_id: admin.user.organizationId, name, kind: 'laboratory' });
      expect(shown.members).toEqual(
        [admin, other].map(({ user: { userId, email, name: called, role } }) => ({
          user_id: userId,
          email,
          name: called,
          role,
        })),
      );
    }
  });

  it('is a personal one for who is in no laboratory', async () => {
    const alone = await gateway.user();
    expect(await membersOf(alone)).toMatchObject({ kind: 'personal', members: [{ user_id: alone.user.userId }] });
  });
});

describe('changing members', () => {
  it.for(ROLES.filter((role) => role !== 'admin'))('is not for the role %s', async (role) => {
    const { name, other } = await laboratory();
    const who = await gateway.user({ role, laboratory: name });
    for (const answer of [
      await setRole(who, other, 'admin'),
      await add(who, 'a@varloom.test'),
      await endSessions(who, other),
      await remove(who, other),
    ]) {
      expect(answer).toMatchObject({ status: 403, error: { type: 'forbidden' } });
      expect(answer.error?.message).toContain('admin');
    }
    expect((await membersOf(other)).members).toHaveLength(3);
  });

  it('is not for somebody on their own, whatever role their row has', async () => {
    const alone = await gateway.user();
    await gateway.database.write(asSystem, (tx) =>
      tx.update(users).set({ role: 'admin' }).where(eq(users.userId, alone.user.userId)),
    );
    expect(await setRole(alone, alone, 'director')).toMatchObject({ status: 403, error: { type: 'forbidden' } });
  });

  it('reaches nobody of another organization', async () => {
    const { other } = await laboratory();
    for (const answer of [
      await setRole(foreign, other, 'admin'),
      await endSessions(foreign, other),
      await remove(foreign, other),
    ]) {
      expect(answer).toMatchObject({ status: 404, error: { type: 'not_found' } });
    }
    expect((await remove(foreign, { ...other, user: { ...other.user, userId: randomUUID() } })).status).toBe(404);
    expect((await foreign.token('DELETE', '/organization/members/x')).status).toBe(404);
    expect((await add(foreign, other.user.email)).error?.type).toBe('member_not_movable');
  });

  it('is not for an API key, and nobody', async () => {
    const { admin } = await laboratory();
    expect((await (await admin.withKey())('GET', '/organization')).status).toBe(403);
    expect((await gateway.anyone('GET', '/organization')).status).toBe(401);
  });

  it.for([{ role: 'owner' }, {}, { role: 'member', plan: 'premium' }])('refuses the role %o', async (body) => {
    const { admin, other } = await laboratory();
    const answer = await admin.token('PUT', `/organization/members/${other.user.userId}`, { body });
    expect(answer).toMatchObject({ status: 422, error: { type: 'invalid_request' } });
  });
});

describe('a role', () => {
  it('counts from the next request on, given or taken, by session and by token', async () => {
    const { admin, other } = await laboratory();
    const job = await completed(gateway, admin.token);
    const body = { barcode: 'B1', job_id: job, patient: { name: 'A patient' } };
    const id = String((await admin.token('POST', '/samples', { body })).body['sample_id']);
    const seen = async () =>
      Promise.all(
        [other.session, other.token].map(async (call) => (await call('GET', `/samples/${id}`)).body['patient']),
      );
    expect(await seen()).toEqual([undefined, undefined]);
    const given = await setRole(admin, other, 'licensed');
    expect(given.status).toBe(200);
    expect(given.body).toMatchObject({ user_id: other.user.userId, role: 'licensed' });
    expect(await seen()).toEqual([{ name: 'A patient' }, { name: 'A patient' }]);
    expect((await setRole(admin, other, 'member')).status).toBe(200);
    expect(await seen()).toEqual([undefined, undefined]);
    const changes = (await auditOf(admin.user.organizationId, other)).filter(
      ({ action }) => action === 'user.role_changed',
    );
    const actor = `user:${admin.user.userId}`;
    expect(changes).toEqual([
      { action: 'user.role_changed', actor, details: { from: 'member', to: 'licensed' } },
      { action: 'user.role_changed', actor, details: { from: 'licensed', to: 'member' } },
    ]);
  });

  it('of the last administrator stays, however it is tried', async () => {
    const { admin, other } = await laboratory();
    for (const answer of [await setRole(admin, admin, 'member'), await remove(admin, admin)]) {
      expect(answer).toMatchObject({ status: 409, error: { type: 'last_admin' } });
    }
    await setRole(admin, other, 'admin');
    // Each takes the other's role at the same moment: one of them stays.
    const answers = await Promise.all([setRole(admin, other, 'member'), setRole(other, admin, 'member')]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const { members } = await membersOf(admin);
    expect(members.filter(({ role }) => role === 'admin')).toHaveLength(1);
  });
});

it('the sessions, tokens and API keys of a member are ended at once, and nobody else’s', async () => {
  const { admin, other } = await laboratory();
  const [key, adminKey] = [await other.withKey(), await admin.withKey()];
  expect((await endSessions(admin, other)).status).toBe(200);
  for (const call of [other.session, other.token, key]) {
    expect((await call('GET', '/me')).error?.type).toBe('unauthenticated');
  }
  for (const call of [admin.session, admin.token, adminKey]) expect((await call('GET', '/me')).status).toBe(200);
  expect((await membersOf(admin)).members).toHaveLength(2);
  expect((await auditOf(admin.user.organizationId, other)).at(-1)).toEqual({
    action: 'session.revoked',
    actor: `user:${admin.user.userId}`,
    details: { sessions: 1, api_keys_revoked: 1 },
  });
});

it('who signs in after their sessions were ended acts again, but signs only when the issuer has asked them again', async () => {
  const { admin, other } = await laboratory();
  await endSessions(admin, other);
  const again = await tokenOf(other);
  expect((await again('GET', '/me')).status).toBe(200);
  const now = Math.floor(Date.now() / 1000);
  const anywhere = `/deliveries/${randomUUID()}/samples/${randomUUID()}/decisions`;
  const body = { level: 'technical', decision: 'accept', result_checksum: '0'.repeat(64) };
  const sign = async (auth_time: number) => (await tokenOf(other, { auth_time }))('POST', anywhere, { body });
  expect(await sign(now - 5)).toMatchObject({ status: 401, error: { type: 'sign_in_again' } });
  expect((await sign(now + 1)).status).toBe(404);
});

describe('a new member', () => {
  it('comes by e-mail address, with their sessions, and without their API keys', async () => {
    const { admin } = await laboratory();
    const joining = await gateway.user({ email: `Joining.${randomUUID()}@varloom.test` });
    const key = await joining.withKey();
    const answer = await add(admin, joining.user.email.toUpperCase());
    expect(answer.status).toBe(201);
    const { code: _code, status: _status, ...added } = answer.body;
    expect(member.strict().parse(added)).toMatchObject({ user_id: joining.user.userId, role: 'member' });
    expect((await joining.session('GET', '/organization')).body['organization_id']).toBe(admin.user.organizationId);
    expect((await key('GET', '/me')).status).toBe(401);
    const actor = `user:${admin.user.userId}`;
    expect(await auditOf(admin.user.organizationId, joining)).toEqual([
      { action: 'user.joined', actor, details: { role: 'member' } },
    ]);
    expect((await auditOf(joining.user.organizationId, joining)).at(-1)).toEqual({
      action: 'user.left',
      actor,
      details: { role: 'member', api_keys_revoked: 1 },
    });
    // Again, and nothing changes.
    expect((await add(admin, joining.user.email)).status).toBe(201);
    expect(await auditOf(admin.user.organizationId, joining)).toHaveLength(1);
  });

  it('has signed in before', async () => {
    const { admin } = await laboratory();
    expect(await add(admin, 'nobody@varloom.test')).toMatchObject({ status: 404, error: { type: 'not_found' } });
    expect((await add(admin, 'no address')).status).toBe(422);
  });

  it('owns nothing, is of no laboratory, and is the only one of the address', async () => {
    const { admin } = await laboratory();
    const owning = await gateway.user();
    await uploaded(owning.token);
    const twice = { email: `twice.${randomUUID()}@varloom.test` };
    await Promise.all([gateway.user(twice), gateway.user(twice)]);
    for (const email of [owning.user.email, foreign.user.email, twice.email]) {
      expect(await add(admin, email)).toMatchObject({ status: 409, error: { type: 'member_not_movable' } });
    }
    expect((await membersOf(admin)).members).toHaveLength(2);
  });
});

describe('a member who is taken out', () => {
  it('has neither session nor API key at once, and what they made stays', async () => {
    const { admin, other } = await laboratory();
    const key = await other.withKey();
    const job = await completed(gateway, other.token);
    expect((await remove(admin, other)).status).toBe(200);
    expect((await other.session('GET', '/me')).status).toBe(401);
    expect((await key('GET', '/me')).status).toBe(401);
    expect((await other.token('GET', '/me')).status).toBe(401);
    // A new access token says who they are, and that they are not of the laboratory any more.
    const token = await tokenOf(other);
    expect(await membersOf({ token })).toMatchObject({ kind: 'personal', members: [{ role: 'member' }] });
    expect((await token('GET', `/annotations/${job}`)).status).toBe(404);
    expect((await admin.token('POST', '/samples', { body: { barcode: 'B', job_id: job } })).status).toBe(201);
    expect((await membersOf(admin)).members).toHaveLength(1);
    const [row] = await gateway.database.write(asSystem, (tx) =>
      tx.select().from(apiKeys).where(eq(apiKeys.userId, other.user.userId)),
    );
    expect(row?.revokedAt).toBeInstanceOf(Date);
    expect((await auditOf(admin.user.organizationId, other)).at(-1)).toEqual({
      action: 'user.left',
      actor: `user:${admin.user.userId}`,
      details: { role: 'member', api_keys_revoked: 1 },
    });
  });

  it('can come back', async () => {
    const { admin, other } = await laboratory();
    await remove(admin, other);
    expect((await add(admin, other.user.email)).status).toBe(201);
    expect(await membersOf({ token: await tokenOf(other) })).toMatchObject({
      organization_id: admin.user.organizationId,
    });
  });

  it('changes nothing any more, even with a request that was on its way', async () => {
    const { admin, other } = await laboratory();
    await setRole(admin, other, 'admin');
    const [removed, changed] = await Promise.all([remove(admin, other), setRole(other, admin, 'member')]);
    const { members } = await membersOf(removed.status === 200 ? admin : other);
    expect(members.filter(({ role }) => role === 'admin')).toHaveLength(1);
    expect([removed.status, changed.status].filter((status) => status === 200)).toHaveLength(1);
  });
});
