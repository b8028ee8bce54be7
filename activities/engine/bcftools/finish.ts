// After the compressor has ended: one reading of the compressed result gives its checksum and the places of its blocks.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { BGZF_HEADER_BYTES, blockSizeAt, isBgzf } from './bgzf.ts';
import type { BlockTable } from './tabix.ts';

export interface FinishedFile {
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  blocks: BlockTable;
}

const CHUNK_BYTES = 1024 * 1024;

/** @throws Error when the file is not whole BGZF blocks to its end */
export function readFinished(path: string): FinishedFile {
  const fd = openSync(path, 'r');
  const hash = createHash('sha256');
  const textStarts: number[] = [];
  const fileStarts: number[] = [];
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let [filled, bufferStart, text] = [0, 0, 0];
  try {
    for (;;) {
      const count = readSync(fd, buffer, filled, CHUNK_BYTES - filled, null);
      if (count === 0) break;
      hash.update(buffer.subarray(filled, filled + count));
      filled += count;
      let at = 0;
      while (filled - at >= BGZF_HEADER_BYTES) {
        if (!isBgzf(buffer.subarray(at, at + BGZF_HEADER_BYTES))) throw new Error('the compressor wrote no BGZF');
        const size = blockSizeAt(buffer, at);
        if (filled - at < size) break;
        textStarts.push(text);
        fileStarts.push(bufferStart + at);
        text += buffer.readUInt32LE(at + size - 4);
        at += size;
      }
      buffer.copyWithin(0, at, filled);
      filled -= at;
      bufferStart += at;
    }
  } finally {
    closeSync(fd);
  }
  if (filled > 0) throw new Error('the compressor stopped in the middle of a block');
  return { sizeBytes: bufferStart, sha256: hash.digest('hex'), blocks: { textStarts, fileStarts } };
}
