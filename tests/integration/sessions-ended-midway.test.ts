// The sessions of a reviewer are ended while what they asked for waits its turn: it is refused in the transaction that
// would have written it, and done once they have signed in again.

import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { directDelivery } from '../../db/deliveries.ts';
import { revokeSessions } from '../../db/membership.ts';
import { users } from '../../db/schema/index.ts';
import { deliveryId } from '../../domain/ids.ts';
import { system } from '../../domain/principal.ts';
import type { Answer, Call, TestUser } from '../support/gateway.ts';
import {
  sampleOf,
  startReviewingGateway,
  type Laboratory,
  type ReviewingGateway,
} from '../support/reviewing-gateway.ts';

const asSystem = system('test');
const SIGN_IN_AGAIN = { status: 401, error: { type: 'sign_in_again' } };

let gateway: ReviewingGateway;
beforeAll(async () => {
  gateway = await startReviewingGateway('sessions-ended');
});
afterAll(() => gateway?.close());

const endSessions = async ({ admin }: Laboratory, whom: TestUser) => {
  const answer = await admin.session('DELETE', `/organization/members/${whom.user.userId}/sessions`);
  expect(answer.status).toBe(200);
};

/** Has signed in a second after now: tokens say whole seconds. */
const signedInAgain = async ({ user }: TestUser): Promise<Call> => {
  const iat = Math.floor(Date.now() / 1000) + 1;
  const claims = { sub: user.subject, email: user.email, aud: gateway.settings.OIDC_AUDIENCE, iat, auth_time: iat };
  return gateway.caller({ Authorization: `Bearer ${await gateway.issuer.sign(claims)}` });
};

const isWaitedFor = async (): Promise<boolean> =>
  gateway.database.write(asSystem, async (tx) => {
    const [row] = await tx.execute<{ waiting: number }>(sql`
      select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`);
    return (row?.waiting ?? 0) > 0;
  });

/** Ends the sessions while the act, which the gateway has let in, waits for who wants to end them. */
async function endedMidway({ user }: TestUser, act: () => Promise<Answer>): Promise<Answer> {
  const asked = await gateway.database.write(asSystem, async (tx) => {
    await tx.select().from(users).where(eq(users.userId, user.userId)).for('update');
    const answer = act();
    await expect.poll(isWaitedFor, { interval: 20 }).toBe(true);
    await revokeSessions(tx, user);
    // In an object: the transaction is not to wait for what waits for it.
    return { answer };
  });
  return asked.answer;
}

it('a decision is not signed by a sign-in that was ended before its turn came', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here);
  const at = [id, samples[0] ?? ''] as const;
  const result_checksum = (await sampleOf(here.member, at))['result_checksum'];
  const path = `/deliveries/${id}/samples/${at[1]}/decisions`;
  const body = { level: 'technical', decision: 'accept', result_checksum };
  // Its saga has begun.
  const early = await here.licensed.session('POST', path, { body: { ...body, level: 'licensed' } });
  expect(early.error?.type).toBe('wrong_level');

  const answer = await endedMidway(here.technical, () => here.technical.session('POST', path, { body }));
  expect(answer).toMatchObject(SIGN_IN_AGAIN);
  expect(await sampleOf(here.member, at)).toMatchObject({ state: 'in_review', level: 'technical' });

  const again = await signedInAgain(here.technical);
  expect(await again('POST', path, { body })).toMatchObject({ status: 200, body: { level: 'licensed' } });
});

it('nor is a sample claimed by one', async () => {
  const here = await gateway.laboratory();
  const { id, samples } = await gateway.delivery(here);
  const path = `/deliveries/${id}/samples/${samples[0]}`;
  expect((await here.technical.session('POST', `${path}/release`)).status).toBe(200);
  for (const act of ['claim', 'release']) {
    const who = await gateway.colleague(here, 'technical');
    const answer = await endedMidway(who, () => who.session('POST', `${path}/${act}`));
    expect([act, answer]).toMatchObject([act, SIGN_IN_AGAIN]);
    expect((await (await signedInAgain(who))('POST', `${path}/${act}`)).status).toBe(200);
    await (
      await signedInAgain(who)
    )('POST', `${path}/release`);
  }
});

it('nor does a director release or recall by one, or by one that does not say since when it is', async () => {
  const here = await gateway.laboratory();
  const { id } = await gateway.delivery(here);
  const { principal } = here.director;
  const before = new Date().toISOString();
  await endSessions(here, here.director);
  const direct = (actingSince: string | undefined, name: 'release' | 'recall') =>
    directDelivery(gateway.database, { ...principal, actingSince }, deliveryId(id), name);
  for (const name of ['release', 'recall'] as const) {
    await expect(direct(before, name)).rejects.toMatchObject({ type: 'sign_in_again' });
    await expect(direct(undefined, name)).rejects.toMatchObject({ type: 'sign_in_again' });
  }
  const call = await signedInAgain(here.director);
  expect(await call('POST', `/deliveries/${id}/recall`)).toMatchObject({ status: 200, body: { state: 'recalled' } });
});
