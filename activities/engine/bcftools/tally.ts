// Counts the annotated records as they stream by: consequences, types, transitions, contigs, known variants.

import type { AnnotationSummary } from '../engine.ts';
import { nameOfRank, NO_RANK, OTHER_RANK, rankOf } from './consequences.ts';
import { HASH_START, hashed, sameBytes } from './keys.ts';

/** The INFO name under which the known variant's id is added. */
export const KNOWN_INFO = 'KNOWN_VARIANT';

const [TAB, COMMA, SEMICOLON, PIPE, AT, STAR] = [9, 44, 59, 124, 64, 42] as const;
const BCSQ = Buffer.from('BCSQ=');
const KNOWN = Buffer.from(`${KNOWN_INFO}=`);
const END = Buffer.from('END=');
const RECENT = 4096;

/** Where a record lies; 0-based, end excluded. */
export interface Extent {
  contigIndex: number;
  begin: number;
  end: number;
}

export class Tally {
  records = 0;
  /** In the order of their first record. */
  readonly contigs: { name: string; bytes: Uint8Array; records: number }[] = [];
  /** Of the record last counted. */
  readonly extent: Extent = { contigIndex: -1, begin: 0, end: 0 };
  readonly #byRank = new Float64Array(NO_RANK + 1);
  #snv = 0;
  #indel = 0;
  #transitions = 0;
  #transversions = 0;
  #known = 0;
  readonly #ranksByHash = new Map<number, { bytes: Uint8Array; rank: number }[]>();
  // One record of a compound change carries it, the others point at that one (`@POSITION`), which may come before or
  // after them: the ranks of the last few positions are kept, and records that point ahead wait for theirs.
  readonly #recentPositions = new Int32Array(RECENT).fill(-1);
  readonly #recentRanks = new Int32Array(RECENT);
  readonly #waiting = new Map<number, number[]>();
  #pointsAhead = 0;
  readonly #countsKnown: boolean;

  constructor(countsKnown: boolean) {
    this.#countsKnown = countsKnown;
  }

  /** Counts the record in `buffer` from `start` to `end`, its line break left out. @throws Error when it is no record */
  count(buffer: Uint8Array, start: number, end: number): void {
    this.records++;
    let contig = this.contigs[this.extent.contigIndex];
    let at = start + (contig?.bytes.length ?? 0);
    if (contig === undefined || buffer[at] !== TAB || !sameBytes(contig.bytes, buffer, start, at)) {
      at = start;
      while (at < end && buffer[at] !== TAB) at++;
      const bytes = Buffer.from(buffer.subarray(start, at));
      contig = { name: bytes.toString(), bytes, records: 0 };
      this.extent.contigIndex = this.contigs.push(contig) - 1;
      this.#recentPositions.fill(-1);
      this.#countWaiting();
    }
    contig.records++;

    let position = 0;
    for (at++; at < end && buffer[at] !== TAB; at++) position = position * 10 + (buffer[at] ?? 0) - 48;
    for (at++; at < end && buffer[at] !== TAB; at++);
    const refAt = ++at;
    while (at < end && buffer[at] !== TAB) at++;
    const refLength = at - refAt;
    this.extent.begin = position - 1;
    this.extent.end = position - 1 + refLength;
    at = this.#countAlleles(buffer, refAt, refLength, at + 1, end);
    for (let column = 0; column < 2; column++) for (at++; at < end && buffer[at] !== TAB; at++);
    if (at >= end) throw new Error(`the engine wrote a record of too few columns: record ${this.records}`);
    this.#countInfo(buffer, at + 1, end, position);
  }

  #countAlleles(buffer: Uint8Array, refAt: number, refLength: number, altAt: number, end: number): number {
    let [single, sized, alleles] = [0, 0, 0];
    let at = altAt;
    for (;;) {
      const from = at;
      let symbolic = false;
      for (; at < end; at++) {
        const byte = buffer[at] ?? 0;
        if (byte === TAB || byte === COMMA) break;
        // Letters only: anything else is symbolic, a breakend, `*` or the missing value.
        if (byte < 65 || byte === 91 || byte === 93) symbolic = true;
      }
      const overlapped = at === from + 1 && buffer[from] === STAR;
      if (!overlapped) {
        alleles++;
        if (!symbolic && at - from === 1 && refLength === 1) {
          single++;
          this.#countSubstitution((buffer[refAt] ?? 0) & 0xdf, (buffer[from] ?? 0) & 0xdf);
        } else if (!symbolic && at - from !== refLength) sized++;
      }
      if (at >= end || buffer[at] === TAB) break;
      at++;
    }
    if (alleles > 0 && single === alleles) this.#snv++;
    else if (alleles > 0 && sized === alleles) this.#indel++;
    return at;
  }

  #countSubstitution(ref: number, alt: number): void {
    // A 65, G 71 and C 67, T 84: a transition stays within its pair.
    const pair = ref + alt;
    if (pair === 136 || pair === 151) this.#transitions++;
    else if (ref !== alt && ref !== 78 && alt !== 78) this.#transversions++;
  }

  #countInfo(buffer: Uint8Array, from: number, end: number, position: number): void {
    let rank = NO_RANK;
    let known = false;
    this.#pointsAhead = 0;
    for (let at = from; at < end && buffer[at] !== TAB; at++) {
      const first = buffer[at];
      if (first === 66 && beginsWith(BCSQ, buffer, at)) {
        rank = this.#mostSevere(buffer, at + BCSQ.length, end);
      } else if (first === 75 && beginsWith(KNOWN, buffer, at)) {
        known = true;
      } else if (first === 69 && beginsWith(END, buffer, at)) {
        let value = 0;
        for (let digit = at + END.length; digit < end; digit++) {
          const number = (buffer[digit] ?? 0) - 48;
          if (number < 0 || number > 9) break;
          value = value * 10 + number;
        }
        if (value > this.extent.begin) this.extent.end = value;
      }
      while (at < end && buffer[at] !== SEMICOLON && buffer[at] !== TAB) at++;
      if (buffer[at] === TAB) break;
    }
    if (known) this.#known++;
    if (this.#pointsAhead > position && this.#waiting.size < RECENT) {
      const others = this.#waiting.get(this.#pointsAhead);
      if (others === undefined) this.#waiting.set(this.#pointsAhead, [rank]);
      else others.push(rank);
      return;
    }
    this.#countRank(rank);
    if (rank === NO_RANK) return;
    const slot = position % RECENT;
    const rankHere = this.#recentPositions[slot] === position ? (this.#recentRanks[slot] ?? rank) : OTHER_RANK;
    this.#recentPositions[slot] = position;
    this.#recentRanks[slot] = Math.min(rank, rankHere);
    const waiting = this.#waiting.size > 0 ? this.#waiting.get(position) : undefined;
    if (waiting === undefined) return;
    for (const other of waiting) this.#countRank(Math.min(other, rank));
    this.#waiting.delete(position);
  }

  #countRank(rank: number): void {
    this.#byRank[rank] = (this.#byRank[rank] ?? 0) + 1;
  }

  /** Those that waited in vain: at the end of a contig. */
  #countWaiting(): void {
    for (const ranks of this.#waiting.values()) for (const rank of ranks) this.#countRank(rank);
    this.#waiting.clear();
  }

  /** The value of BCSQ: entries separated by commas, each `type|gene|…` or `@POSITION`. */
  #mostSevere(buffer: Uint8Array, from: number, end: number): number {
    let rank: number = NO_RANK;
    let at = from;
    for (;;) {
      const typeAt = at;
      let entry: number = OTHER_RANK;
      if (buffer[at] === AT) {
        let position = 0;
        for (at++; at < end; at++) {
          const digit = (buffer[at] ?? 0) - 48;
          if (digit < 0 || digit > 9) break;
          position = position * 10 + digit;
        }
        if (this.#recentPositions[position % RECENT] === position)
          entry = this.#recentRanks[position % RECENT] ?? entry;
        else this.#pointsAhead = position;
      } else {
        let hash = HASH_START;
        for (; at < end; at++) {
          const byte = buffer[at] ?? 0;
          if (byte === PIPE || byte === COMMA || byte === SEMICOLON || byte === TAB) break;
          hash = hashed(hash, byte);
        }
        entry = this.#rankOfBytes(hash, buffer, typeAt, at);
      }
      if (entry < rank) rank = entry;
      while (at < end && buffer[at] !== COMMA && buffer[at] !== SEMICOLON && buffer[at] !== TAB) at++;
      if (at >= end || buffer[at] !== COMMA) return rank;
      at++;
    }
  }

  #rankOfBytes(hash: number, buffer: Uint8Array, from: number, to: number): number {
    let bucket = this.#ranksByHash.get(hash);
    if (bucket === undefined) this.#ranksByHash.set(hash, (bucket = []));
    for (const entry of bucket) if (sameBytes(entry.bytes, buffer, from, to)) return entry.rank;
    const bytes = Buffer.from(buffer.subarray(from, to));
    const rank = rankOf(bytes.toString());
    bucket.push({ bytes, rank });
    return rank;
  }

  /** Of all that was counted; nothing may be counted after it. */
  summary(): AnnotationSummary {
    this.#countWaiting();
    const consequences: Record<string, number> = {};
    for (const [rank, count] of this.#byRank.entries()) if (count > 0) consequences[nameOfRank(rank)] = count;
    const contigs: Record<string, number> = {};
    for (const { name, records } of this.contigs) contigs[name] = records;
    return {
      records: this.records,
      consequences,
      types: { snv: this.#snv, indel: this.#indel, other: this.records - this.#snv - this.#indel },
      transitions: this.#transitions,
      transversions: this.#transversions,
      ti_tv: this.#transversions === 0 ? null : this.#transitions / this.#transversions,
      contigs,
      known: this.#countsKnown ? this.#known : null,
      novel: this.#countsKnown ? this.records - this.#known : null,
    };
  }
}

function beginsWith(bytes: Uint8Array, buffer: Uint8Array, at: number): boolean {
  return sameBytes(bytes, buffer, at, at + bytes.length);
}
