// Which metrics a text speaks of, and which ones a process exposes: dashboards, rules and runbooks must not speak of others.

/** Names in PromQL or prose; those of a histogram's parts by the histogram's own name. */
export function metricNamesIn(text: string): string[] {
  const found = text.match(/\b(?:varloom|temporal|nodejs|process)_[a-z0-9_]+\b/g) ?? [];
  return [...new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, '')))].toSorted();
}

/** Names of an exposition, told or not: a counter without labels yet has a line of its type all the same. */
export function exposedNames(exposition: string): string[] {
  return [...exposition.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
}

/** The SDK makes these with the first failure; a sound stack does not show them. */
export const ONLY_AFTER_A_FAILURE = [
  'temporal_workflow_failed_total',
  'temporal_workflow_task_execution_failed_total',
] as const;
