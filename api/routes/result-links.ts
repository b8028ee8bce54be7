// Links to the files of a job's result, named for whom they are for.

import type { JobRow } from '../../db/jobs.ts';
import { liveKeyOf } from '../../db/results.ts';
import { RESULT_FILES, resultFileKey, type ResultFile } from '../../domain/result-files.ts';
import type { Presigner } from '../../store/presign.ts';

type LinkedJob = Pick<JobRow, 'resultKey' | 'resultPrefix' | 'resultState'>;

interface LinkOptions {
  /** What the downloaded file's name begins with. */
  named: string;
  expirySeconds: number;
}

export function linkToKey(
  presigner: Presigner,
  key: string,
  file: ResultFile,
  { named, expirySeconds }: LinkOptions,
): Promise<string> {
  const { name, contentType } = RESULT_FILES[file];
  return presigner.getLink({ bucket: 'results', key }, { fileName: `${named}.${name}`, contentType, expirySeconds });
}

/** Where the files of a job that is not erased are; null without a result. */
export function resultPrefixOf(job: Omit<LinkedJob, 'resultKey'>): string | null {
  return job.resultState === 'deleted' ? null : job.resultPrefix;
}

/** What makes the links to a job's files: null for one that is not there, such as the VCF while it is not live. */
export function fileLinksOf(presigner: Presigner, job: LinkedJob, options: LinkOptions) {
  const prefix = resultPrefixOf(job);
  return async (file: ResultFile): Promise<string | null> => {
    // The VCF alone is archived, and is somewhere else after a restore.
    const vcfKey = job.resultState === 'live' ? liveKeyOf(job) : null;
    const key = file === 'vcf' ? vcfKey : prefix && resultFileKey(prefix, file);
    return key === null ? null : linkToKey(presigner, key, file, options);
  };
}
