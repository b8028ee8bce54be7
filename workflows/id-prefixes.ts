// How the ids of each saga begin. Those that Schedules start take no arguments, and any id.

import { workflowIds } from '../domain/ids.ts';

/** The id of nothing: what is left is what every id of the kind begins with. */
const NOTHING = '' as never;

export const ID_PREFIXES: Readonly<Record<string, string>> = {
  annotateThenArchive: workflowIds.annotation(NOTHING),
  archiveResult: workflowIds.archive(NOTHING),
  deliverWebhook: workflowIds.webhook(NOTHING),
  deliveryReview: workflowIds.delivery(NOTHING),
  eraseData: workflowIds.erasure(NOTHING),
  restoreResult: workflowIds.restore(NOTHING),
  reviewSample: workflowIds.review(NOTHING),
  upgradeThenRestore: workflowIds.subscription(NOTHING),
};
