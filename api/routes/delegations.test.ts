// While a reviewer is away: who decides in their stead, for how long, and what the signature then says.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, inArray } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLog } from '../../db/schema/index.ts';
import { system } from '../../domain/principal.ts';
import type { TestUser } from '../../tests/support/gateway.ts';
import {
  decide,
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../../tests/support/reviewing-gateway.ts';

let gateway: ReviewingGateway;
let laboratory: Laboratory;
beforeAll(async () => {
  gateway = await startReviewingGateway('delegations');
  laboratory = await gateway.laboratory();
});
afterAll(() => gateway?.close());

const at = (offsetSeconds: number) => new Date(Date.now() + offsetSeconds * 1000).toISOString();
const delegate = (from: TestUser, to: TestUser, [starts, ends]: [number, number] = [-10, 3600]) =>
  from.session('POST', '/delegations', {
    body: { delegate_id: to.user.userId, starts_at: at(starts), ends_at: at(ends) },
  });
async function underReview(): Promise<readonly [string, string]> {
  const { id, samples } = await gateway.delivery(laboratory);
  return [id, samples[0] ?? ''];
}

it('a delegate decides in the name of who is away, until that is taken back', async () => {
  const { technical, member } = laboratory;
  const ref = await underReview();
  expect(await decide(member, ref, 'technical')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
  const made = await delegate(technical, member);
  expect(made).toMatchObject({
    status: 201,
    body: { user_id: technical.user.userId, delegate_id: member.user.userId },
  });
  expect((await member.session('GET', '/reviews')).body['reviews']).toMatchObject([{ sample_id: ref[1] }]);
  expect((await member.session('GET', `/deliveries/${ref[0]}/samples/${ref[1]}`)).status).toBe(200);
  expect(await decide(member, ref, 'technical')).toMatchObject({ status: 200 });
  expect((await sampleOf(member, ref))['decisions']).toMatchObject([
    { by: member.user.userId, by_name: 'The member', role: 'technical', on_behalf_of: technical.user.userId },
  ]);

  const second = await underReview();
  const path = `/delegations/${String(made.body['delegation_id'])}`;
  // Only who gave it takes it back.
  expect((await member.session('DELETE', path)).status).toBe(404);
  expect((await technical.session('DELETE', path)).status).toBe(200);
  expect((await technical.session('DELETE', path)).status).toBe(404);
  expect(await decide(member, second, 'technical')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
  expect((await member.session('GET', '/reviews')).body['reviews']).toEqual([]);
});

it('is of no effect before it begins', async () => {
  const { licensed, admin } = laboratory;
  const ref = await underReview();
  await decide(laboratory.technical, ref, 'technical');
  await delegate(licensed, admin, [3600, 7200]);
  expect(await decide(admin, ref, 'licensed')).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
});

it('is shown to both, and to nobody else', async () => {
  const [one, two] = [await gateway.colleague(laboratory, 'director'), await gateway.colleague(laboratory, 'member')];
  const made = await delegate(one, two);
  const id = made.body['delegation_id'];
  for (const who of [one, two]) {
    expect((await who.session('GET', '/delegations')).body['delegations']).toMatchObject([{ delegation_id: id }]);
  }
  const others = (await laboratory.licensed.session('GET', '/delegations')).body['delegations'];
  expect(JSON.stringify(others)).not.toContain(id);
});

it.for<[string, (of: Laboratory) => Record<string, unknown>, number, string]>([
  ['to oneself', (of) => ({ delegate_id: of.technical.user.userId }), 422, 'invalid_request'],
  ['to nobody', () => ({ delegate_id: randomUUID() }), 404, 'not_found'],
  ['that ends before it begins', () => ({ starts_at: at(10), ends_at: at(5) }), 422, 'invalid_request'],
  ['that is over', () => ({ starts_at: at(-20), ends_at: at(-10) }), 422, 'invalid_request'],
  ['for ever', () => ({ ends_at: '2099-01-01T00:00:00Z' }), 422, 'invalid_request'],
])('a delegation %s is refused', async ([, changes, status, type]) => {
  const body = { delegate_id: laboratory.admin.user.userId, starts_at: at(0), ends_at: at(60), ...changes(laboratory) };
  expect(await laboratory.technical.session('POST', '/delegations', { body })).toMatchObject({
    status,
    error: { type },
  });
});

it('to somebody of another laboratory is refused as if they were not there', async () => {
  const stranger = await gateway.user({ role: 'technical' });
  expect(await delegate(laboratory.technical, stranger)).toMatchObject({ status: 404, error: { type: 'not_found' } });
});

it('is nothing for those who decide nothing', async () => {
  for (const who of [laboratory.member, laboratory.admin]) {
    expect(await delegate(who, laboratory.technical)).toMatchObject({ status: 403, error: { type: 'wrong_role' } });
  }
});

it('whoever loses the role or leaves has what they claimed freed, and their delegations ended, on record', async () => {
  const { admin, member } = laboratory;
  const [id, sample] = await underReview();
  const [demoted, leaving] = [
    await gateway.colleague(laboratory, 'technical'),
    await gateway.colleague(laboratory, 'technical'),
  ];
  const claim = (who: TestUser) => who.session('POST', `/deliveries/${id}/samples/${sample}/claim`);
  const given = await delegate(leaving, member);
  const taken = await delegate(demoted, leaving);
  const path = (who: TestUser) => `/organization/members/${who.user.userId}`;

  expect((await claim(demoted)).status).toBe(200);
  expect((await admin.session('PUT', path(demoted), { body: { role: 'member' } })).status).toBe(200);
  expect((await claim(leaving)).status).toBe(200);
  expect((await admin.session('DELETE', path(leaving))).status).toBe(200);

  const delegationIds = [given, taken].map(({ body }) => String(body['delegation_id']));
  const recorded = await gateway.database.write(system('test'), (tx) =>
    tx
      .select({
        entityId: auditLog.entityId,
        actor: auditLog.actor,
        action: auditLog.action,
        details: auditLog.details,
      })
      .from(auditLog)
      .where(
        and(
          inArray(auditLog.entityId, [sample, ...delegationIds]),
          inArray(auditLog.action, ['sample.unclaimed', 'delegation.revoked']),
          eq(auditLog.organizationId, admin.user.organizationId),
        ),
      )
      .orderBy(asc(auditLog.sequence)),
  );
  const actor = `user:${admin.user.userId}`;
  const unclaimed = (who: TestUser) => ({
    ...{ entityId: sample, actor, action: 'sample.unclaimed' },
    details: { delivery: id, level: 'technical', claimed_by: who.user.userId },
  });
  const revoked = (entityId: string | undefined, from: TestUser, to: TestUser) => ({
    ...{ entityId, actor, action: 'delegation.revoked' },
    details: { delegate: to.user.userId, in_the_stead_of: from.user.userId },
  });
  expect(recorded).toHaveLength(4);
  expect(recorded).toEqual(
    expect.arrayContaining([
      unclaimed(demoted),
      unclaimed(leaving),
      revoked(delegationIds[0], leaving, member),
      revoked(delegationIds[1], demoted, leaving),
    ]),
  );
});
