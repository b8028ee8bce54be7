// Builds the tabix index (.tbi) of a sorted VCF while it is written: places are counted in the text first, and become
// virtual offsets when the compressed blocks are known. Layout: the tabix specification of samtools/hts-specs.

import { toBgzf } from './bgzf.ts';

/** No tabix index reaches further; longer contigs would need another kind of index. */
export const LONGEST_TABIX_CONTIG = 2 ** 29;

const WINDOW_SHIFT = 14;
/** Of the pseudo-bin that carries counts. */
const STATISTICS_BIN = 37_450;

interface Chunk {
  begin: number;
  end: number;
}

interface ContigIndex {
  name: string;
  bins: Map<number, Chunk[]>;
  /** By window of 16 kb: the place of the first record that touches it, -1 for none yet. */
  windows: number[];
  records: number;
  begin: number;
  end: number;
}

/** The smallest bin that holds the 0-based range, `end` excluded. */
export function binOf(begin: number, end: number): number {
  const last = Math.max(end - 1, begin);
  if (begin >> 14 === last >> 14) return 4681 + (begin >> 14);
  if (begin >> 17 === last >> 17) return 585 + (begin >> 17);
  if (begin >> 20 === last >> 20) return 73 + (begin >> 20);
  if (begin >> 23 === last >> 23) return 9 + (begin >> 23);
  if (begin >> 26 === last >> 26) return 1 + (begin >> 26);
  return 0;
}

/** The compressed blocks of a file in order: where the text of each begins, and where the block does. */
export interface BlockTable {
  textStarts: readonly number[];
  fileStarts: readonly number[];
}

export class TabixBuilder {
  readonly #contigs: ContigIndex[] = [];
  #lastBin = -1;
  #lastChunk: Chunk | undefined;

  /** Adds the next record: its 0-based range, and the place of its line in the uncompressed text. */
  add(
    contigIndex: number,
    contigName: string,
    range: { begin: number; end: number },
    textBegin: number,
    textEnd: number,
  ): void {
    let contig = this.#contigs[contigIndex];
    if (contig === undefined) {
      contig = { name: contigName, bins: new Map(), windows: [], records: 0, begin: textBegin, end: textBegin };
      this.#contigs.push(contig);
      this.#lastBin = -1;
    }
    contig.records++;
    contig.end = textEnd;
    const bin = binOf(range.begin, range.end);
    if (bin === this.#lastBin && this.#lastChunk !== undefined) {
      this.#lastChunk.end = textEnd;
    } else {
      const chunk = { begin: textBegin, end: textEnd };
      const chunks = contig.bins.get(bin);
      if (chunks === undefined) contig.bins.set(bin, [chunk]);
      else chunks.push(chunk);
      this.#lastBin = bin;
      this.#lastChunk = chunk;
    }
    const lastWindow = Math.max(range.end - 1, range.begin) >> WINDOW_SHIFT;
    for (let window = contig.windows.length; window <= lastWindow; window++) contig.windows.push(-1);
    for (let window = range.begin >> WINDOW_SHIFT; window <= lastWindow; window++) {
      if (contig.windows[window] === -1) contig.windows[window] = textBegin;
    }
  }

  /** The whole index file. */
  serialise(blocks: BlockTable): Buffer {
    const offsets = new VirtualOffsets(blocks);
    const names = Buffer.from(this.#contigs.map(({ name }) => `${name}\0`).join(''));
    const out = new LittleEndian();
    out.bytes(Buffer.from('TBI\x01', 'latin1'));
    // Format VCF, columns of contig, begin and end, the comment sign, lines to skip.
    for (const value of [this.#contigs.length, 2, 1, 2, 0, 35, 0, names.length]) out.int32(value);
    out.bytes(names);
    for (const contig of this.#contigs) {
      out.int32(contig.bins.size + 1);
      for (const [bin, chunks] of contig.bins) {
        const ranges = joined(chunks.map(({ begin, end }) => [offsets.at(begin), offsets.at(end)]));
        out.int32(bin);
        out.int32(ranges.length);
        for (const [begin, end] of ranges) out.uint64(begin, end);
      }
      out.int32(STATISTICS_BIN);
      out.int32(2);
      out.uint64(offsets.at(contig.begin), offsets.at(contig.end), BigInt(contig.records), 0n);
      out.int32(contig.windows.length);
      let before = offsets.at(contig.begin);
      for (const place of contig.windows) {
        if (place >= 0) before = offsets.at(place);
        out.uint64(before);
      }
    }
    out.uint64(0n);
    return toBgzf(out.content());
  }
}

/** Chunks that end and begin in the same block are one, as htslib joins them. */
function joined(ranges: [bigint, bigint][]): [bigint, bigint][] {
  const result: [bigint, bigint][] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last !== undefined && last[1] >> 16n >= range[0] >> 16n) last[1] = range[1];
    else result.push([range[0], range[1]]);
  }
  return result;
}

class VirtualOffsets {
  readonly #blocks: BlockTable;
  constructor(blocks: BlockTable) {
    this.#blocks = blocks;
  }

  at(textPlace: number): bigint {
    const { textStarts, fileStarts } = this.#blocks;
    let low = 0;
    let high = textStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((textStarts[middle] ?? 0) <= textPlace) low = middle;
      else high = middle - 1;
    }
    return (BigInt(fileStarts[low] ?? 0) << 16n) | BigInt(textPlace - (textStarts[low] ?? 0));
  }
}

class LittleEndian {
  #buffer = Buffer.alloc(64 * 1024);
  #length = 0;

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  int32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32LE(value, this.#length);
  }

  uint64(...values: bigint[]): void {
    this.#room(values.length * 8);
    for (const value of values) this.#length = this.#buffer.writeBigUInt64LE(value, this.#length);
  }

  content(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.alloc(this.#buffer.length * 2 + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
