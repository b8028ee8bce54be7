// Checks FORMAT and the samples: how many there are, that genotypes name alleles of the record, whether all are phased.

import type { Undeclared, VcfHeader } from './header.ts';
import { sameBytes } from './keys.ts';
import type { RecordPlace } from './place.ts';

const [TAB, COLON, SLASH, PIPE, DOT, ZERO] = [9, 58, 47, 124, 46, 48] as const;

export class SampleChecker {
  /** False from the first genotype on that is neither phased nor haploid, or the first record without genotypes. */
  everyGenotypePhased: boolean;
  readonly #place: RecordPlace;
  readonly #undeclared: Undeclared;
  readonly #formats: Set<string>;
  #formatBytes: Uint8Array = new Uint8Array(0);
  #hasGenotype = false;

  /** `undeclared` begins with what the completed header will declare, and gets what comes beyond it. */
  constructor(place: RecordPlace, header: VcfHeader, undeclared: Undeclared) {
    this.#place = place;
    this.#undeclared = undeclared;
    this.#formats = new Set([...header.format, ...undeclared.format]);
    this.everyGenotypePhased = header.columns > 9;
  }

  /** Where FORMAT, which begins at `from`, ends. */
  checkFormat(buffer: Uint8Array, from: number, end: number): number {
    // Nearly always the same as in the record before.
    const to = from + this.#formatBytes.length;
    if (to < end && buffer[to] === TAB && sameBytes(this.#formatBytes, buffer, from, to)) return to;
    const formatEnd = this.#place.columnEnd(buffer, from, end, 'FORMAT');
    this.#enterFormat(Buffer.from(buffer.subarray(from, formatEnd)));
    return formatEnd;
  }

  #enterFormat(bytes: Buffer): void {
    const names = bytes.toString().split(':');
    for (const name of names) {
      if (name === '.') continue;
      if (name === '') this.#place.refuse('input_malformed_record', 'FORMAT has an empty name');
      if (this.#formats.has(name)) continue;
      this.#formats.add(name);
      this.#undeclared.format.push(name);
    }
    this.#formatBytes = bytes;
    this.#hasGenotype = names[0] === 'GT';
    if (!this.#hasGenotype && names.includes('GT')) {
      this.#place.refuse('input_malformed_record', 'GT is not the first name in FORMAT');
    }
  }

  /** How many sample columns there are; their genotypes must be allele numbers of this record. */
  checkSamples(buffer: Uint8Array, from: number, end: number, alleles: number): number {
    let samples = 1;
    if (!this.#hasGenotype) {
      this.everyGenotypePhased = false;
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
        if (byte === SLASH) this.everyGenotypePhased = false;
        allele = 0;
      } else if (byte !== DOT) {
        const digit = (byte ?? 0) - ZERO;
        allele = allele * 10 + digit;
        if (digit < 0 || digit > 9 || allele > alleles) {
          const why =
            digit < 0 || digit > 9 ? 'is not made of allele numbers' : 'names an allele that ALT does not have';
          this.#place.refuse('input_malformed_record', `the genotype of sample ${samples} ${why}`);
        }
      }
    }
    return samples;
  }
}
