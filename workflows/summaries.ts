// What each activity does, in plain words: the line that Temporal's UI shows beside it.

import type { AuditActivities } from '../activities/audit/activities.ts';
import type { BillingActivities } from '../activities/billing/contract.ts';
import type { EngineActivities } from '../activities/engine/activity.ts';
import type { MailActivities } from '../activities/mail/activities.ts';
import type { EndpointMailActivities } from '../activities/mail/endpoint-mail.ts';
import type { ReviewMailActivities } from '../activities/mail/review-mail.ts';
import type { SubscriptionMailActivities } from '../activities/mail/subscription-mail.ts';
import type { StorageActivities } from '../activities/storage/activities.ts';
import type { RetrievalActivities } from '../activities/storage/retrieval-contract.ts';
import type { WebhookActivities } from '../activities/webhooks/activities.ts';

type RemoteActivity = keyof (AuditActivities &
  BillingActivities &
  EngineActivities &
  MailActivities &
  EndpointMailActivities &
  ReviewMailActivities &
  SubscriptionMailActivities &
  StorageActivities &
  RetrievalActivities &
  WebhookActivities);

const SUMMARIES: Readonly<Record<RemoteActivity, string>> = {
  'audit.checkpoint.write': 'Sign where the audit logs stand',
  'billing.account.read': 'Read what is paid for',
  'billing.accounts.list': 'List who pays',
  'billing.checkout.expire': 'Close the payment page',
  'billing.checkout.open': 'Open a payment page',
  'billing.customer.ensure': 'Find or make the customer',
  'billing.portal.open': 'Open the page for payment methods and invoices',
  'billing.subscription.cancel': 'Cancel the subscription',
  'billing.subscription.undo': 'Cancel the subscription and refund it',
  'engine.input.annotate': 'Annotate the variants, and publish result, log and summary',
  'engine.staging.sweep': 'Remove directories that dead workers left',
  'mail.annotation.send': 'Mail the owner how the annotation ended',
  'mail.delivery.send': 'Mail people of the delivery',
  'mail.endpoint.send': 'Mail the administrators that a webhook endpoint is disabled',
  'mail.review.send': 'Mail the reviewers',
  'mail.subscription.send': 'Mail the subscriber',
  'storage.job.erase': 'Erase everything of the job',
  'storage.object.remove': 'Remove one copy',
  'storage.result.archive': 'Copy the result into the archive, and verify the copy',
  'storage.result.checkRetrieval': 'Ask the archive whether the copy can be read',
  'storage.result.discard': 'Remove what the engine had published',
  'storage.result.restore': 'Copy the result back, and verify the copy',
  'storage.result.retrieve': 'Ask the archive for the copy',
  'storage.results.compare': 'Compare results with the store',
  'storage.results.sweep': 'Remove objects that belong to no result',
  'storage.uploads.sweep': 'Remove uploads that were never submitted',
  'webhooks.message.send': 'Send the message to the partner',
};

const BY_TYPE: ReadonlyMap<string, string> = new Map(Object.entries(SUMMARIES));

/** Undefined for what is not listed: a step in Postgres, whose name says it. */
export const summaryOf = (activityType: string): string | undefined => BY_TYPE.get(activityType);
