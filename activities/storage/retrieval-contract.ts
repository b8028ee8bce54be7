// Bringing a result back from the archive, as the sagas see it.

import type { RestoreMove } from '../../db/restores.ts';

export interface RetrievalActivities {
  /**
   * Asks the archive for a copy that can be read; repeated, it asks no more than once. `pollSeconds`: how long to wait
   * for the store's notice before it is worth asking.
   * @throws VarloomError `archive_missing`, `retrieval_refused`
   */
  'storage.result.retrieve'(input: {
    archiveKey: string;
  }): Promise<{ state: 'ongoing' | 'available'; pollSeconds: number }>;

  /** `none`: the store knows of no retrieval; it was lost, or its copy has expired. */
  'storage.result.checkRetrieval'(input: {
    archiveKey: string;
  }): Promise<{ state: 'none' | 'ongoing' | 'available' | 'missing' }>;

  /**
   * Copies a retrieved result to the standard class under its new key, and returns only when that copy is proven whole.
   * @throws VarloomError `archive_missing`, `restore_verification_failed`
   */
  'storage.result.restore'(move: RestoreMove): Promise<'restored' | 'not_retrieved'>;
}
