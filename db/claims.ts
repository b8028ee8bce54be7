// Reviewers take a sample for themselves for a while, and give it back.

import { sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { isAllowed } from '../domain/permissions.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { WORDS } from './decisions.ts';
import { claimOf, isReview, lockReview, refuseClaimed, type ReviewRef } from './review-standing.ts';
import { refuseRevoked, sinceOf, type ActingUser } from './revoked-sessions.ts';
import { deliverySamples } from './schema/index.ts';
import { lockSigners, signerAt, type Signers } from './signers.ts';

/**
 * Takes a sample, or gives it back. A director may give back what somebody else has claimed.
 * @throws VarloomError `claimed`, `wrong_role`, `sign_in_again`, `sample_closed`
 */
export async function claimReview(
  database: Database,
  principal: ActingUser,
  ref: ReviewRef,
  act: 'claim' | 'release',
  { claimSeconds }: { claimSeconds: number },
): Promise<void> {
  await database.write(principal, async (tx) => {
    const signers = await lockSigners(tx, principal);
    const row = await lockReview(tx, ref);
    if (!row.isOpen || row.state !== 'in_review') throw new VarloomError('sample_closed', WORDS.sample_closed);
    const since = sinceOf(principal);
    if (act === 'release' && signers.own) refuseRevoked(signers.own, since);
    const claim = claimOf(row, claimSeconds);
    const isMine = claim?.by === principal.userId;
    const isOverruled = act === 'release' && claim !== undefined && !isMine && mayOverrule(signers);
    if (!isOverruled) refuseClaimed(row, principal, claimSeconds);
    if (act === 'claim') signerAt(signers, row.level, since);
    if (act === 'claim' ? isMine : claim === undefined) return;
    const changed =
      act === 'claim' ? { claimedBy: principal.userId, claimedAt: sql`now()` } : { claimedBy: null, claimedAt: null };
    await tx.update(deliverySamples).set(changed).where(isReview(ref));
    await recordChange(tx, principal, {
      organizationId: row.organizationId,
      entity: 'sample',
      entityId: row.sampleId,
      action: act === 'claim' ? 'sample.claimed' : 'sample.unclaimed',
      details: { delivery: row.deliveryId, level: row.level, ...(isOverruled ? { claimed_by: claim.by } : {}) },
    });
  });
}

/** By the role as it is now. */
const mayOverrule = ({ own }: Signers): boolean => own !== undefined && isAllowed(own.role, 'claim.overrule');
