// What an input is when it is not a VCF, told by how it begins.

import { VarloomError } from '../../../domain/errors.ts';

const OTHER_FORMATS: readonly [name: string, bytes: string][] = [
  ['a PNG image', '\x89PNG'],
  ['a zip archive', 'PK\x03\x04'],
  ['a BCF file; convert it with bcftools view', 'BCF\x02'],
  ['a bzip2 file', 'BZh'],
  ['an xz file', '\xfd7zXZ'],
  ['a zstd file', '\x28\xb5\x2f\xfd'],
  ['a PDF document', '%PDF'],
  ['a BAM file', 'BAM\x01'],
];

/** @throws VarloomError unless the text begins as a VCF does */
export function refuseOtherFormats(start: Buffer): void {
  if (start.length === 0) throw new VarloomError('input_empty', 'The file has no content.');
  const head = start.subarray(0, 512).toString('latin1');
  if (head.startsWith('\xff\xfe') || head.startsWith('\xfe\xff') || /^(?:#\0|\0#)/.test(head)) {
    throw new VarloomError('input_bad_encoding', 'The file is UTF-16, not UTF-8.', { line: 1 });
  }
  if (head.startsWith('\xef\xbb\xbf')) {
    throw new VarloomError('input_bad_encoding', 'The file begins with a byte order mark.', { line: 1 });
  }
  for (const [name, bytes] of OTHER_FORMATS) {
    if (head.startsWith(bytes))
      throw new VarloomError('input_not_vcf', `The file is not a VCF but ${name}.`, { line: 1 });
  }
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(head)) {
    throw new VarloomError('input_not_vcf', 'The file is not a VCF but a web page (HTML or XML).', { line: 1 });
  }
  if (!head.startsWith('##fileformat=VCF')) {
    const why = head.startsWith('#CHROM')
      ? 'the ##fileformat line is missing'
      : 'its first line is not ##fileformat=VCF…';
    throw new VarloomError('input_not_vcf', `The file is not a VCF: ${why}.`, { line: 1 });
  }
}
