// A sample of a manifest: checksums, where it comes from, who signed as what, and links to its files.

import { createHash } from 'node:crypto';
import type { DeliveredSample } from '../../db/partner-view.ts';
import { liveKeyOf, RESULT_FILE } from '../../db/results.ts';
import type { ManifestSample } from '../../domain/http-partners.ts';
import type { Dependencies } from '../context.ts';

const PROVENANCE = 'provenance.json';
const PROVENANCE_LIMIT_BYTES = 1024 ** 2;

const FILES = {
  index: { name: `${RESULT_FILE}.tbi`, suffix: '.annotated.vcf.gz.tbi', contentType: 'application/octet-stream' },
  log: { name: 'annotation.log', suffix: '.annotation.log', contentType: 'text/plain; charset=utf-8' },
  provenance: { name: PROVENANCE, suffix: '.provenance.json', contentType: 'application/json' },
} as const;

export async function manifestSampleOf(
  { settings, presigner, store }: Pick<Dependencies, 'settings' | 'presigner' | 'store'>,
  { sampleId, barcode, job, decisions }: DeliveredSample,
): Promise<ManifestSample> {
  const prefix = job.resultState === 'deleted' ? null : job.resultPrefix;
  // Named by the barcode: what its owner called the file may name a patient.
  const link = (key: string | null, suffix: string, contentType: string) =>
    key === null
      ? null
      : presigner.getLink(
          { bucket: 'results', key },
          { fileName: barcode + suffix, contentType, expirySeconds: settings.DELIVERY_LINK_SECONDS },
        );
  const fileLink = ({ name, suffix, contentType }: (typeof FILES)[keyof typeof FILES]) =>
    link(prefix && `${prefix}/${name}`, suffix, contentType);
  const resultKey = job.resultState === 'live' ? liveKeyOf(job) : null;
  const [result, index, log, provenance, document] = await Promise.all([
    link(resultKey, '.annotated.vcf.gz', 'application/gzip'),
    fileLink(FILES.index),
    fileLink(FILES.log),
    fileLink(FILES.provenance),
    prefix && store.readText({ bucket: 'results', key: `${prefix}/${PROVENANCE}` }, PROVENANCE_LIMIT_BYTES),
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
    links: { result, index, log, provenance },
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
