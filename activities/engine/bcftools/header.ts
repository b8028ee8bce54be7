// The header of an input: what it declares, and the same header completed with what records use and it does not.

import { VarloomError } from '../../../domain/errors.ts';

export type ValueType = 'Integer' | 'Float' | 'Flag' | 'String';

/** Names that records use but the header does not declare. */
export interface Undeclared {
  info: string[];
  format: string[];
  filter: string[];
}

export interface VcfHeader {
  info: ReadonlyMap<string, ValueType>;
  format: ReadonlySet<string>;
  filter: ReadonlySet<string>;
  /** Columns of the #CHROM line: 8 without samples, else 9 and one a sample. */
  columns: number;
  /** Lines of the header, the #CHROM line included. */
  lines: number;
  /** Contig lines whose length differs from the reference's. */
  otherLengths: string[];
  /** The reference's contigs that the header does not declare. */
  undeclaredContigs: string[];
  /** The header as the engine shall read it, in pieces. */
  completed(additions: { undeclared: Undeclared; lines: readonly string[] }): Uint8Array[];
}

export interface ContigNames {
  /** The reference's name of the contig that the input calls `name`, or undefined when it has none. */
  canonical(name: string): string | undefined;
  lengthOf(canonicalName: string): number | undefined;
  all: readonly string[];
}

/** A contig is the reference's when its name is the same, or the same but for a leading `chr`. */
export function contigNames(contigs: readonly { name: string; length: number }[]): ContigNames {
  const lengths = new Map(contigs.map(({ name, length }) => [name, length]));
  const canonical = (name: string): string | undefined => {
    if (lengths.has(name)) return name;
    const other = name.startsWith('chr') ? name.slice(3) : `chr${name}`;
    return lengths.has(other) ? other : undefined;
  };
  return { canonical, lengthOf: (name) => lengths.get(name), all: contigs.map(({ name }) => name) };
}

const FIXED_COLUMNS = ['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO'];

/** `bytes` end with the line break of the #CHROM line. */
export function parseHeader(bytes: Buffer, contigs: ContigNames): VcfHeader {
  const info = new Map<string, ValueType>();
  const format = new Set<string>();
  const filter = new Set<string>(['PASS']);
  const declaredContigs = new Set<string>();
  const otherLengths: string[] = [];
  /** What stands instead of the bytes from `from` to `to`. */
  const edits: { from: number; to: number; text: string }[] = [];
  let lines = 0;
  let columnLineAt = 0;
  let columns = 0;

  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    lines++;
    const kind = bytes.subarray(at, Math.min(at + 10, end)).toString('latin1');
    if (/^##(INFO|FORMAT|FILTER|contig)=/.test(kind)) {
      const line = bytes.subarray(at, end).toString('latin1');
      const id = /[<,]ID=([^,>]+)/.exec(line)?.[1];
      if (id !== undefined) {
        if (kind.startsWith('##INFO')) info.set(id, valueType(line));
        else if (kind.startsWith('##FORMAT')) format.add(id);
        else if (kind.startsWith('##FILTER')) filter.add(id);
        else {
          const edit = contigEdit(line, id);
          if (edit !== undefined) edits.push({ from: at, to: end, text: edit });
        }
      }
    } else if (kind.startsWith('#CHROM')) {
      columnLineAt = at;
      columns = columnCount(bytes.subarray(at, end).toString('utf8').trimEnd(), lines);
    }
    at = end;
  }

  /** A contig line's replacement, `''` to leave a repeated one out, or undefined to keep it. */
  function contigEdit(line: string, id: string): string | undefined {
    const name = contigs.canonical(id);
    if (name === undefined) return undefined;
    if (declaredContigs.has(name)) return '';
    declaredContigs.add(name);
    const length = contigs.lengthOf(name);
    const declaredLength = /[<,]length=(\d+)/.exec(line)?.[1];
    if (declaredLength !== undefined && Number(declaredLength) !== length) otherLengths.push(id);
    return name === id && Number(declaredLength) === length ? undefined : contigLine(name, length);
  }

  const undeclaredContigs = contigs.all.filter((name) => !declaredContigs.has(name));
  return {
    info,
    format,
    filter,
    columns,
    lines,
    otherLengths,
    undeclaredContigs,
    completed: (additions) => {
      const pieces: Uint8Array[] = [];
      let done = 0;
      for (const edit of edits) {
        pieces.push(bytes.subarray(done, edit.from), Buffer.from(edit.text));
        done = edit.to;
      }
      const added = [
        ...undeclaredContigs.map((name) => contigLine(name, contigs.lengthOf(name))),
        ...declarations(additions.undeclared),
        ...additions.lines.map((line) => `${line}\n`),
      ];
      pieces.push(bytes.subarray(done, columnLineAt), Buffer.from(added.join('')), bytes.subarray(columnLineAt));
      return pieces;
    },
  };
}

function contigLine(name: string, length: number | undefined): string {
  return length === undefined ? `##contig=<ID=${name}>\n` : `##contig=<ID=${name},length=${length}>\n`;
}

function valueType(line: string): ValueType {
  const type = /[<,]Type=([A-Za-z]+)/.exec(line)?.[1];
  return type === 'Integer' || type === 'Float' || type === 'Flag' ? type : 'String';
}

/** What htslib assumes of an undeclared name, so that values pass through unchanged. */
function declarations({ info, format, filter }: Undeclared): string[] {
  const description = 'Description="Not declared in the input"';
  return [
    ...info.map((id) => `##INFO=<ID=${id},Number=.,Type=String,${description}>\n`),
    ...format.map((id) => `##FORMAT=<ID=${id},Number=${id === 'GT' ? '1' : '.'},Type=String,${description}>\n`),
    ...filter.map((id) => `##FILTER=<ID=${id},${description}>\n`),
  ];
}

function columnCount(line: string, lineNumber: number): number {
  const names = line.split('\t');
  const refuse = (why: string): never => {
    throw new VarloomError('input_no_header', `The #CHROM line (line ${lineNumber}) ${why}.`, { line: lineNumber });
  };
  if (FIXED_COLUMNS.some((name, index) => names[index] !== name)) {
    const spaces = names.length < 8 && / /.test(line) ? ': its columns are separated by spaces, not tabs' : '';
    refuse(`does not name the eight columns from #CHROM to INFO, separated by tabs${spaces}`);
  }
  if (names.length > 8 && names[8] !== 'FORMAT') refuse('has a ninth column that is not FORMAT');
  if (names.length === 9) refuse('has a FORMAT column but no sample');
  const samples = names.slice(9);
  if (new Set(samples).size !== samples.length) refuse('names a sample twice');
  if (samples.includes('')) refuse('has a sample without a name');
  return names.length;
}
