// Checks one record of the input, byte by byte: columns, contig, order, position, REF against the reference, ALT, values.
// The engine accepts much of what is refused here with exit code 0 and loses or changes records; so nothing bad reaches it.

import type { ErrorDetails } from '../../../domain/errors.ts';
import type { ContigNames, Undeclared, VcfHeader } from './header.ts';
import { InfoChecker } from './info.ts';
import { sameBytes } from './keys.ts';
import { RecordPlace, shortened, text } from './place.ts';
import { SampleChecker } from './samples.ts';
import type { ReferenceSequence } from './sequence.ts';
import { alleleKind, IS_BASE, IS_GENOME_AMBIGUITY, numberProblem } from './values.ts';

const [TAB, COMMA, DOT, ZERO] = [9, 44, 46, 48] as const;
const LARGEST_POSITION = 2 ** 31 - 2;

export interface RecordSetting {
  header: VcfHeader;
  /** Names that the completed header will declare beyond `header`. */
  expected: Undeclared;
  contigs: ContigNames;
  sequence: ReferenceSequence;
  recordsPerPosition: number;
}

export class RecordChecker {
  /** Those expected, and any beyond them that came. */
  readonly undeclared: Undeclared;
  /** Contigs whose name differs from the reference's: the input's name → the reference's. */
  readonly renamed: Record<string, string> = {};
  /** How many records' REF differs from the reference, and the first of them. */
  mismatches = 0;
  firstMismatch: { message: string; details: ErrorDetails } | undefined;
  /** The reference's name of the current contig when the input's is another, to be written in its place. */
  rename: Uint8Array | undefined;
  contigBytes: Uint8Array = new Uint8Array(0);

  readonly #columns: number;
  readonly #contigs: ContigNames;
  readonly #sequence: ReferenceSequence;
  readonly #recordsPerPosition: number;
  readonly #place: RecordPlace;
  readonly #info: InfoChecker;
  readonly #samples: SampleChecker;
  readonly #seenContigs = new Set<string>();
  #contig = '';
  #contigLength = 0;
  #position = 0;
  #samePosition = 0;
  #altEnd = 0;

  constructor({ header, expected, contigs, sequence, recordsPerPosition }: RecordSetting) {
    this.#columns = header.columns;
    this.#contigs = contigs;
    this.#sequence = sequence;
    this.#recordsPerPosition = recordsPerPosition;
    this.undeclared = { info: [...expected.info], format: [...expected.format], filter: [...expected.filter] };
    this.#place = new RecordPlace(header.columns);
    this.#info = new InfoChecker(this.#place, header, this.undeclared);
    this.#samples = new SampleChecker(this.#place, header, this.undeclared);
  }

  get records(): number {
    return this.#place.records;
  }

  get everyGenotypePhased(): boolean {
    return this.#samples.everyGenotypePhased;
  }

  /**
   * Checks the record in `buffer` from `start` to `end` (its line break left out); `line` counts from 1.
   * @throws VarloomError naming the line, but for a REF that differs, which is counted
   */
  check(buffer: Uint8Array, start: number, end: number, line: number): void {
    const place = this.#place;
    place.line = line;
    place.start = start;
    place.records++;

    let at = this.#checkContig(buffer, start, end);
    at = this.#checkPosition(buffer, at + 1, end);
    at = place.columnEnd(buffer, at + 1, end, 'ID');
    at = this.#checkRef(buffer, at + 1, end);
    const alleles = this.#checkAlt(buffer, at + 1, end);
    at = this.#checkQuality(buffer, this.#altEnd + 1, end);
    at = this.#info.checkFilters(buffer, at + 1, end);
    at = this.#info.checkInfo(buffer, at + 1, end);
    if (this.#columns === 8 ? at < end : at >= end) place.wrongColumnCount(buffer, end);
    if (this.#columns === 8) return;
    at = this.#samples.checkFormat(buffer, at + 1, end);
    const samples = this.#samples.checkSamples(buffer, at + 1, end, alleles);
    if (9 + samples !== this.#columns) place.wrongColumnCount(buffer, end);
  }

  // Each of these answers where its column ends.

  #checkContig(buffer: Uint8Array, from: number, end: number): number {
    const to = from + this.contigBytes.length;
    if (to > from && buffer[to] === TAB && sameBytes(this.contigBytes, buffer, from, to)) return to;
    const contigEnd = this.#place.columnEnd(buffer, from, end, 'CHROM');
    this.#enterContig(Buffer.from(buffer.subarray(from, contigEnd)));
    return contigEnd;
  }

  #checkPosition(buffer: Uint8Array, from: number, end: number): number {
    let position = 0;
    let at = from;
    for (; at < end && buffer[at] !== TAB; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9 || position > LARGEST_POSITION) this.#badPosition(text(buffer, from, end));
      position = position * 10 + digit;
    }
    if (at >= end) this.#place.wrongColumnCount(buffer, end);
    if (at === from) this.#place.refuse('input_malformed_record', 'POS is empty');
    if (position === 0 || position > this.#contigLength) this.#badPosition(String(position));
    if (position < this.#position) {
      const before = `${this.#position} on contig ${this.#contig}`;
      this.#place.refuse('input_unsorted', `position ${position} comes after ${before}`);
    }
    this.#samePosition = position === this.#position ? this.#samePosition + 1 : 1;
    if (this.#samePosition > this.#recordsPerPosition) {
      const where = `${this.#contig}:${position}`;
      this.#place.refuse('input_too_dense', `there are more than ${this.#recordsPerPosition} records at ${where}`);
    }
    this.#position = position;
    return at;
  }

  /** How many alleles there are; where the column ends is left in `#altEnd`. */
  #checkAlt(buffer: Uint8Array, from: number, end: number): number {
    let alleles = 0;
    for (let at = from; ; at++) {
      const alleleAt = at;
      while (at < end && buffer[at] !== COMMA && buffer[at] !== TAB) at++;
      const kind = alleleKind(buffer, alleleAt, at);
      if (kind === 'junk')
        this.#place.refuse('input_malformed_record', `ALT is not valid: ${text(buffer, alleleAt, at)}`);
      if (kind !== 'none') alleles++;
      if (at >= end) this.#place.wrongColumnCount(buffer, end);
      if (buffer[at] === TAB) {
        this.#altEnd = at;
        return alleles;
      }
    }
  }

  #checkQuality(buffer: Uint8Array, from: number, end: number): number {
    const to = this.#place.columnEnd(buffer, from, end, 'QUAL');
    const isMissing = buffer[from] === DOT && to === from + 1;
    if (!isMissing && numberProblem(buffer, from, to, 'Float')) {
      this.#place.refuse('input_malformed_record', `QUAL is not a number: ${text(buffer, from, to)}`);
    }
    return to;
  }

  #enterContig(bytes: Buffer): void {
    const name = bytes.toString();
    const canonical = this.#contigs.canonical(name);
    if (canonical === undefined) {
      const known = this.#contigs.all.slice(0, 5).join(', ') + (this.#contigs.all.length > 5 ? ', …' : '');
      this.#place.refuse(
        'input_unknown_contig',
        `contig ${shortened(name)} is not in the reference genome (it has ${known})`,
      );
    }
    if (this.#seenContigs.has(canonical)) {
      this.#place.refuse('input_unsorted', `contig ${name} comes back after another contig`);
    }
    this.#seenContigs.add(canonical);
    if (canonical !== name) this.renamed[name] = canonical;
    this.rename = canonical === name ? undefined : Buffer.from(canonical);
    this.contigBytes = bytes;
    this.#contig = name;
    this.#contigLength = this.#contigs.lengthOf(canonical) ?? 0;
    this.#position = 0;
    this.#samePosition = 0;
    this.#sequence.select(canonical);
  }

  #checkRef(buffer: Uint8Array, from: number, end: number): number {
    const position = this.#position;
    let at = from;
    let differs = false;
    let offset = position - 1;
    for (; at < end; at++, offset++) {
      const byte = buffer[at] ?? 0;
      if (byte === TAB) break;
      const letter = byte & 0xdf;
      if (IS_BASE[byte] === 0) {
        this.#place.refuse('input_malformed_record', `REF is not a sequence of bases: ${text(buffer, from, end)}`);
      }
      if (offset >= this.#contigLength) continue;
      const base = this.#sequence.baseAt(offset);
      // An ambiguous base of the genome (R, Y, …) is commonly written as N in REF.
      if (letter !== base && !(letter === 78 && IS_GENOME_AMBIGUITY[base] === 1)) differs = true;
    }
    if (at >= end) this.#place.wrongColumnCount(buffer, end);
    if (at === from) this.#place.refuse('input_malformed_record', 'REF is empty');
    if (offset > this.#contigLength) {
      const span = `REF reaches from ${position} to ${offset}`;
      this.#place.refuse(
        'input_bad_position',
        `${span}, past the end of contig ${this.#contig} (${this.#contigLength} bases)`,
      );
    }
    if (differs) this.#countMismatch(text(buffer, from, at), position, at - from);
    return at;
  }

  #countMismatch(ref: string, position: number, length: number): void {
    this.mismatches++;
    if (this.firstMismatch !== undefined) return;
    let genome = '';
    for (let offset = 0; offset < Math.min(length, 20); offset++) {
      genome += String.fromCharCode(this.#sequence.baseAt(position - 1 + offset));
    }
    this.firstMismatch = {
      message: `line ${this.#place.line}, ${this.#contig}:${position}: REF is ${ref}, the reference has ${genome}`,
      details: { line: this.#place.line, contig: this.#contig, position, ref, reference: genome },
    };
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
    return this.#place.refuse('input_bad_position', problem + telomere);
  }
}
