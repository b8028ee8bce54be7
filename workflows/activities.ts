// The activities as workflows call them: each timeout and retry policy is stated here, once, with its reason.

import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { BillingActivities } from '../activities/billing/contract.ts';
import type { EngineActivities } from '../activities/engine/activity.ts';
import type { MailActivities } from '../activities/mail/activities.ts';
import type { ReviewMailActivities } from '../activities/mail/review-mail.ts';
import type { SubscriptionMailActivities } from '../activities/mail/subscription-mail.ts';
import type { DeliveryTendingActivities } from '../activities/records/delivery-tending.ts';
import type { RecordsActivities } from '../activities/records/activities.ts';
import type { BillingRecordsActivities } from '../activities/records/billing.ts';
import type { ReconciliationActivities } from '../activities/records/reconciliation.ts';
import type { ReviewRecordsActivities } from '../activities/records/review.ts';
import type { WebhookRecordsActivities } from '../activities/records/webhooks.ts';
import type { StorageActivities } from '../activities/storage/activities.ts';
import type { RetrievalActivities } from '../activities/storage/retrieval-contract.ts';
import type { WebhookActivities } from '../activities/webhooks/activities.ts';
import { MAIL_ATTEMPT_SECONDS } from '../domain/mail.ts';
import { TASK_QUEUES } from '../domain/queues.ts';
import { oneAtATime } from './one-at-a-time.ts';

/** Short database steps. A database that is down for days is waited for: no record of a state change may be lost. */
export const records = oneAtATime(
  proxyLocalActivities<
    RecordsActivities &
      BillingRecordsActivities &
      ReconciliationActivities &
      ReviewRecordsActivities &
      DeliveryTendingActivities &
      WebhookRecordsActivities
  >({
    startToCloseTimeout: '20 seconds',
    scheduleToCloseTimeout: '30 days',
    localRetryThreshold: '5 seconds',
    retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
  }),
);

/**
 * A worker that dies is noticed within the heartbeat timeout; there may be no engine worker for days, and an outage of
 * the store or the database is waited out for about a day. The activity itself ends an input that kills its workers, after
 * fewer attempts (`activities/engine/attempts.ts`). Cancellation waits until the engine is really dead, so that nothing is
 * written behind the undo.
 */
export const engine = proxyActivities<Pick<EngineActivities, 'engine.input.annotate'>>({
  taskQueue: TASK_QUEUES.engine,
  startToCloseTimeout: '12 hours',
  scheduleToCloseTimeout: '14 days',
  heartbeatTimeout: '15 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 3, maximumInterval: '5 minutes', maximumAttempts: 300 },
});

/** Copies within the store are quick for small results and take an hour for the largest; the store may be down for a day. */
export const storage = proxyActivities<StorageActivities & RetrievalActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '2 hours',
  scheduleToCloseTimeout: '2 days',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** Mail is late rather than lost, but worth nothing after a day. */
export const mail = proxyActivities<MailActivities & SubscriptionMailActivities & ReviewMailActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: `${MAIL_ATTEMPT_SECONDS} seconds`,
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
});

/**
 * The payment service answers in seconds or not at all, and what it was asked must happen in the end: a charge that is
 * to be refunded is not forgotten because the service is down for a week.
 */
export const billing = proxyActivities<BillingActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '30 days',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/**
 * One attempt, which ends by itself within seconds: when the next one follows is the saga's own schedule. Only our own
 * faults are tried again here, and the database may be away for days.
 */
export const webhooks = proxyActivities<WebhookActivities>({
  taskQueue: TASK_QUEUES.io,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 days',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
});
