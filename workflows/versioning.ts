// Which version of this code a run stays with, where workers are versioned: see docs/changing-a-workflow.md.

import type { VersioningBehavior } from '@temporalio/common';
import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { archiveResult } from './archive-result/workflow.ts';
import { auditCheckpoint } from './audit-checkpoint/workflow.ts';
import { cleanUp } from './clean-up/workflow.ts';
import { deliverWebhook } from './deliver-webhook/workflow.ts';
import { deliveryReview } from './delivery-review/workflow.ts';
import { eraseData } from './erase-data/workflow.ts';
import { reconcile } from './reconcile/workflow.ts';
import { reconcileStore } from './reconcile-store/workflow.ts';
import { restoreResult } from './restore-result/workflow.ts';
import { reviewSample } from './review-sample/workflow.ts';
import { tendDeliveries } from './tend-deliveries/workflow.ts';
import { tendJobs } from './tend-jobs/workflow.ts';
import { tendSubscriptions } from './tend-subscriptions/workflow.ts';
import { tendWebhooks } from './tend-webhooks/workflow.ts';
import { upgradeThenRestore } from './upgrade-then-restore/workflow.ts';

/** Over within minutes: each ends on the version that it began with, which is kept running until then. */
export const PINNED = [
  archiveResult,
  auditCheckpoint,
  cleanUp,
  eraseData,
  reconcile,
  reconcileStore,
  tendDeliveries,
  tendJobs,
  tendSubscriptions,
  tendWebhooks,
] as const;

/** They wait for days, for people, for Glacier or for a partner: each goes on with the version that is current. */
export const AUTO_UPGRADE = [deliverWebhook, deliveryReview, restoreResult, reviewSample, upgradeThenRestore] as const;

// `annotateThenArchive` is in neither: it lasts as long as the retention window, which is a setting of the worker. It
// takes the worker's default behaviour (workers/deployment.ts).

const staysWith = (versioningBehavior: VersioningBehavior) => () =>
  // A worker that is no version of a deployment may name no behaviour: the server refuses what it completes.
  workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior } : {};

for (const workflow of PINNED) setWorkflowOptions(staysWith('PINNED'), workflow as () => Promise<unknown>);
for (const workflow of AUTO_UPGRADE) setWorkflowOptions(staysWith('AUTO_UPGRADE'), workflow as () => Promise<unknown>);
