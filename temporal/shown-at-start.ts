// What operators see of a saga in Temporal from its start: a line that says what it is for, a memo, and by what it is found.
// Clients and workflows pass every start through `shownAtStart`, so that no starter can forget it.

import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributePair } from '@temporalio/common';
import { isId } from '../domain/ids.ts';
import type { Principal } from '../domain/principal.ts';
import { SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search-attributes.ts';

/** Every type of workflow there is, and what it is for: a test holds this to what the workflow bundle exports. */
export const PURPOSES: Readonly<Record<string, string>> = {
  annotateThenArchive: 'Annotates an input; after the retention window, archives the result of a Free owner',
  archiveResult: 'Moves a result into the archive',
  auditCheckpoint: 'Signs where the audit logs stand',
  cleanUp: 'Removes uploads, objects and directories that belong to nothing',
  deliverWebhook: 'Sends a message to a partner until it is taken, or no attempt is left',
  deliveryReview: 'Takes the samples of a delivery through review, and to the partner',
  eraseData: 'Erases input, result and log of a job',
  reconcile: 'Holds plans against the payment service, and results against plans',
  reconcileStore: 'Holds results against what the store has',
  restoreResult: 'Brings a result back from the archive',
  reviewSample: 'Takes a sample through the three levels of review',
  tendDeliveries: 'Starts sagas of deliveries and reviews that have none',
  tendJobs: 'Starts sagas of jobs that have none, and repeats what they were not told',
  tendSubscriptions: 'Tells sagas what the payment service has said',
  tendWebhooks: 'Starts sagas of messages to partners that have none',
  upgradeThenRestore: "Brings a user's plan and results to what is paid for",
};

/** The ids that sagas are started with, by the names that they have in a memo. */
const IDS = {
  jobId: 'JobId',
  review: 'SampleId',
  sample: 'SampleId',
  delivery: 'DeliveryId',
  messageId: 'MessageId',
  userId: 'UserId',
} as const;

/** What a starter knows of a saga beyond the ids that it gives it: as it was when the saga began. */
export type StartFacts = Partial<Record<'Genome' | 'Plan' | 'OrganizationId', string | undefined>>;

/** To be spread into the options of a start. */
export const known = (facts: StartFacts): { memo: Record<string, unknown> } => ({
  memo: Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
});

export interface StartOptions {
  readonly args?: readonly unknown[];
  readonly memo?: Readonly<Record<string, unknown>>;
}

export interface Shown {
  staticSummary: string;
  memo: Record<string, unknown>;
  typedSearchAttributes?: SearchAttributePair[];
}

/**
 * The same options, with what is shown. A memo holds ids and words of closed sets, and is encrypted; what of it is a search
 * attribute is found by it too. Types that are not ours are left as they are.
 */
export function shownAtStart<Options extends StartOptions>(
  workflowType: string,
  options: Options,
  organizationId?: string,
): Options | (Options & Shown) {
  const purpose = PURPOSES[workflowType];
  if (purpose === undefined) return options;
  const organization = organizationId === undefined ? {} : { OrganizationId: organizationId };
  const memo = { Purpose: purpose, ...idsIn(options.args?.[0]), ...organization, ...options.memo };
  const found = SEARCH_ATTRIBUTES.flatMap((name) => {
    const value: unknown = Reflect.get(memo, name);
    return typeof value === 'string' ? [findableBy(name, value)] : [];
  });
  const typedSearchAttributes = found.length === 0 ? {} : { typedSearchAttributes: found };
  return { ...options, staticSummary: purpose, memo, ...typedSearchAttributes };
}

/** The organization that a saga belongs to which this principal starts. Undefined of the service's own programs. */
export const organizationOf = (principal: Principal | undefined): string | undefined =>
  principal === undefined || principal.kind === 'system' ? undefined : principal.organizationId;

export const attributeKey = (name: SearchAttribute) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

const findableBy = (name: SearchAttribute, value: string): SearchAttributePair => ({ key: attributeKey(name), value });

/** Whatever else a saga is started with stays out of the memo. */
function idsIn(input: unknown): Record<string, string> {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(
    Object.entries(IDS).flatMap(([field, name]) => {
      const value: unknown = Reflect.get(input, field);
      return typeof value === 'string' && isId(value) ? [[name, value]] : [];
    }),
  );
}
