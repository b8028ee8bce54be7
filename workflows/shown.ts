// What operators see of a saga in Temporal: by what it can be found, and what it is at.

import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttribute } from '../domain/search-attributes.ts';

/**
 * Makes the saga findable by these; null removes one. A command: where runs may have begun before it was there, what they
 * were told at the time must decide whether it is called.
 */
export function showAs(attributes: Readonly<Partial<Record<SearchAttribute, string | null>>>): void {
  upsertSearchAttributes(
    Object.entries(attributes).map(([name, value]) => ({
      key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      value,
    })),
  );
}

/** Says in plain words what the saga is at. Seen in Temporal's UI, and encrypted like everything else. */
export const showDetails = (details: string): void => setCurrentDetails(details);
