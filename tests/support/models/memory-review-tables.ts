// The tables of the delivery review in memory. Times are milliseconds since the epoch, by the clock of the world.

import { randomUUID } from 'node:crypto';
import type { SignedDecision } from '../../../activities/records/review.ts';
import { messageId, type DeliveryId, type JobId, type MessageId, type SampleId } from '../../../domain/ids.ts';
import type { DeliveryState, ReviewLevel, SampleState } from '../../../domain/review.ts';

export interface MemorySample {
  jobId: JobId;
  organizationId: string;
}

export interface MemoryDelivery {
  deliveryId: DeliveryId;
  organizationId: string;
  state: DeliveryState;
  releaseFailure: string | null;
  /** The partner's, each by a name. */
  endpoints: string[];
  /** Whether the partner has a mail address. */
  hasAddress: boolean;
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
  isOpen: boolean;
  pendingJobId: JobId | null;
  reannotationFailure: string | null;
}

export interface MemoryDecision extends Pick<SignedDecision, 'decisionId' | 'level' | 'decision'> {
  delivery: DeliveryId;
  sample: SampleId;
  round: number;
  checksum: string;
  userId: string;
  onBehalfOf: string | null;
}

export interface MemoryMessage {
  messageId: MessageId;
  delivery: DeliveryId;
  announcementId: string;
  event: 'delivery.released' | 'delivery.revoked';
  endpoint: string;
}

export interface ReviewTables {
  samples: Map<SampleId, MemorySample>;
  deliveries: Map<DeliveryId, MemoryDelivery>;
  reviews: MemoryReviewRow[];
  decisions: MemoryDecision[];
  messages: Map<MessageId, MemoryMessage>;
  queue(message: Omit<MemoryMessage, 'messageId'>): MemoryMessage;
  clear(): void;
}

export function createReviewTables(): ReviewTables {
  const tables: ReviewTables = {
    samples: new Map(),
    deliveries: new Map(),
    reviews: [],
    decisions: [],
    messages: new Map(),
    queue(rest) {
      const message = { messageId: messageId(randomUUID()), ...rest };
      tables.messages.set(message.messageId, message);
      return message;
    },
    clear() {
      for (const table of [tables.samples, tables.deliveries, tables.messages]) table.clear();
      tables.reviews.length = 0;
      tables.decisions.length = 0;
    },
  };
  return tables;
}
