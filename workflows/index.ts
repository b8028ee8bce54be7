// Everything that the workflow bundle contains.

export { annotateThenArchive } from './annotate-then-archive/workflow.ts';
export { archiveResult } from './archive-result/workflow.ts';
export { auditCheckpoint } from './audit-checkpoint/workflow.ts';
export { cleanUp } from './clean-up/workflow.ts';
export { deliveryReview } from './delivery-review/workflow.ts';
export { deliverWebhook } from './deliver-webhook/workflow.ts';
export { eraseData } from './erase-data/workflow.ts';
export { reconcile } from './reconcile/workflow.ts';
export { reconcileStore } from './reconcile-store/workflow.ts';
export { restoreResult } from './restore-result/workflow.ts';
export { reviewSample } from './review-sample/workflow.ts';
export { tendDeliveries } from './tend-deliveries/workflow.ts';
export { tendJobs } from './tend-jobs/workflow.ts';
export { tendSubscriptions } from './tend-subscriptions/workflow.ts';
export { tendWebhooks } from './tend-webhooks/workflow.ts';
export { upgradeThenRestore } from './upgrade-then-restore/workflow.ts';

import './versioning.ts';
