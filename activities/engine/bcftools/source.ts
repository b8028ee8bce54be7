// The bytes of an input as text, whatever it is packed in: plain, gzip or BGZF. Damage is an error with a place.

import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';
import { VarloomError } from '../../../domain/errors.ts';
import { BGZF_END, BGZF_HEADER_BYTES, BgzfDamage, blockSizeAt, inflateBlock, isBgzf, isGzip } from './bgzf.ts';

export interface TextSource {
  packing: 'plain' | 'gzip' | 'bgzf';
  /** Fills `into` from `at` on; answers how many bytes, 0 at the end. There must be room for 64 KiB. */
  read(into: Uint8Array, at: number): number | Promise<number>;
  /** Bytes of the file, packed as it is, that were read so far. */
  readBytes(): number;
  close(): void;
}

/** @throws VarloomError `input_empty`, and while reading `input_truncated` or `input_corrupt` */
export function openText(path: string): TextSource {
  const fd = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(fd).size;
    if (sizeBytes === 0) throw new VarloomError('input_empty', 'The file is empty (0 bytes).');
    const start = Buffer.alloc(Math.min(BGZF_HEADER_BYTES, sizeBytes));
    readSync(fd, start, 0, start.length, 0);
    if (isBgzf(start)) return bgzfText(fd, sizeBytes);
    if (isGzip(start)) {
      closeSync(fd);
      return gzipText(path);
    }
    return plainText(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function plainText(fd: number): TextSource {
  let done = 0;
  return {
    packing: 'plain',
    read: (into, at) => {
      const count = readSync(fd, into, at, into.length - at, done);
      done += count;
      return count;
    },
    readBytes: () => done,
    close: () => closeSync(fd),
  };
}

const PACKED_CHUNK_BYTES = 256 * 1024;

function bgzfText(fd: number, sizeBytes: number): TextSource {
  const packed = Buffer.alloc(PACKED_CHUNK_BYTES);
  let [filled, used, readTotal] = [0, 0, 0];
  let endsWithMarker = false;
  const place = (): { byte: number } => ({ byte: readTotal - filled + used });

  /** Makes `wanted` bytes available from `used` on, or as many as the file has left. */
  const ensure = (wanted: number): number => {
    if (filled - used >= wanted) return wanted;
    packed.copyWithin(0, used, filled);
    filled -= used;
    used = 0;
    while (filled < wanted) {
      const count = readSync(fd, packed, filled, packed.length - filled, readTotal);
      if (count === 0) break;
      filled += count;
      readTotal += count;
    }
    return filled;
  };

  const nextBlock = (): Buffer | undefined => {
    const available = ensure(BGZF_HEADER_BYTES);
    if (available === 0) return undefined;
    if (available >= BGZF_HEADER_BYTES && !isBgzf(packed.subarray(used, used + BGZF_HEADER_BYTES))) {
      throw new VarloomError(
        'input_corrupt',
        `The BGZF data are damaged: no block begins at byte ${place().byte}.`,
        place(),
      );
    }
    const size = available < BGZF_HEADER_BYTES ? BGZF_HEADER_BYTES : blockSizeAt(packed, used);
    if (ensure(size) < size) {
      throw new VarloomError(
        'input_truncated',
        `The BGZF file ends within the block at byte ${place().byte}.`,
        place(),
      );
    }
    const block = packed.subarray(used, used + size);
    endsWithMarker = block.equals(BGZF_END);
    try {
      const content = inflateBlock(block);
      used += size;
      return content;
    } catch (error) {
      if (!(error instanceof BgzfDamage) && !(error instanceof RangeError)) throw error;
      const why = error instanceof BgzfDamage ? error.message : 'its header is not valid';
      throw new VarloomError('input_corrupt', `The BGZF block at byte ${place().byte} is damaged: ${why}.`, place());
    }
  };

  return {
    packing: 'bgzf',
    read: (into, at) => {
      let end = at;
      while (into.length - end >= 65_536) {
        const content = nextBlock();
        if (content === undefined) {
          if (!endsWithMarker) {
            throw new VarloomError(
              'input_truncated',
              'The BGZF file has no end-of-file block: it was cut at the end of a block, and records may be missing.',
              { byte: sizeBytes },
            );
          }
          break;
        }
        into.set(content, end);
        end += content.length;
      }
      return end - at;
    },
    readBytes: () => readTotal,
    close: () => closeSync(fd),
  };
}

function gzipText(path: string): TextSource {
  const file = createReadStream(path, { highWaterMark: PACKED_CHUNK_BYTES });
  const gunzip: Gunzip = createGunzip({ chunkSize: PACKED_CHUNK_BYTES });
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  const chunks: AsyncIterator<Buffer> = gunzip[Symbol.asyncIterator]();
  let rest: Buffer | undefined;
  return {
    packing: 'gzip',
    read: async (into, at) => {
      if (rest === undefined) {
        try {
          const next = await chunks.next();
          if (next.done === true) return 0;
          rest = next.value;
        } catch (error) {
          throw gzipDamage(error, file.bytesRead);
        }
      }
      const part = rest.subarray(0, into.length - at);
      into.set(part, at);
      rest = part.length < rest.length ? rest.subarray(part.length) : undefined;
      return part.length;
    },
    readBytes: () => file.bytesRead,
    close: () => {
      file.destroy();
      gunzip.destroy();
    },
  };
}

function gzipDamage(error: unknown, byte: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') {
    return new VarloomError('input_truncated', 'The gzip file ends before its data do.', { byte });
  }
  if (code === 'Z_DATA_ERROR' || code === 'Z_STREAM_ERROR') {
    return new VarloomError('input_corrupt', `The gzip data are damaged before byte ${byte}.`, { byte });
  }
  return error;
}
