// Holding the records against the store: is every result that rests where it is recorded, and readable or not as it
// should be? What moves is left alone.

import { resultsAtRest, type ResultAtRest } from '../../db/reconciliation.ts';
import type { Database } from '../../db/client.ts';
import type { JobId, UserId } from '../../domain/ids.ts';
import type { Principal } from '../../domain/principal.ts';
import { isArchiveClass, type ObjectStore } from '../../store/store.ts';
import { alive } from './alive.ts';
import { inResults } from './objects.ts';

/**
 * `…_missing`: the recorded copy is not there. `…_damaged`: it has another size or checksum. `live_unreadable`: something
 * put it into an archive class. `archive_readable`: it is not in an archive class, and costs what a live one does.
 * `live_left`: the result is archived, and its live copy is still there.
 */
export type FindingKind =
  | 'live_missing'
  | 'live_damaged'
  | 'live_unreadable'
  | 'archive_missing'
  | 'archive_damaged'
  | 'archive_readable'
  | 'live_left';

export interface Finding {
  jobId: JobId;
  userId: UserId;
  generation: number;
  state: 'live' | 'archived';
  kind: FindingKind;
}

export interface Comparison {
  findings: Finding[];
  /** How many results were looked at. */
  compared: number;
  /** Where the next page begins; null after the last. */
  next: JobId | null;
}

/** Requests to the store at once. */
const CONCURRENCY = 16;

export function createComparisonActivities(deps: {
  store: ObjectStore;
  database: Database;
  principal: () => Principal;
}) {
  const { store, database, principal } = deps;
  return {
    /** One page of results, in the order of their jobs. A finding counts only when nothing moved the result meanwhile. */
    'storage.results.compare': ({ after, limit }: { after: JobId | null; limit: number }): Promise<Comparison> =>
      alive(async (signal) => {
        const page = await resultsAtRest(database, principal(), { after, limit });
        const suspected = await compareResults(store, page, signal);
        const ids = [...new Set(suspected.map(({ jobId }) => jobId))];
        const still = new Map(
          (await resultsAtRest(database, principal(), { ids })).map(({ jobId, generation }) => [jobId, generation]),
        );
        return {
          findings: suspected.filter(({ jobId, generation }) => still.get(jobId) === generation),
          compared: page.length,
          next: page.length < limit ? null : (page.at(-1)?.jobId ?? null),
        };
      }),
  };
}

export async function compareResults(
  store: ObjectStore,
  results: readonly ResultAtRest[],
  signal?: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const waiting = results.values();
  const compareNext = async () => {
    // One iterator for all: each result is taken once.
    for (const result of waiting) {
      signal?.throwIfAborted();
      const { jobId, userId, generation, state } = result;
      for (const kind of await differencesOf(store, result)) {
        findings.push({ jobId, userId, generation, state, kind });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, compareNext));
  return findings.sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
}

async function differencesOf(store: ObjectStore, result: ResultAtRest): Promise<FindingKind[]> {
  const live = await store.head(inResults(result.liveKey));
  if (result.state === 'live') {
    if (!live) return ['live_missing'];
    if (isDamaged(live, result)) return ['live_damaged'];
    return isArchiveClass(live.storageClass) ? ['live_unreadable'] : [];
  }
  const archived = result.archiveKey === null ? undefined : await store.head(inResults(result.archiveKey));
  const found: FindingKind[] = live ? ['live_left'] : [];
  if (!archived) found.push('archive_missing');
  else if (isDamaged(archived, result)) found.push('archive_damaged');
  else if (!isArchiveClass(archived.storageClass)) found.push('archive_readable');
  return found;
}

function isDamaged(
  found: { sizeBytes: number; storedSha256: string | undefined },
  recorded: { sizeBytes: number; sha256: string },
): boolean {
  if (found.sizeBytes !== recorded.sizeBytes) return true;
  // Objects above 5 GB have no SHA-256 of the whole.
  return found.storedSha256 !== undefined && found.storedSha256 !== recorded.sha256;
}
