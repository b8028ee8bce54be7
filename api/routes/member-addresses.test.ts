// Members are found by their e-mail address: only by one that the sign-in service has verified.

import { randomUUID } from 'node:crypto';
import { and, asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLog } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import { startTestGateway, type Call, type TestGateway, type TestUser } from '../../tests/support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const add = (who: TestUser, email: string) => who.token('POST', '/organization/members', { body: { email } });
const tokenOf = async ({ user }: TestUser, claims: Record<string, unknown>): Promise<Call> => {
  const said = { sub: user.subject, aud: gateway.settings.OIDC_AUDIENCE, ...claims };
  return gateway.caller({ Authorization: `Bearer ${await gateway.issuer.sign(said)}` });
};
/** In the organization that they were in first. */
const auditOf = ({ user }: TestUser) =>
  gateway.database.write(system('test'), (tx) =>
    tx
      .select({ action: auditLog.action })
      .from(auditLog)
      .where(and(eq(auditLog.organizationId, user.organizationId), eq(auditLog.entityId, user.userId)))
      .orderBy(asc(auditLog.sequence)),
  );

it('a new member is who the issuer says has the address, and nobody who only says so', async () => {
  const admin = await gateway.user({ role: 'admin' });
  const email = `wanted.${randomUUID()}@varloom.test`;
  const stranger = await gateway.user({ email, isEmailVerified: false });
  const refused = await add(admin, email);
  expect(refused).toMatchObject({ status: 409, error: { type: 'member_unverified' } });
  expect((await stranger.token('GET', '/organization')).body['kind']).toBe('personal');
  const meant = await gateway.user({ email });
  expect((await add(admin, email)).body['user_id']).toBe(meant.user.userId);
  expect((await stranger.token('GET', '/organization')).body['kind']).toBe('personal');
  // Whose address was verified, and who now says another one.
  const changed = await gateway.user();
  const other = `other.${randomUUID()}@varloom.test`;
  expect((await (await tokenOf(changed, { email: other }))('GET', '/me')).status).toBe(200);
  for (const address of [other, changed.user.email]) {
    expect((await add(admin, address)).error?.type).toBe(address === other ? 'member_unverified' : 'not_found');
  }
  // The next sign-in says it; one that says nothing of it takes nothing back.
  for (const claims of [{ email_verified: true }, {}]) {
    expect((await (await tokenOf(changed, { email: other, ...claims }))('GET', '/me')).status).toBe(200);
  }
  expect((await add(admin, other)).status).toBe(201);
  expect((await auditOf(changed)).map(({ action }) => action)).toEqual([
    'user.registered',
    'session.opened',
    'user.email_changed',
    'user.email_verified',
    'user.left',
  ]);
});
