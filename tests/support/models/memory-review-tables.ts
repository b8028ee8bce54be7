// The tables of the delivery review in memory. Times are milliseconds since the epoch, by the clock of the world.

import type { SignedDecision } from '../../../activities/records/review.ts';
import type { DeliveryId, JobId, MessageId, SampleId } from '../../../domain/ids.ts';
import { REVIEW_LEVELS, type DeliveryState, type ReviewLevel, type SampleState } from '../../../domain/review.ts';
import type { ReceiverModel } from './memory-webhooks.ts';

export interface MemorySample {
  jobId: JobId;
  organizationId: string;
}

export interface MemoryDelivery {
  deliveryId: DeliveryId;
  organizationId: string;
  state: DeliveryState;
  releaseFailure: string | null;
  /** Counts up with each release. */
  releaseNumber: number;
  /** The partner's, each by what its receiver does. */
  endpoints: ReceiverModel[];
  /** Whether the partner has a mail address. */
  hasAddress: boolean;
  /** All endpoints of the partner are disabled. */
  isMute: boolean;
  /** The partner itself is. */
  isPartnerDisabled: boolean;
}

/** A sample in a delivery. */
export interface MemoryReviewRow {
  delivery: DeliveryId;
  sample: SampleId;
  state: SampleState;
  level: ReviewLevel;
  round: number;
  sinceMs: number;
  claimedBy: string | null;
  /** Until when the claim keeps others away. */
  claimedUntilMs: number;
  isOpen: boolean;
  pendingJobId: JobId | null;
  reannotationFailure: string | null;
}

/** As a sample enters review. */
export const FRESH = {
  state: 'in_review' as const,
  level: REVIEW_LEVELS[0] satisfies ReviewLevel,
  round: 1,
  claimedBy: null,
  claimedUntilMs: 0,
  isOpen: true,
  pendingJobId: null,
  reannotationFailure: null,
};

export interface MemoryDecision extends Pick<SignedDecision, 'decisionId' | 'level' | 'decision'> {
  delivery: DeliveryId;
  sample: SampleId;
  round: number;
  checksum: string;
  userId: string;
  onBehalfOf: string | null;
}

/** What a repetition of a decision has in common with it, beside the id. */
type Repeated = Pick<MemoryDecision, 'userId' | 'level' | 'decision' | 'delivery' | 'sample'>;

export const isSame = (one: Repeated, other: Repeated): boolean =>
  one.userId === other.userId &&
  one.level === other.level &&
  one.decision === other.decision &&
  one.delivery === other.delivery &&
  one.sample === other.sample;

export interface AnnouncedMessage {
  messageId: MessageId;
  delivery: DeliveryId;
  announcementId: string;
  event: 'delivery.released' | 'delivery.revoked';
}

/** Which state of a delivery each move leads from, and to. */
export const MOVES: Record<string, { from: DeliveryState[]; to: DeliveryState }> = {
  release: { from: ['ready'], to: 'releasing' },
  publish: { from: ['releasing'], to: 'released' },
  revoke: { from: ['releasing'], to: 'ready' },
  recall: { from: ['in_review', 'ready', 'releasing'], to: 'recalled' },
  acknowledge: { from: ['releasing', 'released'], to: 'acknowledged' },
  settle: { from: ['in_review'], to: 'ready' },
  close: { from: ['in_review', 'released'], to: 'closed' },
};

export interface ReviewTables {
  samples: Map<SampleId, MemorySample>;
  deliveries: Map<DeliveryId, MemoryDelivery>;
  reviews: MemoryReviewRow[];
  decisions: MemoryDecision[];
  messages: Map<MessageId, AnnouncedMessage>;
  clear(): void;
}

export function createReviewTables(): ReviewTables {
  const tables: ReviewTables = {
    samples: new Map(),
    deliveries: new Map(),
    reviews: [],
    decisions: [],
    messages: new Map(),
    clear() {
      for (const table of [tables.samples, tables.deliveries, tables.messages]) table.clear();
      tables.reviews.length = 0;
      tables.decisions.length = 0;
    },
  };
  return tables;
}
