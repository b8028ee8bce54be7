// Every kind of input that must be refused, made from one good file, for the table-driven tests.

import { gzipSync } from 'node:zlib';
import type { ErrorType } from '../../../domain/errors.ts';
import type { EngineLimits } from '../engine.ts';
import { BGZF_END, toBgzf } from './bgzf.ts';

export interface GoodInput {
  header: string[];
  /** Ends with #CHROM. */
  records: string[];
  /** The other of the genome's bases than `base`. */
  other: (base: string) => string;
  contigs: readonly { name: string; length: number }[];
  /** The last base of the first contig. */
  lastBase: string;
}

export interface RefusedCase {
  name: string;
  input: string | Uint8Array;
  type: ErrorType;
  /** What the message must name: a line, a record, a number. */
  says: RegExp;
  line?: number;
  limits?: Partial<EngineLimits>;
}

export const text = (...lines: readonly (string | readonly string[])[]): string => lines.flat().join('\n') + '\n';

export function column(record: string, index: number, value: string): string {
  return record.split('\t').with(index, value).join('\t');
}

/** Cuts `count` bytes off the end. */
const cut = (bytes: Uint8Array, count: number): Uint8Array => bytes.subarray(0, bytes.length - count);

export function at(records: readonly string[], index: number): string {
  const record = records.at(index);
  if (record === undefined) throw new RangeError(`no record ${index}`);
  return record;
}

export function refusedCases({ header, records, other, contigs }: GoodInput): RefusedCase[] {
  const whole = text(header, records);
  const first = at(records, 0);
  const last = at(records, -1);
  const firstLine = header.length + 1;
  const ref = first.split('\t')[3] ?? '';
  const bad = (name: string, record: string, type: ErrorType, says: RegExp): RefusedCase => ({
    name,
    input: text(header, record, records.slice(1)),
    type,
    says,
    line: firstLine,
  });
  const length = contigs[0]?.length ?? 0;
  const gzip = gzipSync(whole);
  const bgzf = toBgzf(Buffer.from(whole), 8_192);
  const corrupt = Buffer.from(bgzf);
  corrupt.writeUInt8((corrupt[300] ?? 0) ^ 0xff, 300);
  const corruptGzip = Buffer.from(gzip);
  corruptGzip.fill(0xff, gzip.length >> 1, (gzip.length >> 1) + 16);
  const isPlain = (record: string): boolean => /^[^\t]+\t\d+\t\.\t[ACGT]\t[ACGT]\t/.test(record);
  const swapped = records.map((record) =>
    isPlain(record) ? column(record, 3, other(record.split('\t')[3] ?? '')) : record,
  );
  const swappedCount = records.filter(isPlain).length;
  const columnsLine = header.length;

  return [
    { name: 'empty', input: '', type: 'input_empty', says: /empty/ },
    { name: 'gzip of nothing', input: gzipSync(''), type: 'input_empty', says: /no content/ },
    { name: 'BGZF of nothing', input: BGZF_END, type: 'input_empty', says: /no content/ },
    { name: 'plain text', input: 'Dear all,\nplease find attached\n', type: 'input_not_vcf', says: /fileformat/ },
    { name: 'HTML', input: '<!DOCTYPE html>\n<html></html>\n', type: 'input_not_vcf', says: /HTML/ },
    { name: 'PNG', input: Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'), type: 'input_not_vcf', says: /PNG/ },
    { name: 'zip', input: Buffer.from('PK\x03\x04\0\0', 'latin1'), type: 'input_not_vcf', says: /zip/ },
    { name: 'BCF', input: toBgzf(Buffer.from('BCF\x02\x02\0', 'latin1')), type: 'input_not_vcf', says: /BCF/ },
    { name: 'UTF-16', input: Buffer.from(`\ufeff${whole}`, 'utf16le'), type: 'input_bad_encoding', says: /UTF-16/ },
    { name: 'UTF-16 without a mark', input: Buffer.from(whole, 'utf16le'), type: 'input_bad_encoding', says: /UTF-16/ },
    { name: 'byte order mark', input: `\ufeff${whole}`, type: 'input_bad_encoding', says: /byte order mark/ },
    { name: 'no header at all', input: text(records), type: 'input_not_vcf', says: /fileformat/ },
    {
      name: 'no #CHROM line',
      input: text(header.slice(0, -1), records),
      type: 'input_no_header',
      says: /#CHROM/,
      line: columnsLine,
    },
    { name: 'ends in the header', input: text(header.slice(0, -1)), type: 'input_no_header', says: /#CHROM/ },
    {
      name: '#CHROM line with spaces',
      input: text(header.slice(0, -1), at(header, -1).replaceAll('\t', ' '), records),
      type: 'input_no_header',
      says: /spaces/,
      line: columnsLine,
    },
    {
      name: 'truncated plain',
      input: cut(Buffer.from(whole), last.length - 12),
      type: 'input_truncated',
      says: /ends in the middle of line \d+/,
    },
    { name: 'truncated gzip', input: cut(gzip, gzip.length >> 1), type: 'input_truncated', says: /gzip/ },
    { name: 'gzip without its last bytes', input: cut(gzip, 4), type: 'input_truncated', says: /gzip/ },
    {
      name: 'truncated BGZF',
      input: cut(bgzf, BGZF_END.length + 40),
      type: 'input_truncated',
      says: /block at byte \d+/,
    },
    {
      name: 'missing EOF block',
      input: cut(bgzf, BGZF_END.length),
      type: 'input_truncated',
      says: /end-of-file block/,
    },
    { name: 'corrupt BGZF block', input: corrupt, type: 'input_corrupt', says: /block at byte 0 / },
    { name: 'corrupt gzip', input: corruptGzip, type: 'input_corrupt', says: /gzip data are damaged/ },
    {
      name: 'unsorted positions',
      input: text(header, records.slice(1, 3), first, records.slice(3)),
      type: 'input_unsorted',
      says: /comes after/,
      line: firstLine + 2,
    },
    {
      name: 'unsorted contigs',
      input: text(header, records, first),
      type: 'input_unsorted',
      says: /comes back/,
      line: firstLine + records.length,
    },
    bad('unknown contig', column(first, 0, 'chr99'), 'input_unknown_contig', /chr99 is not in the reference/),
    {
      name: "another genome's REF",
      input: text(header, swapped),
      type: 'input_reference_mismatch',
      says: new RegExp(
        `in ${swappedCount} of ${records.length} records; the first: line ${firstLine + records.findIndex(isPlain)}, `,
      ),
    },
    {
      name: 'one REF that differs, in the last record',
      input: text(
        header,
        records.slice(0, -1),
        column(last, 3, other(last.split('\t')[3]?.[0] ?? '') + (last.split('\t')[3]?.slice(1) ?? '')),
      ),
      type: 'input_reference_mismatch',
      says: new RegExp(`in 1 of ${records.length} records`),
      line: header.length + records.length,
    },
    bad('POS 0', column(first, 1, '0'), 'input_bad_position', /telomere/),
    bad('POS at the telomere after the end', column(first, 1, String(length + 1)), 'input_bad_position', /telomere/),
    bad(
      'POS past the end',
      column(first, 1, String(length + 100)),
      'input_bad_position',
      new RegExp(`${length} bases`),
    ),
    bad('REF over the end', column(column(first, 1, String(length)), 3, 'AAAA'), 'input_bad_position', /past the end/),
    bad('negative POS', column(first, 1, '-5'), 'input_bad_position', /-5/),
    bad('POS not a number', column(first, 1, '12x'), 'input_bad_position', /12x/),
    bad('POS with a fraction', column(first, 1, '1e3'), 'input_bad_position', /1e3/),
    bad('POS of thirty digits', column(first, 1, '9'.repeat(30)), 'input_bad_position', /POS/),
    bad('four columns', first.split('\t').slice(0, 4).join('\t'), 'input_malformed_record', /4 columns/),
    bad('two columns', first.split('\t').slice(0, 2).join('\t'), 'input_malformed_record', /2 columns/),
    bad(
      'eight columns where samples were promised',
      first.split('\t').slice(0, 8).join('\t'),
      'input_malformed_record',
      /8 columns/,
    ),
    bad('a sample too few', first.split('\t').slice(0, 9).join('\t'), 'input_malformed_record', /columns/),
    bad('a sample too many', `${first}\t0|0`, 'input_malformed_record', /11 columns/),
    {
      name: 'a sample too many in the last record',
      input: text(header, records, `${last}\t0|0`),
      type: 'input_malformed_record',
      says: /11 columns/,
    },
    bad('NUL byte', first.replace('PASS', 'PA\0SS'), 'input_malformed_record', /NUL/),
    {
      name: 'NUL byte in the header',
      input: `${at(header, 0)}\n##x=\0\n${whole}`,
      type: 'input_malformed_record',
      says: /NUL/,
      line: 2,
    },
    {
      name: 'blank line between records',
      input: text(header, first, '', records.slice(1)),
      type: 'input_malformed_record',
      says: /blank/,
      line: firstLine + 1,
    },
    {
      name: 'blank line in the header',
      input: text(at(header, 0), '', header.slice(1), records),
      type: 'input_not_vcf',
      says: /blank/,
      line: 2,
    },
    bad('spaces for tabs', first.replaceAll('\t', ' '), 'input_malformed_record', /spaces where tabs belong/),
    { name: 'CR only', input: whole.replaceAll('\n', '\r'), type: 'input_malformed_record', says: /CR alone/, line: 1 },
    bad('CR within a record', first.replace('PASS', 'PA\rSS'), 'input_malformed_record', /carriage return/),
    bad('junk ALT', column(first, 4, 'hello'), 'input_malformed_record', /ALT is not valid: hello/),
    bad('ALT of digits', column(first, 4, '1'), 'input_malformed_record', /ALT/),
    bad('half a symbolic ALT', column(first, 4, '<DEL'), 'input_malformed_record', /ALT/),
    bad('empty ALT', column(first, 4, ''), 'input_malformed_record', /ALT/),
    bad('an ALT list with a hole', column(first, 4, `${other(ref)},`), 'input_malformed_record', /ALT/),
    bad('junk REF', column(first, 3, 'A-'), 'input_malformed_record', /REF/),
    bad('QUAL not a number', column(first, 5, 'high'), 'input_malformed_record', /QUAL/),
    bad(
      'INFO integer that is text',
      column(first, 7, 'DP=many'),
      'input_malformed_record',
      /DP=many is not of the type Integer/,
    ),
    bad('INFO integer that is a fraction', column(first, 7, 'DP=1.5'), 'input_malformed_record', /DP=1\.5/),
    bad(
      'INFO float that is text',
      column(first, 7, 'AF=0.1,x'),
      'input_malformed_record',
      /AF=0\.1,x is not of the type Float/,
    ),
    bad('INFO empty', column(first, 7, ''), 'input_malformed_record', /INFO/),
    bad('genotype of letters', column(first, 9, 'a|b'), 'input_malformed_record', /genotype of sample 1/),
    bad(
      'genotype of an allele that is not there',
      column(first, 9, '0|7'),
      'input_malformed_record',
      /allele that ALT does not have/,
    ),
    {
      // Only the engine itself looks into FORMAT values: it names the position.
      name: 'FORMAT integer that is text',
      input: text(header, column(column(first, 8, 'GT:DP'), 9, '0|1:many'), records.slice(1)),
      type: 'input_malformed_record',
      says: /chrS1:\d+ is not valid.*DP/,
    },
    {
      name: 'a line over the limit',
      input: text(header, column(first, 7, `DP=1;NOTE=${'x'.repeat(200_000)}`)),
      type: 'input_line_too_long',
      says: /100000 bytes/,
      line: firstLine,
      limits: { lineBytes: 100_000 },
    },
    {
      name: 'too many records at one position',
      input: gzipSync(text(header, Array<string>(3_000).fill(first))),
      type: 'input_too_dense',
      says: /more than 500 records at chrS1:\d+/,
      line: firstLine + 500,
      limits: { recordsPerPosition: 500 },
    },
    {
      name: 'a gzip bomb',
      input: gzipSync(text(header, `${column(first, 7, 'DP=1;NOTE=')}${' '.repeat(30_000_000)}`)),
      type: 'input_too_large',
      says: /limit of 1000000 bytes/,
      limits: { inflatedBytes: 1_000_000 },
    },
    {
      name: 'a header over the limit',
      input: text(at(header, 0), `##note=${'x'.repeat(500_000)}`, header.slice(1), records),
      type: 'input_too_large',
      says: /header is larger/,
      line: 2,
      limits: { headerBytes: 100_000 },
    },
    {
      name: 'a sample named twice',
      input: text(header.slice(0, -1), `${at(header, -1)}\ts2\ts2`, first),
      type: 'input_no_header',
      says: /twice/,
    },
  ];
}
