// Reads what the engine writes, counts and indexes it as it goes by, and hands it to the compressor.

import type { AnnotationSummary } from '../engine.ts';
import { NEWLINE, nextNewline } from './lines.ts';
import { Tally } from './tally.ts';
import { LONGEST_TABIX_CONTIG, TabixBuilder } from './tabix.ts';

export interface CollectHooks {
  /** Fills `into` from `at` on; answers how many bytes, 0 at the end. */
  read: (into: Uint8Array, at: number) => number;
  write: (bytes: Uint8Array) => void;
  /** Called once, when no more will be written; the blocks are asked for after it. */
  endWriting: () => void;
}

export interface Collected {
  summary: AnnotationSummary;
  index: TabixBuilder;
}

const CHUNK_BYTES = 512 * 1024;

/** @throws Error when the engine's output is not a sorted VCF that ends with a line break */
export function collectOutput(hooks: CollectHooks, countsKnown: boolean): Collected {
  const tally = new Tally(countsKnown);
  const index = new TabixBuilder();
  let buffer = Buffer.alloc(CHUNK_BYTES * 2);
  let filled = 0;
  /** Where `buffer` begins in the whole text. */
  let textStart = 0;
  let [lastContig, lastBegin] = [-1, 0];
  try {
    for (;;) {
      const count = hooks.read(buffer, filled);
      if (count === 0) break;
      const end = filled + count;
      let lineAt = 0;
      let newline = buffer.indexOf(NEWLINE, filled);
      while (newline >= 0 && newline < end) {
        if (buffer[lineAt] !== 35) {
          tally.count(buffer, lineAt, newline);
          const { extent } = tally;
          const contig = tally.contigs[extent.contigIndex];
          if (extent.contigIndex === lastContig && extent.begin < lastBegin) {
            throw new Error(`the engine wrote records out of order: record ${tally.records}`);
          }
          lastContig = extent.contigIndex;
          lastBegin = extent.begin;
          if (extent.end > LONGEST_TABIX_CONTIG) throw new Error('a position is beyond what a tabix index can hold');
          index.add(lastContig, contig?.name ?? '', extent, textStart + lineAt, textStart + newline + 1);
        }
        lineAt = newline + 1;
        newline = nextNewline(buffer, lineAt, end);
      }
      hooks.write(buffer.subarray(0, lineAt));
      buffer.copyWithin(0, lineAt, end);
      filled = end - lineAt;
      textStart += lineAt;
      if (buffer.length - filled < CHUNK_BYTES) {
        const larger = Buffer.alloc(buffer.length * 2);
        buffer.copy(larger, 0, 0, filled);
        buffer = larger;
      }
    }
    if (filled > 0) throw new Error('the engine stopped in the middle of a line');
  } finally {
    hooks.endWriting();
  }
  return { summary: tally.summary(), index };
}
