// Saga `archive/<jobId>` on queue `orchestration`: archives a result apart from its annotation. Started by
// `subscription/<userId>` after a downgrade, and by reconciliation where an earlier move was cut short.

import type { JobId } from '../../domain/ids.ts';
import { archive, type ArchiveOutcome } from '../archive.ts';

export interface ArchiveResultInput {
  jobId: JobId;
  /** The generation of the live result; of one that is half-way, the generation before. */
  generation: number;
}

export function archiveResult({ jobId, generation }: ArchiveResultInput): Promise<ArchiveOutcome> {
  return archive(jobId, generation);
}
