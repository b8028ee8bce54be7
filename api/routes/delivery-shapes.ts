// Deliveries, their samples and decisions as the API shows them.

import type { DeliverySummary, ReviewedSample, SampleInDelivery } from '../../db/delivery-view.ts';
import { reannotationFailureInWords } from '../../db/reannotation.ts';
import { claimOf } from '../../db/review-standing.ts';
import type * as review from '../../domain/http-review.ts';
import type { ResultFile } from '../../domain/result-files.ts';
import type { Dependencies } from '../context.ts';
import { withoutFileName } from '../shared-log.ts';
import { jobOf } from './job-view.ts';
import { fileLinksOf } from './result-links.ts';

const LINK_SECONDS = 15 * 60;

export function deliveryItemOf({ delivery, partnerName }: DeliverySummary): review.DeliveryListItem {
  const { readyAt, releasedAt, acknowledgedAt, releaseFailure } = delivery;
  return {
    delivery_id: delivery.deliveryId,
    partner_id: delivery.partnerId,
    partner_name: partnerName,
    state: delivery.state,
    created_at: delivery.createdAt.toISOString(),
    ...(readyAt ? { ready_at: readyAt.toISOString() } : {}),
    ...(releasedAt ? { released_at: releasedAt.toISOString() } : {}),
    ...(acknowledgedAt ? { acknowledged_at: acknowledgedAt.toISOString() } : {}),
    ...(releaseFailure === null ? {} : { release_failure: releaseFailure }),
  };
}

export function deliverySampleOf(sample: SampleInDelivery, settings: ClaimSettings): review.DeliverySample {
  const { review, barcode, jobId, resultSha256, decisions } = sample;
  return {
    sample_id: review.sampleId,
    barcode,
    state: review.state,
    level: review.level,
    round: review.round,
    since: review.since.toISOString(),
    ...claimShown(review, settings),
    result_checksum: resultSha256,
    job_id: jobId,
    ...(review.reannotationFailure === null
      ? {}
      : { reannotation_failure: reannotationFailureInWords(review.reannotationFailure) }),
    decisions: decisions.map(decisionOf),
  };
}

type ClaimSettings = Pick<Dependencies['settings'], 'REVIEW_CLAIM_SECONDS'>;

export function claimShown(
  row: Parameters<typeof claimOf>[0],
  { REVIEW_CLAIM_SECONDS }: ClaimSettings,
): { claimed_by?: string; claimed_until?: string } {
  const claim = claimOf(row, REVIEW_CLAIM_SECONDS);
  return claim ? { claimed_by: claim.by, claimed_until: claim.until.toISOString() } : {};
}

function decisionOf(row: SampleInDelivery['decisions'][number]): review.SignedDecision {
  return {
    level: row.level,
    decision: row.decision,
    by: row.userId,
    by_name: row.signerName,
    role: row.role,
    meaning: row.meaning,
    at: row.at.toISOString(),
    ...(row.comment === null ? {} : { comment: row.comment }),
    ...(row.reasonCode === null ? {} : { reason_code: row.reasonCode }),
    ...(row.followUp === null ? {} : { then: row.followUp }),
    checksum: row.checksum,
    round: row.round,
    ...(row.onBehalfOf === null ? {} : { on_behalf_of: row.onBehalfOf }),
  };
}

/** With what is to be looked at before a decision. */
export async function reviewedSampleOf(
  { store, presigner, settings }: Pick<Dependencies, 'store' | 'presigner' | 'settings'>,
  sample: ReviewedSample,
): Promise<review.ReviewedSample> {
  const { job, review } = sample;
  const expires_at = new Date(Date.now() + LINK_SECONDS * 1000).toISOString();
  // Named by the sample: what its owner called the file may name a patient.
  const linkTo = fileLinksOf(presigner, job, { named: review.sampleId, expirySeconds: LINK_SECONDS });
  const link = async (file: ResultFile) => {
    const url = await linkTo(file);
    return url === null ? null : { url, expires_at };
  };
  const [shown, result, provenance] = await Promise.all([
    jobOf(store, { job, progress: null, restore: null }),
    link('vcf'),
    link('provenance'),
  ]);
  // The file itself names what its owner uploaded: from the gateway it comes without.
  const log = shown.log === null ? null : withoutFileName(shown.log);
  const logUrl = `${settings.PUBLIC_URL}/deliveries/${review.deliveryId}/samples/${review.sampleId}/log`;
  return {
    ...deliverySampleOf(sample, settings),
    delivery_id: review.deliveryId,
    delivery_state: sample.deliveryState,
    genome: job.genome,
    consequence_mode: job.consequenceMode,
    log,
    summary: shown.summary,
    links: { result, log: log === null ? null : { url: logUrl, expires_at }, provenance },
  };
}
