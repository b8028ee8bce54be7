// How the ids of each saga begin: `workflowIds` of `domain/ids.ts` makes them. Those that Schedules start take no arguments,
// and any id.

export const ID_PREFIXES: Readonly<Record<string, string>> = {
  annotateThenArchive: 'annotation/',
  archiveResult: 'archive/',
  deliverWebhook: 'webhook/',
  deliveryReview: 'delivery/',
  eraseData: 'erasure/',
  restoreResult: 'restore/',
  reviewSample: 'review/',
  upgradeThenRestore: 'subscription/',
};
