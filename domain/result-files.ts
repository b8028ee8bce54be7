// The files that an annotation makes: their names under a result's prefix, and what they are.

export const RESULT_FILES = {
  vcf: { name: 'annotated.vcf.gz', contentType: 'application/gzip' },
  index: { name: 'annotated.vcf.gz.tbi', contentType: 'application/octet-stream' },
  log: { name: 'annotation.log', contentType: 'text/plain; charset=utf-8' },
  summary: { name: 'summary.json', contentType: 'application/json' },
  provenance: { name: 'provenance.json', contentType: 'application/json' },
} as const;
export type ResultFile = keyof typeof RESULT_FILES;

/** Of a file in the bucket `results`, `prefix` without the slash. An archived VCF has a key of its own. */
export function resultFileKey(prefix: string, file: ResultFile): string {
  return `${prefix}/${RESULT_FILES[file].name}`;
}
