// A sample of a manifest: checksums, where it comes from, who signed as what, and links to its files.

import { createHash } from 'node:crypto';
import type { DeliveredSample } from '../../db/partner-view.ts';
import type { ManifestSample } from '../../domain/http-partners.ts';
import { resultFileKey } from '../../domain/result-files.ts';
import type { Dependencies } from '../context.ts';
import { fileLinksOf, resultPrefixOf } from './result-links.ts';

const PROVENANCE_LIMIT_BYTES = 1024 ** 2;

export async function manifestSampleOf(
  { presigner, store }: Pick<Dependencies, 'presigner' | 'store'>,
  { sampleId, barcode, job, decisions }: DeliveredSample,
  linkSeconds: number,
): Promise<ManifestSample> {
  const prefix = resultPrefixOf(job);
  // Named by the sample: the name stands in the link, and so in the store's logs of access, where neither a barcode belongs nor
  // what its owner called the file.
  const link = fileLinksOf(presigner, job, { named: sampleId, expirySeconds: linkSeconds });
  const [result, index, provenance, document] = await Promise.all([
    link('vcf'),
    link('index'),
    link('provenance'),
    prefix && store.readText({ bucket: 'results', key: resultFileKey(prefix, 'provenance') }, PROVENANCE_LIMIT_BYTES),
  ]);
  return {
    sample_id: sampleId,
    barcode,
    job_id: job.jobId,
    genome: job.genome,
    consequence_mode: job.consequenceMode,
    records: job.records,
    result:
      job.resultSizeBytes === null || job.resultSha256 === null
        ? null
        : { size_bytes: job.resultSizeBytes, sha256: job.resultSha256 },
    provenance: document ? provenanceOf(document) : null,
    decisions: decisions.map(({ at, ...decision }) => ({ ...decision, at: at.toISOString() })),
    // The log stays in the laboratory: it names the file as its owner called it.
    links: { result, index, log: null, provenance },
  };
}

function provenanceOf(text: string): ManifestSample['provenance'] {
  const sha256 = createHash('sha256').update(text).digest('hex');
  try {
    const { engine, input, reference } = Object(JSON.parse(text)) as Record<string, unknown>;
    return { engine: engine ?? null, input: input ?? null, reference: reference ?? null, sha256 };
  } catch {
    // One that was cut at the limit.
    return null;
  }
}
