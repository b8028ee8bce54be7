// Deciding and claiming lock people before samples, as changing a role does: the two never wait for each other.

import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { system } from '../domain/principal.ts';
import { LAID_CHECKSUM, layMember, layReview, type LaidReview } from '../tests/support/laid-review.ts';
import { ownDatabase, type OwnDatabase } from '../tests/support/own-database.ts';
import { claimReview } from './claims.ts';
import { writeDecision } from './decisions.ts';
import type { UserPrincipal } from './identity.ts';
import { delegations } from './schema/index.ts';

const CLAIM_SECONDS = 3600;

let own: OwnDatabase;
let owner: postgres.Sql;
beforeAll(async () => {
  own = await ownDatabase();
  owner = postgres(own.ownerUrl, { max: 2, onnotice: () => {} });
});
afterAll(async () => {
  await owner.end();
  await own.close();
});

const accept = ({ ref }: LaidReview, by: UserPrincipal) =>
  writeDecision(
    own.database,
    by,
    ref,
    {
      decisionId: randomUUID(),
      level: 'technical',
      decision: 'accept',
      resultChecksum: LAID_CHECKSUM,
      authenticatedAt: new Date().toISOString(),
    },
    { signatureMaxAgeSeconds: 900, claimSeconds: CLAIM_SECONDS },
  );
const claim = ({ ref }: LaidReview, by: UserPrincipal) =>
  claimReview(own.database, by, ref, 'claim', { claimSeconds: CLAIM_SECONDS });
const release = ({ ref }: LaidReview, by: UserPrincipal) =>
  claimReview(own.database, by, ref, 'release', { claimSeconds: CLAIM_SECONDS });

async function delegateOf({ organizationId, signer }: LaidReview): Promise<UserPrincipal> {
  const delegate = await layMember(own.database, organizationId, 'member');
  const now = Date.now();
  const days = { startsAt: new Date(now - 60_000), endsAt: new Date(now + 3_600_000) };
  const of = { organizationId, userId: signer.userId, delegateId: delegate.userId };
  await own.database.write(system('test'), (tx) =>
    tx.insert(delegations).values({ ...of, ...days, delegationId: randomUUID() }),
  );
  return delegate;
}

/** Resolves when something in this database waits for a lock. */
const somebodyWaits = () =>
  expect
    .poll(
      async () => {
        const [row] = await owner`
          select count(distinct pid)::int as waiting from pg_locks join pg_stat_activity using (pid)
          where datname = current_database() and not granted`;
        return row?.['waiting'];
      },
      { timeout: 10_000, interval: 10 },
    )
    .toBe(1);

it.for([
  ['a decision', accept, false],
  ['a claim', claim, false],
  ['giving back', release, false],
  ["a delegate's decision", accept, true],
  ["a delegate's claim", claim, true],
] as const)(
  '%s waits for a person whose role is being changed, and holds no sample meanwhile',
  async ([, act, isDelegate]) => {
    const laid = await layReview(own.database);
    const by = isDelegate ? await delegateOf(laid) : laid.signer;
    let acting: Promise<unknown> | undefined;
    // What changes a role: the person first, then the samples that they have claimed.
    await owner.begin(async (tx) => {
      await tx`select from users where user_id = ${laid.signer.userId} for update`;
      acting = act(laid, by);
      await somebodyWaits();
      const free =
        await tx`select sample_id from delivery_samples where sample_id = ${laid.ref.sample} for update nowait`;
      expect(free).toHaveLength(1);
    });
    await acting;
  },
);

it('the role counts that the person has when the wait is over, and the delegation that is left', async () => {
  const laid = await layReview(own.database);
  const delegate = await delegateOf(laid);
  let acting: Promise<unknown> | undefined;
  await owner.begin(async (tx) => {
    await tx`update users set role = 'member' where user_id = ${laid.signer.userId}`;
    acting = accept(laid, laid.signer).catch((error: unknown) => error);
    await somebodyWaits();
  });
  expect(await acting).toMatchObject({ type: 'wrong_role' });

  await owner`update users set role = 'technical' where user_id = ${laid.signer.userId}`;
  await owner.begin(async (tx) => {
    await tx`select from users where user_id = ${laid.signer.userId} for update`;
    acting = accept(laid, delegate).catch((error: unknown) => error);
    await somebodyWaits();
    await tx`update delegations set revoked_at = now() where user_id = ${laid.signer.userId}`;
  });
  expect(await acting).toMatchObject({ type: 'wrong_role' });
});
