// BGZF, the blocked gzip of htslib: parsing of block headers, checked inflating, and writing of small files.
// Layout: section 4.1 of the SAM specification.

import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** Of a block's header as every known writer makes it: gzip with one extra field, `BC`. */
export const BGZF_HEADER_BYTES = 18;
const BGZF_FOOTER_BYTES = 8;
const MOST_BLOCK_BYTES = 65_536;

/** The empty block that ends a complete BGZF file. */
export const BGZF_END = Buffer.from('1f8b08040000000000ff0600424302001b0003000000000000000000', 'hex');

export class BgzfDamage extends Error {
  override name = 'BgzfDamage';
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** True when `bytes` begin with a gzip header whose first extra subfield is BGZF's `BC`. */
export function isBgzf(bytes: Uint8Array): boolean {
  return isGzip(bytes) && bytes[2] === 8 && ((bytes[3] ?? 0) & 4) !== 0 && bytes[12] === 0x42 && bytes[13] === 0x43;
}

/** The size of the whole block that begins at `at`, in bytes. */
export function blockSizeAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 16] ?? 0) | ((bytes[at + 17] ?? 0) << 8)) + 1;
}

/**
 * The content of one whole block, length and CRC-32 checked.
 * @throws BgzfDamage when they differ or the data do not inflate
 */
export function inflateBlock(block: Buffer): Buffer {
  const extraBytes = block.readUInt16LE(10);
  const footerAt = block.length - BGZF_FOOTER_BYTES;
  const size = block.readUInt32LE(footerAt + 4);
  if (size > MOST_BLOCK_BYTES || 12 + extraBytes > footerAt) throw new BgzfDamage('its header is not valid');
  let content: Buffer;
  try {
    content = inflateRawSync(block.subarray(12 + extraBytes, footerAt), {
      maxOutputLength: MOST_BLOCK_BYTES,
      chunkSize: MOST_BLOCK_BYTES,
    });
  } catch (error) {
    throw new BgzfDamage('its data do not inflate', { cause: error });
  }
  if (content.length !== size) throw new BgzfDamage('its length differs from what it says');
  if (crc32(content) !== block.readUInt32LE(footerAt)) throw new BgzfDamage('its checksum differs from what it says');
  return content;
}

/** `content` as a whole BGZF file, for what is small: an index, a test's input. */
export function toBgzf(content: Uint8Array, bytesPerBlock = 65_280): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < content.length; at += bytesPerBlock) {
    const part = content.subarray(at, at + bytesPerBlock);
    const data = deflateRawSync(part);
    const block = Buffer.alloc(BGZF_HEADER_BYTES + data.length + BGZF_FOOTER_BYTES);
    BGZF_END.copy(block, 0, 0, BGZF_HEADER_BYTES);
    block.writeUInt16LE(block.length - 1, 16);
    data.copy(block, BGZF_HEADER_BYTES);
    block.writeUInt32LE(crc32(part), block.length - 8);
    block.writeUInt32LE(part.length, block.length - 4);
    blocks.push(block);
  }
  return Buffer.concat([...blocks, BGZF_END]);
}
