// Odd but good inputs, made from one good file, for the table-driven tests.

import { gzipSync } from 'node:zlib';
import { toBgzf } from './bgzf.ts';
import { at, column, text, type GoodInput } from './refused-cases.ts';

export interface AcceptedCase {
  name: string;
  input: string | Uint8Array;
  records: number;
  warning?: RegExp;
}

export function acceptedCases({ header, records, contigs, lastBase }: GoodInput): AcceptedCase[] {
  const whole = text(header, records);
  const first = at(records, 0);
  const count = records.length;
  const isContig = (line: string): boolean => line.startsWith('##contig');
  const columnsLine = at(header, -1);
  const many = Array.from(
    { length: 200_000 },
    (_, index) => `##contig=<ID=decoy_${index},length=${1_000 + index},note=${'n'.repeat(60)}>`,
  );
  const ref = first.split('\t')[3] ?? '';
  const declared = header.filter((line) => !/ID=(?:DP|END|GT|DEL)/.test(line));
  return [
    { name: 'plain', input: whole, records: count },
    { name: 'CRLF', input: whole.replaceAll('\n', '\r\n'), records: count },
    { name: 'no final newline', input: whole.trimEnd(), records: count },
    { name: 'blank lines at the end', input: `${whole}\n\n`, records: count },
    { name: 'gzip', input: gzipSync(whole), records: count },
    {
      name: 'gzip in two members',
      input: Buffer.concat([gzipSync(text(header)), gzipSync(text(records))]),
      records: count,
    },
    { name: 'BGZF', input: toBgzf(Buffer.from(whole)), records: count },
    { name: 'BGZF of small blocks', input: toBgzf(Buffer.from(whole), 100), records: count },
    {
      name: 'multiallelic',
      input: text(
        header,
        column(column(first, 4, ['A', 'C', 'G', 'T'].filter((base) => base !== ref).join(',')), 9, '1|3'),
      ),
      records: 1,
    },
    { name: 'symbolic ALT', input: text(header, column(first, 4, '<DEL>,*,<CN2>')), records: 1 },
    {
      name: 'breakends',
      input: text(header, column(first, 4, `${ref}[chrS2:100[`), column(first, 4, `.${ref}`)),
      records: 2,
    },
    { name: 'no ALT', input: text(header, column(column(first, 4, '.'), 9, '0|0')), records: 1 },
    { name: 'lower-case REF', input: text(header, column(first, 3, ref.toLowerCase())), records: 1 },
    { name: 'duplicates', input: text(header, first, first, first), records: 3 },
    {
      name: 'undeclared contigs',
      input: text(
        header.filter((line) => !isContig(line)),
        records,
      ),
      records: count,
      warning: /contigs of the reference; they were added/,
    },
    {
      name: 'undeclared INFO, FORMAT and FILTER',
      input: text(
        declared,
        column(column(column(first, 6, 'q10;s50'), 7, 'DP=5;FLAG;TEXT=a,b'), 8, 'GT:XX').concat(':1,2'),
        records.slice(1),
      ),
      records: count,
      warning: /INFO names; declarations were added: DP, FLAG, TEXT/,
    },
    { name: '1 for chr1', input: whole.replaceAll('chrS', 'S'), records: count, warning: /S1 → chrS1, S2 → chrS2/ },
    {
      name: '1 for chr1, CRLF and BGZF',
      input: toBgzf(Buffer.from(whole.replaceAll('chrS', 'S').replaceAll('\n', '\r\n')), 500),
      records: count,
      warning: /S1 → chrS1/,
    },
    { name: 'header only', input: text(header), records: 0, warning: /header only: 0 records/ },
    {
      name: 'header only without samples',
      input: text(header.slice(0, -1), columnsLine.split('\t').slice(0, 8).join('\t')),
      records: 0,
    },
    { name: 'a 20 MB header', input: text(header.slice(0, -1), many, columnsLine, records), records: count },
    {
      name: 'sites only',
      input: text(
        header.slice(0, -1),
        columnsLine.split('\t').slice(0, 8).join('\t'),
        records.map((record) => record.split('\t').slice(0, 8).join('\t')),
      ),
      records: count,
    },
    {
      name: 'the last base of a contig',
      input: text(
        header,
        column(column(column(column(first, 1, String(contigs[0]?.length)), 3, lastBase), 4, '.'), 9, '0|0'),
      ),
      records: 1,
    },
  ];
}
