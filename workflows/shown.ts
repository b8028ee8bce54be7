// What operators see of a saga in Temporal while it goes on: by what it can be found, and what it is at. What they see from
// its start on: `temporal/shown-at-start.ts`.

import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SearchAttribute } from '../domain/search-attributes.ts';
import { attributeKey } from '../temporal/shown-at-start.ts';

/**
 * Makes the saga findable by these; null removes one. A command: where runs may have begun before it was there, what they
 * were told at the time must decide whether it is called.
 */
export function showAs(attributes: Readonly<Partial<Record<SearchAttribute, string | null>>>): void {
  upsertSearchAttributes(
    Object.entries(attributes).map(([name, value]) => ({
      key: attributeKey(name as SearchAttribute), // the record has no other names
      value,
    })),
  );
}

/** Says in plain words what the saga is at. Seen in Temporal's UI, and encrypted like everything else. */
export const showDetails = (details: string): void => setCurrentDetails(details);

/**
 * Makes the saga findable by its organization, where whoever began it did not know it. Undefined in what old histories hold:
 * then nothing is shown.
 */
export function showOwner(organizationId: string | undefined): void {
  if (organizationId === undefined) return;
  if (workflowInfo().typedSearchAttributes.get(attributeKey('OrganizationId')) !== undefined) return;
  showAs({ OrganizationId: organizationId });
}
