// Reference bases by position, read from the FASTA through a sliding window: sorted input never holds more than that.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

interface FastaEntry {
  length: number;
  offset: number;
  lineBases: number;
  lineBytes: number;
}

const WINDOW_BYTES = 128 * 1024;

export class ReferenceSequence {
  readonly #fd: number;
  readonly #entries = new Map<string, FastaEntry>();
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #windowStart = 0;
  #windowEnd = 0;
  #entry: FastaEntry | undefined;

  /** `fastaPath` is uncompressed and has its `.fai` beside it. */
  constructor(fastaPath: string) {
    for (const line of readFileSync(`${fastaPath}.fai`, 'latin1').split('\n')) {
      const [name, length, offset, lineBases, lineBytes] = line.split('\t');
      if (name === undefined || lineBytes === undefined) continue;
      this.#entries.set(name, {
        length: Number(length),
        offset: Number(offset),
        lineBases: Number(lineBases),
        lineBytes: Number(lineBytes),
      });
    }
    this.#fd = openSync(fastaPath, 'r');
  }

  lengthOf(contig: string): number | undefined {
    return this.#entries.get(contig)?.length;
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Chooses the contig that `baseAt` reads from. */
  select(contig: string): void {
    this.#entry = this.#entries.get(contig);
  }

  /** The upper-case code of the base at the 0-based position, which must be on the selected contig. */
  baseAt(position: number): number {
    const entry = this.#entry;
    if (entry === undefined) throw new RangeError('no contig is selected');
    const line = Math.floor(position / entry.lineBases);
    const offset = entry.offset + line * entry.lineBytes + (position - line * entry.lineBases);
    if (offset < this.#windowStart || offset >= this.#windowEnd) this.#slideTo(offset);
    return (this.#window[offset - this.#windowStart] ?? 0) & 0xdf;
  }

  #slideTo(offset: number): void {
    const count = readSync(this.#fd, this.#window, 0, WINDOW_BYTES, offset);
    if (count === 0) throw new RangeError('the FASTA is shorter than its index says');
    this.#windowStart = offset;
    this.#windowEnd = offset + count;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
