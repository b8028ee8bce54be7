// The engine's activities around an engine that a test makes: a store of files, and nobody who is told of anything.

import { join } from 'node:path';
import type { JobId } from '../../domain/ids.ts';
import { createEngineActivities, type AnnotateInput } from './activity.ts';
import { TEST_LIMITS } from './bcftools/engine-run.ts';
import type { AnnotationEngine } from './engine.ts';
import { createFileStore, ETAG } from './file-store.ts';

/** The store is in `root`, as is what the activities work in. */
export const bareEngineActivities = (root: string, engine: AnnotationEngine, mostDeaths?: number) =>
  createEngineActivities({
    engine,
    store: createFileStore(root).store,
    references: {
      local: async (name) => ({
        ...{ name, description: '', fastaPath: '', gffPath: '', knownPath: undefined },
        ...{ contigs: [], checksums: { fasta: '', gff: '' } },
      }),
    },
    progress: { report: async () => {} },
    jobs: { inputFileName: async () => 'sample.vcf' },
    workDirectory: join(root, 'work'),
    limits: TEST_LIMITS,
    ...(mostDeaths === undefined ? {} : { mostDeaths }),
    logger: { info: () => {}, warn: () => {} },
  });

/** Of an upload `upload-1` that holds `content`. */
export const bareInput = (jobId: JobId, content: string): AnnotateInput => ({
  jobId,
  inputFile: 'upload-1',
  etag: ETAG,
  inputSizeBytes: content.length,
  sizeLimitBytes: 100,
  genome: 'synthetic',
  consequenceMode: 'auto',
});
