// What operators filter sagas by in Temporal. Search attributes are not encrypted: they hold ids and words of closed sets,
// never what belongs to a person.

/** All of Temporal's type Keyword. */
export const SEARCH_ATTRIBUTES = ['JobStatus', 'Plan', 'Genome', 'OrganizationId', 'ReviewLevel'] as const;

export type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[number];
