// Checks one record of the input, byte by byte: columns, contig, order, position, REF against the reference, ALT, values.
// The engine accepts much of what is refused here with exit code 0 and loses or changes records; so nothing bad reaches it.

import { VarloomError, type ErrorDetails, type ErrorType } from '../../../domain/errors.ts';
import type { ContigNames, Undeclared, VcfHeader } from './header.ts';
import { HASH_START, hashed, KeyTable, sameBytes } from './keys.ts';
import type { ReferenceSequence } from './sequence.ts';
import { alleleKind, IS_BASE, IS_GENOME_AMBIGUITY, numberProblem } from './values.ts';

const [TAB, COMMA, SEMICOLON, EQUALS, COLON, SLASH, PIPE, DOT, ZERO] = [9, 44, 59, 61, 58, 47, 124, 46, 48] as const;
const PASS = Buffer.from('PASS');
const LARGEST_POSITION = 2 ** 31 - 2;

export interface RecordFacts {
  records: number;
  /** False from the first genotype on that is neither phased nor haploid, or the first record without genotypes. */
  everyGenotypePhased: boolean;
  undeclared: Undeclared;
  /** Contigs whose name differs from the reference's: the input's name → the reference's. */
  renamed: Record<string, string>;
  mismatches: number;
}

export class RecordChecker {
  readonly facts: RecordFacts;
  /** The first REF that differs from the reference; the rest are only counted. */
  firstMismatch: { line: number; message: string; details: ErrorDetails } | undefined;
  /** The reference's name of the current contig when the input's is another, to be written in its place. */
  rename: Uint8Array | undefined;
  contigBytes: Uint8Array = new Uint8Array(0);

  readonly #columns: number;
  readonly #infoKeys = new KeyTable();
  readonly #filters = new KeyTable();
  readonly #formats: Set<string>;
  readonly #seenContigs = new Set<string>();
  #contig = '';
  #contigLength = 0;
  #position = 0;
  #samePosition = 0;
  #formatBytes: Uint8Array = new Uint8Array(0);
  #hasGenotype = false;
  readonly #contigs: ContigNames;
  readonly #sequence: ReferenceSequence;
  readonly #recordsPerPosition: number;
  #line = 0;
  #start = 0;

  constructor(setting: {
    header: VcfHeader;
    /** Names that the completed header will declare beyond `header`. */
    expected: Undeclared;
    contigs: ContigNames;
    sequence: ReferenceSequence;
    recordsPerPosition: number;
  }) {
    const { header, expected } = setting;
    this.#contigs = setting.contigs;
    this.#sequence = setting.sequence;
    this.#recordsPerPosition = setting.recordsPerPosition;
    this.#columns = header.columns;
    for (const [name, type] of header.info) this.#infoKeys.add(name, type);
    for (const name of expected.info) this.#infoKeys.add(name, 'String');
    for (const name of [...header.filter, ...expected.filter]) this.#filters.add(name, 'Flag');
    this.#formats = new Set([...header.format, ...expected.format]);
    this.facts = {
      records: 0,
      everyGenotypePhased: header.columns > 9,
      undeclared: { info: [...expected.info], format: [...expected.format], filter: [...expected.filter] },
      renamed: {},
      mismatches: 0,
    };
  }

  /**
   * Checks the record in `buffer` from `start` to `end` (its line break left out); `line` counts from 1.
   * @throws VarloomError naming the line, but for a REF that differs, which is counted
   */
  check(buffer: Uint8Array, start: number, end: number, line: number): void {
    this.#line = line;
    this.#start = start;
    this.facts.records++;

    // CHROM
    const contigEnd = start + this.contigBytes.length;
    let at: number;
    if (buffer[contigEnd] === TAB && contigEnd > start && sameBytes(this.contigBytes, buffer, start, contigEnd)) {
      at = contigEnd + 1;
    } else {
      at = this.#columnEnd(buffer, start, end, 'CHROM') + 1;
      this.#enterContig(Buffer.from(buffer.subarray(start, at - 1)));
    }

    // POS
    const positionAt = at;
    let position = 0;
    for (; at < end && buffer[at] !== TAB; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9 || position > LARGEST_POSITION) this.#badPosition(text(buffer, positionAt, end));
      position = position * 10 + digit;
    }
    if (at >= end) this.#wrongColumnCount(buffer, end);
    if (at === positionAt) this.#refuse('input_malformed_record', 'POS is empty');
    if (position === 0 || position > this.#contigLength) this.#badPosition(String(position));
    if (position < this.#position) {
      this.#refuse('input_unsorted', `position ${position} comes after ${this.#position} on contig ${this.#contig}`);
    }
    this.#samePosition = position === this.#position ? this.#samePosition + 1 : 1;
    if (this.#samePosition > this.#recordsPerPosition) {
      const where = `${this.#contig}:${position}`;
      this.#refuse('input_too_dense', `there are more than ${this.#recordsPerPosition} records at ${where}`);
    }
    this.#position = position;

    // ID, REF, ALT
    const refAt = this.#columnEnd(buffer, at + 1, end, 'ID') + 1;
    at = this.#checkRef(buffer, refAt, end, position);
    if (at >= end) this.#wrongColumnCount(buffer, end);
    const altAt = at + 1;
    let alleles = 0;
    for (at = altAt; ; at++) {
      const alleleAt = at;
      while (at < end && buffer[at] !== COMMA && buffer[at] !== TAB) at++;
      const kind = alleleKind(buffer, alleleAt, at);
      if (kind === 'junk') this.#refuse('input_malformed_record', `ALT is not valid: ${text(buffer, alleleAt, at)}`);
      if (kind !== 'none') alleles++;
      if (at >= end || buffer[at] === TAB) break;
    }
    if (at >= end) this.#wrongColumnCount(buffer, end);

    // QUAL, FILTER, INFO
    const qualAt = at + 1;
    at = this.#columnEnd(buffer, qualAt, end, 'QUAL');
    if (!(buffer[qualAt] === DOT && at === qualAt + 1) && numberProblem(buffer, qualAt, at, 'Float')) {
      this.#refuse('input_malformed_record', `QUAL is not a number: ${text(buffer, qualAt, at)}`);
    }
    at = this.#checkFilters(buffer, at + 1, end);
    if (at >= end) this.#wrongColumnCount(buffer, end);
    at = this.#checkInfo(buffer, at + 1, end);

    // FORMAT and samples
    if (this.#columns === 8) {
      if (at < end) this.#wrongColumnCount(buffer, end);
      return;
    }
    if (at >= end) this.#wrongColumnCount(buffer, end);
    const formatAt = at + 1;
    at = formatAt + this.#formatBytes.length;
    if (!(buffer[at] === TAB && at < end && sameBytes(this.#formatBytes, buffer, formatAt, at))) {
      at = this.#columnEnd(buffer, formatAt, end, 'FORMAT');
      this.#enterFormat(Buffer.from(buffer.subarray(formatAt, at)));
    }
    const columns = 9 + this.#checkSamples(buffer, at + 1, end, alleles);
    if (columns !== this.#columns) this.#wrongColumnCount(buffer, end);
  }

  #enterContig(bytes: Buffer): void {
    const name = bytes.toString();
    const canonical = this.#contigs.canonical(name);
    if (canonical === undefined) {
      const known = this.#contigs.all.slice(0, 5).join(', ') + (this.#contigs.all.length > 5 ? ', …' : '');
      this.#refuse(
        'input_unknown_contig',
        `contig ${shortened(name)} is not in the reference genome (it has ${known})`,
      );
    }
    if (this.#seenContigs.has(canonical)) {
      this.#refuse('input_unsorted', `contig ${name} comes back after another contig`);
    }
    this.#seenContigs.add(canonical);
    if (canonical !== name) this.facts.renamed[name] = canonical;
    this.rename = canonical === name ? undefined : Buffer.from(canonical);
    this.contigBytes = bytes;
    this.#contig = name;
    this.#contigLength = this.#contigs.lengthOf(canonical) ?? 0;
    this.#position = 0;
    this.#samePosition = 0;
    this.#sequence.select(canonical);
  }

  #checkRef(buffer: Uint8Array, from: number, end: number, position: number): number {
    let at = from;
    let differs = false;
    let offset = position - 1;
    for (; at < end; at++, offset++) {
      const byte = buffer[at] ?? 0;
      if (byte === TAB) break;
      const letter = byte & 0xdf;
      if (IS_BASE[byte] === 0) {
        this.#refuse('input_malformed_record', `REF is not a sequence of bases: ${text(buffer, from, end)}`);
      }
      if (offset >= this.#contigLength) continue;
      const base = this.#sequence.baseAt(offset);
      // An ambiguous base of the genome (R, Y, …) is commonly written as N in REF.
      if (letter !== base && !(letter === 78 && IS_GENOME_AMBIGUITY[base] === 1)) differs = true;
    }
    if (at === from) this.#refuse('input_malformed_record', 'REF is empty');
    if (at < end && offset > this.#contigLength) {
      const span = `REF reaches from ${position} to ${offset}`;
      this.#refuse(
        'input_bad_position',
        `${span}, past the end of contig ${this.#contig} (${this.#contigLength} bases)`,
      );
    }
    if (differs) this.#countMismatch(text(buffer, from, at), position, at - from);
    return at;
  }

  #countMismatch(ref: string, position: number, length: number): void {
    this.facts.mismatches++;
    if (this.firstMismatch !== undefined) return;
    let genome = '';
    for (let offset = 0; offset < Math.min(length, 20); offset++) {
      genome += String.fromCharCode(this.#sequence.baseAt(position - 1 + offset));
    }
    this.firstMismatch = {
      line: this.#line,
      message: `line ${this.#line}, ${this.#contig}:${position}: REF is ${ref}, the reference has ${genome}`,
      details: { line: this.#line, contig: this.#contig, position, ref, reference: genome },
    };
  }

  #checkFilters(buffer: Uint8Array, from: number, end: number): number {
    // PASS and the missing value are nearly all there is.
    if (buffer[from + 4] === TAB && from + 4 < end && sameBytes(PASS, buffer, from, from + 4)) return from + 4;
    const to = this.#columnEnd(buffer, from, end, 'FILTER');
    if (to === from + 1 && buffer[from] === DOT) return to;
    let hash = HASH_START;
    let keyAt = from;
    for (let at = from; at <= to; at++) {
      const byte = buffer[at];
      if (at < to && byte !== SEMICOLON) {
        hash = hashed(hash, byte ?? 0);
        continue;
      }
      if (at > keyAt && this.#filters.find(hash, buffer, keyAt, at) === undefined) {
        const name = text(buffer, keyAt, at);
        this.facts.undeclared.filter.push(name);
        this.#filters.add(name, 'Flag');
      }
      keyAt = at + 1;
      hash = HASH_START;
    }
    return to;
  }

  #checkInfo(buffer: Uint8Array, from: number, end: number): number {
    let at = from;
    if (buffer[at] === DOT && (at + 1 === end || buffer[at + 1] === TAB)) return at + 1;
    while (at < end && buffer[at] !== TAB) {
      const keyAt = at;
      let hash = HASH_START;
      let byte = 0;
      for (; at < end; at++) {
        byte = buffer[at] ?? 0;
        if (byte === EQUALS || byte === SEMICOLON || byte === TAB) break;
        hash = hashed(hash, byte);
      }
      const keyEnd = at;
      const hasValue = at < end && byte === EQUALS;
      if (keyEnd === keyAt && hasValue) this.#refuse('input_malformed_record', 'INFO has a value without a name');
      const key = keyEnd === keyAt ? undefined : this.#infoKeys.find(hash, buffer, keyAt, keyEnd);
      if (key === undefined && keyEnd > keyAt) {
        const name = text(buffer, keyAt, keyEnd);
        if (!/^[!-~]+$/.test(name))
          this.#refuse('input_malformed_record', `INFO has a name that is not valid: ${name}`);
        this.facts.undeclared.info.push(name);
        this.#infoKeys.add(name, 'String');
      }
      if (hasValue) {
        const valueAt = ++at;
        while (at < end && buffer[at] !== SEMICOLON && buffer[at] !== TAB) at++;
        const type = key?.type;
        if ((type === 'Integer' || type === 'Float') && numberProblem(buffer, valueAt, at, type)) {
          const pair = `${text(buffer, keyAt, keyEnd)}=${text(buffer, valueAt, at)}`;
          this.#refuse('input_malformed_record', `INFO ${pair} is not of the type ${type} that the header declares`);
        }
      }
      if (at < end && buffer[at] === SEMICOLON) at++;
    }
    if (at === from) this.#refuse('input_malformed_record', 'INFO is empty');
    return at;
  }

  #enterFormat(bytes: Buffer): void {
    const names = bytes.toString().split(':');
    for (const name of names) {
      if (name === '.') continue;
      if (name === '') this.#refuse('input_malformed_record', 'FORMAT has an empty name');
      if (this.#formats.has(name)) continue;
      this.#formats.add(name);
      this.facts.undeclared.format.push(name);
    }
    this.#formatBytes = bytes;
    this.#hasGenotype = names[0] === 'GT';
    if (!this.#hasGenotype && names.includes('GT')) {
      this.#refuse('input_malformed_record', 'GT is not the first name in FORMAT');
    }
  }

  /** How many sample columns there are; their genotypes must be allele numbers of this record. */
  #checkSamples(buffer: Uint8Array, from: number, end: number, alleles: number): number {
    let samples = 1;
    if (!this.#hasGenotype) {
      this.facts.everyGenotypePhased = false;
      for (let at = from; at < end; at++) if (buffer[at] === TAB) samples++;
      return samples;
    }
    let inGenotype = true;
    let allele = 0;
    for (let at = from; at < end; at++) {
      const byte = buffer[at];
      if (byte === TAB) {
        samples++;
        inGenotype = true;
        allele = 0;
      } else if (!inGenotype) {
        continue;
      } else if (byte === COLON) {
        inGenotype = false;
      } else if (byte === PIPE || byte === SLASH) {
        if (byte === SLASH) this.facts.everyGenotypePhased = false;
        allele = 0;
      } else if (byte !== DOT) {
        const digit = (byte ?? 0) - ZERO;
        allele = allele * 10 + digit;
        if (digit < 0 || digit > 9 || allele > alleles) {
          const why =
            digit < 0 || digit > 9 ? 'is not made of allele numbers' : 'names an allele that ALT does not have';
          this.#refuse('input_malformed_record', `the genotype of sample ${samples} ${why}`);
        }
      }
    }
    return samples;
  }

  #columnEnd(buffer: Uint8Array, from: number, end: number, column: string): number {
    let at = from;
    while (at < end && buffer[at] !== TAB) at++;
    if (at >= end) this.#wrongColumnCount(buffer, end);
    if (at === from) this.#refuse('input_malformed_record', `${column} is empty`);
    return at;
  }

  #wrongColumnCount(buffer: Uint8Array, end: number): never {
    const start = this.#start;
    let columns = 1;
    for (let at = start; at < end; at++) if (buffer[at] === TAB) columns++;
    const wanted = this.#columns === 8 ? '8' : `${this.#columns} (${this.#columns - 9} samples)`;
    const spaces = spaced(buffer, start, end);
    this.#refuse('input_malformed_record', `there are ${columns} columns, the #CHROM line has ${wanted}${spaces}`);
  }

  #badPosition(written: string): never {
    const shown = shortened(written.split('\t')[0] ?? '');
    const contig = `contig ${this.#contig} has ${this.#contigLength} bases`;
    const telomere =
      shown === '0' || shown === String(this.#contigLength + 1)
        ? '; this is how VCF writes a telomere, which the engine cannot annotate: leave such records out'
        : '';
    const problem = /^\d+$/.test(shown)
      ? `POS is ${shown}, but ${contig}`
      : `POS is not a whole number from 1 on: ${shown}`;
    return this.#refuse('input_bad_position', problem + telomere);
  }

  #refuse(type: ErrorType, why: string): never {
    throw new VarloomError(type, `Line ${this.#line}: ${why}.`, { line: this.#line, record: this.facts.records });
  }
}

function spaced(buffer: Uint8Array, from: number, end: number): string {
  const text = Buffer.from(buffer.buffer, buffer.byteOffset + from, Math.min(end - from, 500)).toString('latin1');
  return / {1,}\S+ {1,}/.test(text) ? ' (it has spaces where tabs belong)' : '';
}

function text(buffer: Uint8Array, from: number, to: number): string {
  return shortened(Buffer.from(buffer.subarray(from, Math.min(to, from + 120))).toString());
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
