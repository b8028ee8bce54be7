// A result's way into the archive and back. Every act may be repeated, also by a saga that begins anew after a crash: what
// is in its place and whole is not copied again.

import type { ArchiveMove } from '../../db/results.ts';
import type { RestoreMove } from '../../db/restores.ts';
import { allowsTier, type ArchiveClass, type RetrievalTier } from '../../domain/billing.ts';
import { VarloomError } from '../../domain/errors.ts';
import {
  CopyDiffers,
  isArchiveClass,
  ObjectArchived,
  ObjectMissing,
  RetrievalRefused,
  type ObjectStore,
} from '../../store/store.ts';
import { alive } from './alive.ts';
import { inResults } from './objects.ts';
import type { RetrievalActivities } from './retrieval-contract.ts';

/** How the archive is used; the same in every worker. */
export interface ArchiveOptions {
  /** Where a Free owner's result goes; it must be retrieved before it can be read. */
  storageClass: ArchiveClass;
  tier: RetrievalTier;
  /** When to ask for a retrieval of which no notice came. */
  pollSeconds: number;
}

/** How long a retrieved copy can be read: it is copied at once, unless the workers are down. S3 is paid for it by the day. */
const RETRIEVED_DAYS = 2;

export function createArchiveActivities({ store, archive }: { store: ObjectStore; archive: ArchiveOptions }) {
  const retrieval: RetrievalActivities = {
    'storage.result.retrieve': ({ archiveKey }) =>
      alive(async () => {
        const { tier, pollSeconds } = archive;
        try {
          if (tier === 'Expedited') await refuseUnlessAllowed(archiveKey);
          return { state: await store.retrieve(inResults(archiveKey), { tier, days: RETRIEVED_DAYS }), pollSeconds };
        } catch (error) {
          if (error instanceof ObjectMissing) throw archiveMissing();
          if (error instanceof RetrievalRefused) throw retrievalRefused();
          throw error;
        }
      }),

    'storage.result.checkRetrieval': ({ archiveKey }) =>
      alive(async () => {
        const facts = await store.head(inResults(archiveKey));
        if (!facts) return { state: 'missing' };
        return { state: isArchiveClass(facts.storageClass) ? facts.retrieval : 'available' };
      }),

    'storage.result.restore': (move: RestoreMove) =>
      alive(async (signal) => {
        const { sizeBytes, sha256 } = move;
        const live = { sizeBytes, sha256, storageClass: 'STANDARD' };
        if (await store.isWhole(inResults(move.liveKey), live)) return 'restored';
        try {
          await store.copy(inResults(move.archiveKey), inResults(move.liveKey), live, { signal });
          return 'restored';
        } catch (error) {
          if (error instanceof ObjectArchived) return 'not_retrieved';
          if (error instanceof ObjectMissing) throw archiveMissing();
          if (error instanceof CopyDiffers) {
            throw new VarloomError('restore_verification_failed', `The restored copy is not whole: ${error.message}.`);
          }
          throw error;
        }
      }),
  };

  return {
    ...retrieval,

    /** Copies a result to the archive class under another key, and returns only when that copy is proven whole. */
    'storage.result.archive': (move: ArchiveMove): Promise<void> =>
      alive(async (signal) => {
        if (await isArchived(move)) return;
        const { sizeBytes, sha256 } = move;
        const copy = { sizeBytes, sha256, storageClass: archive.storageClass };
        try {
          await store.copy(inResults(move.liveKey), inResults(move.archiveKey), copy, { signal });
        } catch (error) {
          if (error instanceof CopyDiffers) {
            throw new VarloomError('archive_verification_failed', `The archived copy is not whole: ${error.message}.`);
          }
          if (error instanceof ObjectMissing) {
            throw new VarloomError('archive_verification_failed', 'The result to be archived is not in the store.');
          }
          throw error;
        }
      }),
  };

  /** In whichever archive class: the setting may have changed since, and the live copy may be gone by now. */
  async function isArchived({ archiveKey, sizeBytes, sha256 }: ArchiveMove): Promise<boolean> {
    const facts = await store.head(inResults(archiveKey));
    if (!facts || !isArchiveClass(facts.storageClass)) return false;
    return store.isWhole(inResults(archiveKey), { sizeBytes, sha256, storageClass: facts.storageClass });
  }

  /** By the class that the copy has, whatever the setting says now. Not every store refuses by itself. */
  async function refuseUnlessAllowed(archiveKey: string): Promise<void> {
    const facts = await store.head(inResults(archiveKey));
    if (!facts) throw new ObjectMissing(archiveKey);
    if (isArchiveClass(facts.storageClass) && !allowsTier(facts.storageClass, archive.tier)) {
      throw new RetrievalRefused(archiveKey);
    }
  }

  function retrievalRefused(): VarloomError {
    return new VarloomError('retrieval_refused', `The archived copy's class allows no ${archive.tier} retrieval.`);
  }
}

const archiveMissing = () => new VarloomError('archive_missing', 'The archived copy is not in the store.');
