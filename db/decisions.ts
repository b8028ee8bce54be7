// The signed decisions of reviewers. What a decision depends on (role, revocation, the result's checksum) is read again in
// the transaction that writes it. Repeated with the same id it is not written twice, and answers the same.

import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import { VarloomError } from '../domain/errors.ts';
import { jobId, type DeliveryId, type JobId, type SampleId } from '../domain/ids.ts';
import type { ConsequenceMode, JobStatus } from '../domain/jobs.ts';
import type { Principal } from '../domain/principal.ts';
import {
  afterDecision,
  levelOfRole,
  meaningOf,
  OPEN_DELIVERY_STATES,
  refusalOf,
  type Decision,
  type DeliveryState,
  type FollowUp,
  type ReasonCode,
  type ReviewLevel,
  type ReviewState,
  type SignatureMeaning,
} from '../domain/review.ts';
import { recordChange } from './changes.ts';
import type { Database, Transaction } from './client.ts';
import { countSamples } from './deliveries.ts';
import type { UserPrincipal } from './identity.ts';
import { decisions, delegations, deliveries, deliverySamples, jobs, samples, uploads, users } from './schema/index.ts';

export interface SignedDecision {
  /** Made by the saga: a repetition is known by it. */
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
  reannotate?: { genome?: string | undefined; consequenceMode?: ConsequenceMode | undefined } | undefined;
}

export interface ReviewStanding {
  review: ReviewState;
  round: number;
  /** ISO 8601: since when the sample waits at this level. */
  since: string;
  /** The annotation that is to replace the present one. */
  pendingJob: { jobId: JobId; userId: string } | null;
  /** True when no sample of the delivery is open any more. */
  isLast: boolean;
  deliveryState: DeliveryState;
}

interface ReviewRef {
  delivery: DeliveryId;
  sample: SampleId;
}

/** Where a sample's review stands, for its saga to begin with. */
export async function findReview(database: Database, principal: Principal, ref: ReviewRef): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => standingOf(tx, await lockReview(tx, ref)));
}

/**
 * Writes a decision, and moves the sample on.
 * @throws VarloomError of `domain/review.ts` refusals, and `wrong_role`, `sign_in_again`, `result_changed`, `claimed`
 */
export async function writeDecision(
  database: Database,
  principal: UserPrincipal,
  ref: ReviewRef,
  signed: SignedDecision,
  signatureMaxAgeSeconds: number,
): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => {
    const row = await lockReview(tx, ref);
    const [earlier] = await tx.select().from(decisions).where(eq(decisions.decisionId, signed.decisionId));
    if (earlier) return standingOf(tx, row);

    const signer = await signerAt(tx, principal, signed.level);
    const authenticatedAt = new Date(signed.authenticatedAt);
    if (Date.now() - authenticatedAt.getTime() > signatureMaxAgeSeconds * 1000) {
      throw new VarloomError('sign_in_again', 'The sign-in is too old for a signature.', {
        max_age_seconds: signatureMaxAgeSeconds,
      });
    }
    const { review } = await standingOf(tx, row);
    const request = { ...signed, userId: principal.userId };
    const refusal = row.isOpen ? refusalOf(review, request) : 'sample_closed';
    if (refusal) throw new VarloomError(refusal, WORDS[refusal], { level: review.level, state: review.state });
    if (row.claimedBy !== null && row.claimedBy !== principal.userId) {
      throw new VarloomError('claimed', 'Somebody else has claimed this sample.', { claimed_by: row.claimedBy });
    }
    if (row.job.resultSha256 !== signed.resultChecksum || row.job.resultState !== 'live') {
      throw new VarloomError('result_changed', 'The result is not the one that was reviewed.', {
        result_checksum: row.job.resultSha256,
      });
    }

    const next = afterDecision(review, request);
    const pendingJobId = next.state === 'reannotating' ? await resubmit(tx, principal, row, signed) : null;
    await tx.insert(decisions).values({
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
      meaning: signed.meaning ?? meaningOf(signed.level),
      reasonCode: signed.decision === 'reject' ? (signed.reasonCode ?? null) : null,
      comment: signed.comment ?? null,
      followUp: signed.decision === 'reject' ? (signed.followUp ?? null) : null,
      jobId: row.job.jobId,
      checksum: signed.resultChecksum,
      authenticatedAt,
    });
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
      // The comment may speak of a patient: it stays with the decision.
      details: {
        delivery: row.deliveryId,
        decision: signed.decisionId,
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

const WORDS = {
  sample_closed: 'The review of this sample has ended.',
  already_decided: 'This level has been decided.',
  wrong_level: 'The sample is at another level.',
  same_person: 'You have decided another level of this sample.',
  reason_required: 'A reject needs a reason.',
  then_required: 'A reject needs to say what follows.',
  no_level_below: 'There is no level below the first.',
} as const;

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

/** The new annotation has ended: review starts afresh, on its result when there is one, else on the former one. */
export async function endReannotation(
  database: Database,
  principal: Principal,
  ref: ReviewRef,
  job: JobId,
): Promise<ReviewStanding> {
  return database.write(principal, async (tx) => {
    const row = await lockReview(tx, ref);
    // Of a delivery that was recalled: the sample may be under review in another one, with the result that it has.
    if (row.pendingJobId !== job || !row.isOpen) return standingOf(tx, row);
    const [ended] = await tx.select().from(jobs).where(eq(jobs.jobId, job));
    const isComplete = ended?.status === 'COMPLETED';
    if (isComplete) await tx.update(samples).set({ jobId: job }).where(eq(samples.sampleId, ref.sample));
    await tx
      .update(deliverySamples)
      .set({
        state: 'in_review',
        level: 'technical',
        round: row.round + 1,
        since: sql`now()`,
        pendingJobId: null,
        reannotationFailure: isComplete
          ? null
          : (ended?.error?.message ?? `The job ended ${ended?.status ?? 'unknown'}.`),
      })
      .where(isReview(ref));
    await recordChange(tx, principal, {
      organizationId: row.organizationId,
      entity: 'sample',
      entityId: row.sampleId,
      action: 'sample.reannotated',
      details: { delivery: row.deliveryId, job, status: ended?.status ?? null, round: row.round + 1 },
      event: 'sample.reannotated',
    });
    return standingOf(tx, await lockReview(tx, ref));
  });
}

/** How the annotation that a review waits for stands: its saga's signal may have been lost. */
export async function jobStatus(database: Database, principal: Principal, id: JobId): Promise<JobStatus | null> {
  return database.write(principal, async (tx) => {
    const [job] = await tx.select({ status: jobs.status }).from(jobs).where(eq(jobs.jobId, id));
    return job?.status ?? null;
  });
}

const isReview = ({ delivery, sample }: ReviewRef) =>
  and(eq(deliverySamples.deliveryId, delivery), eq(deliverySamples.sampleId, sample));

type ReviewRow = typeof deliverySamples.$inferSelect & { job: typeof jobs.$inferSelect; deliveryState: DeliveryState };

async function lockReview(tx: Transaction, ref: ReviewRef): Promise<ReviewRow> {
  const [row] = await tx
    .select({ review: deliverySamples, job: jobs, deliveryState: deliveries.state })
    .from(deliverySamples)
    .innerJoin(samples, eq(samples.sampleId, deliverySamples.sampleId))
    .innerJoin(jobs, eq(jobs.jobId, samples.jobId))
    .innerJoin(deliveries, eq(deliveries.deliveryId, deliverySamples.deliveryId))
    .where(isReview(ref))
    .for('update', { of: deliverySamples });
  if (!row) throw new VarloomError('not_found', `There is no sample ${ref.sample} in delivery ${ref.delivery}.`);
  return { ...row.review, job: row.job, deliveryState: row.deliveryState };
}

async function standingOf(tx: Transaction, row: ReviewRow): Promise<ReviewStanding> {
  const made = await tx
    .select({ level: decisions.level, userId: decisions.userId })
    .from(decisions)
    .where(
      and(
        eq(decisions.deliveryId, row.deliveryId),
        eq(decisions.sampleId, row.sampleId),
        eq(decisions.round, row.round),
      ),
    )
    .orderBy(asc(decisions.sequence));
  const isClosed = row.state === 'accepted' || row.state === 'withdrawn';
  const [pending] = row.pendingJobId
    ? await tx.select({ userId: jobs.userId }).from(jobs).where(eq(jobs.jobId, row.pendingJobId))
    : [];
  return {
    review: {
      state: row.state,
      level: row.level,
      // The last decision of a level counts: a returned sample is decided anew.
      decidedBy: Object.fromEntries(made.map(({ level, userId }) => [level, userId])),
    },
    round: row.round,
    since: row.since.toISOString(),
    pendingJob: row.pendingJobId && pending ? { jobId: jobId(row.pendingJobId), userId: pending.userId } : null,
    isLast: isClosed && (await countSamples(tx, row.deliveryId)).open === 0,
    deliveryState: row.isOpen ? row.deliveryState : notOpen(row.deliveryState),
  };
}

const notOpen = (state: DeliveryState): DeliveryState =>
  (OPEN_DELIVERY_STATES as readonly DeliveryState[]).includes(state) ? 'closed' : state;

/** Who signs at this level, with the role as it is now: one's own, or that of somebody who is away. @throws `wrong_role` */
async function signerAt(tx: Transaction, principal: UserPrincipal, level: ReviewLevel) {
  const [user] = await tx
    .select()
    .from(users)
    .where(and(eq(users.userId, principal.userId), eq(users.organizationId, principal.organizationId)))
    .for('share');
  if (user && levelOfRole(user.role) === level) {
    return { name: user.name ?? user.email, role: user.role, onBehalfOf: null };
  }
  const [away] = user
    ? await tx
        .select({ userId: users.userId, role: users.role })
        .from(delegations)
        .innerJoin(users, eq(users.userId, delegations.userId))
        .where(
          and(
            eq(delegations.delegateId, user.userId),
            eq(users.organizationId, user.organizationId),
            eq(users.role, level),
            isNull(delegations.revokedAt),
            lte(delegations.startsAt, sql`now()`),
            gt(delegations.endsAt, sql`now()`),
          ),
        )
        .for('share')
        .limit(1)
    : [];
  if (user && away) return { name: user.name ?? user.email, role: away.role, onBehalfOf: away.userId };
  throw new VarloomError('wrong_role', `Only a ${level} reviewer decides at this level.`, { level });
}

/** A new job on the same input, with what the reviewer asked for. @throws `input_not_found` when the input is gone */
async function resubmit(
  tx: Transaction,
  principal: UserPrincipal,
  { job }: ReviewRow,
  { reannotate = {} }: SignedDecision,
): Promise<JobId> {
  const [upload] = await tx
    .select()
    .from(uploads)
    .where(and(eq(uploads.uploadId, job.uploadId), isNull(uploads.removedAt)))
    .for('update');
  if (!upload) throw new VarloomError('input_not_found', 'The input of this sample was erased.');
  const id = jobId(randomUUID());
  const genome = reannotate.genome ?? job.genome;
  const consequenceMode = reannotate.consequenceMode ?? job.consequenceMode;
  await tx.insert(jobs).values({
    jobId: id,
    organizationId: job.organizationId,
    userId: job.userId,
    uploadId: job.uploadId,
    source: 'api',
    fileName: job.fileName,
    inputEtag: job.inputEtag,
    inputSizeBytes: job.inputSizeBytes,
    genome,
    consequenceMode,
  });
  await recordChange(tx, principal, {
    organizationId: job.organizationId,
    entity: 'annotation',
    entityId: id,
    action: 'annotation.submitted',
    details: { genome, consequence_mode: consequenceMode, source: 'review' },
    event: 'annotation.submitted',
  });
  return id;
}
