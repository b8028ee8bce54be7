// Reviewers take a sample for themselves, and give it back.

import { sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import { signerAt, WORDS } from './decisions.ts';
import type { UserPrincipal } from './identity.ts';
import { isReview, lockReview, type ReviewRef } from './review-standing.ts';
import { deliverySamples } from './schema/index.ts';

/** Takes a sample, or gives it back. @throws VarloomError `claimed`, `wrong_role`, `sample_closed` */
export async function claimReview(
  database: Database,
  principal: UserPrincipal,
  ref: ReviewRef,
  act: 'claim' | 'release',
): Promise<void> {
  await database.write(principal, async (tx) => {
    const row = await lockReview(tx, ref);
    if (!row.isOpen || row.state !== 'in_review') throw new VarloomError('sample_closed', WORDS.sample_closed);
    const isMine = row.claimedBy === principal.userId;
    if (row.claimedBy !== null && !isMine) {
      throw new VarloomError('claimed', 'Somebody else has claimed this sample.', { claimed_by: row.claimedBy });
    }
    if (act === 'claim') await signerAt(tx, principal, row.level);
    if (isMine === (act === 'claim')) return;
    const claim =
      act === 'claim' ? { claimedBy: principal.userId, claimedAt: sql`now()` } : { claimedBy: null, claimedAt: null };
    await tx.update(deliverySamples).set(claim).where(isReview(ref));
    await recordChange(tx, principal, {
      organizationId: row.organizationId,
      entity: 'sample',
      entityId: row.sampleId,
      action: act === 'claim' ? 'sample.claimed' : 'sample.unclaimed',
      details: { delivery: row.deliveryId, level: row.level },
    });
  });
}
