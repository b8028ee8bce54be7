// The signed decisions of reviewers. What a decision depends on (role, revocation, the result's checksum) is read again in
// the transaction that writes it. Repeated with the same id it is not written twice, and answers the same.

import { eq, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import {
  afterDecision,
  meaningOf,
  refusalOf,
  type Decision,
  type FollowUp,
  type ReasonCode,
  type ReviewLevel,
  type SignatureMeaning,
} from '../domain/review.ts';
import { hashOfDecision, signedColumns } from './audit/signed-decisions.ts';
import { recordChange } from './changes.ts';
import type { Database } from './client.ts';
import type { UserPrincipal } from './identity.ts';
import { resubmit, type Reannotation } from './reannotation.ts';
import {
  isReview,
  lockReview,
  refuseClaimed,
  standingOf,
  type ReviewRef,
  type ReviewStanding,
} from './review-standing.ts';
import { decisions, deliverySamples } from './schema/index.ts';
import { lockSigners, signerAt } from './signers.ts';

export interface SignedDecision {
  /** The id of the update: a repetition is known by it. */
  decisionId: string;
  level: ReviewLevel;
  decision: Decision;
  /** SHA-256 of what the reviewer has looked at. */
  resultChecksum: string;
  /** ISO 8601: when the reviewer last proved who they are. */
  authenticatedAt: string;
  meaning?: SignatureMeaning | undefined;
  comment?: string | undefined;
  reasonCode?: ReasonCode | undefined;
  followUp?: FollowUp | undefined;
  reannotate?: Reannotation | undefined;
}

/**
 * Writes a decision, and moves the sample on.
 * @throws VarloomError of `domain/review.ts` refusals, and `wrong_role`, `sign_in_again`, `result_changed`, `claimed`;
 * `unavailable` when its id is another decision's
 */
export async function writeDecision(
  database: Database,
  principal: UserPrincipal,
  ref: ReviewRef,
  signed: SignedDecision,
  { signatureMaxAgeSeconds, claimSeconds }: { signatureMaxAgeSeconds: number; claimSeconds: number },
): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => {
    const signers = await lockSigners(tx, principal);
    const row = await lockReview(tx, ref);
    const [earlier] = await tx.select().from(decisions).where(eq(decisions.decisionId, signed.decisionId));
    if (earlier && isSame(earlier, principal, ref, signed)) return standingOf(tx, row);

    const authenticatedAt = new Date(signed.authenticatedAt);
    const signer = signerAt(signers, signed.level, authenticatedAt);
    if (Date.now() - authenticatedAt.getTime() > signatureMaxAgeSeconds * 1000) {
      throw new VarloomError('sign_in_again', 'The sign-in is too old for a signature.', {
        max_age_seconds: signatureMaxAgeSeconds,
      });
    }
    const { review } = await standingOf(tx, row);
    const request = { ...signed, userId: principal.userId };
    const refusal = row.isOpen ? refusalOf(review, request) : 'sample_closed';
    if (refusal) throw new VarloomError(refusal, WORDS[refusal], { level: review.level, state: review.state });
    refuseClaimed(row, principal, claimSeconds);
    if (row.job.resultSha256 !== signed.resultChecksum || row.job.resultState !== 'live') {
      throw new VarloomError('result_changed', 'The result is not the one that was reviewed.', {
        result_checksum: row.job.resultSha256,
      });
    }
    if (earlier) throw new VarloomError('unavailable', 'Another decision has been recorded under this id.');

    const next = afterDecision(review, request);
    const pendingJobId = next.state === 'reannotating' ? await resubmit(tx, principal, row, signed.reannotate) : null;
    const written = tx.insert(decisions).values({
      decisionId: signed.decisionId,
      organizationId: row.organizationId,
      deliveryId: row.deliveryId,
      sampleId: row.sampleId,
      round: row.round,
      level: signed.level,
      decision: signed.decision,
      userId: principal.userId,
      signerName: signer.name,
      role: signer.role,
      onBehalfOf: signer.onBehalfOf,
      meaning: signed.meaning ?? meaningOf(signed.level, signed.decision),
      reasonCode: signed.decision === 'reject' ? (signed.reasonCode ?? null) : null,
      comment: signed.comment ?? null,
      followUp: signed.decision === 'reject' ? (signed.followUp ?? null) : null,
      jobId: row.job.jobId,
      checksum: signed.resultChecksum,
      authenticatedAt,
    });
    const [signedRow] = await written.returning(signedColumns);
    if (!signedRow) throw new Error('the new decision was not returned');
    const moved = { state: next.state, level: next.level, claimedBy: null, claimedAt: null, pendingJobId };
    await tx
      .update(deliverySamples)
      .set({ ...moved, since: sql`now()`, reannotationFailure: null })
      .where(isReview(ref));
    const action = signed.decision === 'accept' ? 'sample.accepted' : 'sample.rejected';
    await recordChange(tx, principal, {
      organizationId: row.organizationId,
      entity: 'sample',
      entityId: row.sampleId,
      action,
      // The comment may speak of a patient: it stays with the decision, and is covered by the hash.
      details: {
        delivery: row.deliveryId,
        decision: signed.decisionId,
        signed_sha256: hashOfDecision(signedRow),
        level: signed.level,
        round: row.round,
        checksum: signed.resultChecksum,
        ...(signer.onBehalfOf ? { on_behalf_of: signer.onBehalfOf } : {}),
        ...(signed.followUp ? { follow_up: signed.followUp } : {}),
        ...(signed.reasonCode ? { reason_code: signed.reasonCode } : {}),
      },
      event: action,
    });
    return standingOf(tx, await lockReview(tx, ref));
  });
}

/** Only then is it the same decision that comes again: an id alone says nothing about who has decided what. */
const isSame = (
  earlier: typeof decisions.$inferSelect,
  { userId }: UserPrincipal,
  { delivery, sample }: ReviewRef,
  { level, decision }: SignedDecision,
): boolean =>
  earlier.userId === userId &&
  earlier.level === level &&
  earlier.decision === decision &&
  earlier.deliveryId === delivery &&
  earlier.sampleId === sample;

export const WORDS = {
  sample_closed: 'The review of this sample has ended.',
  already_decided: 'This level has been decided.',
  wrong_level: 'The sample is at another level.',
  same_person: 'You have decided another level of this sample.',
  reason_required: 'A reject needs a reason.',
  then_required: 'A reject needs to say what follows.',
  no_level_below: 'There is no level below the first.',
} as const;
